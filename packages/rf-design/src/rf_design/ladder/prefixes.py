"""Numbers with SI prefixes, printed and parsed: 11.31 nH, 2.4 GHz, "1500p", "6.58u"."""

import math
import re

_PREFIXES = {
    -15: "f", -12: "p", -9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T",
}  # fmt: skip
_SCALES = {prefix: 10.0**exponent for exponent, prefix in _PREFIXES.items()} | {
    "µ": 1e-6,
    "μ": 1e-6,
}
_NUMBER = re.compile(r"([0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)\s*([fpnuµμmkMGT]?)\s*(?:H|F|Hz)?")


def with_prefix(value: float, unit: str, digits: int = 4) -> str:
    """`value` with an SI prefix and `digits` significant digits: 1.131e-8 → "11.31 nH"."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g} {unit}"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    power = max(-15, min(12, 3 * (int(exponent) // 3)))
    scaled = float(mantissa) * 10.0 ** (int(exponent) - power)
    decimals = max(0, digits - 1 - (int(exponent) - power))
    return f"{scaled:.{decimals}f} {_PREFIXES[power]}{unit}".rstrip()


def without_zeros(value: float, unit: str, digits: int = 10) -> str:
    """Like `with_prefix`, without trailing zeros: 2.4 GHz, 824 MHz, 1.5 kHz."""
    number, _, rest = with_prefix(value, unit, digits).partition(" ")
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    return f"{number} {rest}".rstrip()


def parse_value(text: str) -> float:
    """ "1500p", "6.58 uH", "3.3e-9" → H or F. Raises ValueError."""
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a value such as 1500p, 6.58 uH or 3.3e-9")
    return float(match[1]) * _SCALES[match[2]]
