"""Resolves units that are stated once for several frequencies, or not at all."""

from decimal import Decimal

from rf_synth.calls.printed import PI, split_number, tidy
from rf_synth.calls.quantities import Frequency
from rf_synth.calls.request import Request

_PARTNERS = {"f1": "f2", "f2": "f1", "center": "width", "width": "center"}
_HERTZ_FROM = 10_000
"""If a call has no units at all, numbers from this on are in hertz (10,000 MHz is implausible)."""


def settle_units(
    found: dict[str, Frequency], texts: dict[str, str], request: Request
) -> dict[str, Frequency]:
    """Frequencies in Hz; a number without a unit takes that of its partner, else the only unit.

    Numbers that remain without a unit are moved to `request.unitless`.
    """
    bare = [key for key, value in found.items() if value.bare]
    if not bare:
        return found
    settled = {key: value for key, value in found.items() if not value.bare}
    units = {
        key: _unit_of(texts[key], value)
        for key, value in settled.items()
        if value.value.is_finite() and value.value
    }
    only = next(iter(units.values()), None) if len(set(units.values())) == 1 else None
    all_hertz = not units and all(_reads_as_hertz(found[key]) for key in bare)
    for key in bare:
        value, unit = found[key], units.get(_partner(key), only)
        if all_hertz or (value.exponent and value.value >= _HERTZ_FROM):
            settled[key] = value._replace(bare=False)
            if "unit" not in request.assumed:
                request.assumed.append("unit")
        elif unit is not None and _plausible(key, value.value * unit, settled):
            settled[key] = value._replace(value=value.value * unit, bare=False)
        else:
            request.unitless[key] = texts[key]
    return settled


def _reads_as_hertz(value: Frequency) -> bool:
    return value.value >= _HERTZ_FROM or value.exponent


def _partner(key: str) -> str:
    if key.startswith("stop"):
        return "to" + key[4:]
    if key.startswith("to"):
        return "stop" + key[2:]
    return _PARTNERS.get(key, "")


def _unit_of(text: str, value: Frequency) -> Decimal:
    """Hz per unit of a frequency: 1E+6 for MHz, 1/2π for rad/s."""
    number = split_number(tidy(text))
    if number is None or not number.value:
        return Decimal(1)
    if value.angular:
        return 1 / (2 * PI)
    return Decimal(1).scaleb((value.value / number.value).adjusted())


def _plausible(key: str, value: Decimal, settled: dict[str, Frequency]) -> bool:
    """Whether an inherited unit makes sense: in 800 ~ 1.2 GHz, 800 is not in GHz."""
    partner = settled.get(_partner(key))
    if partner is None or not partner.value.is_finite() or not partner.value:
        return True
    if key == "width":
        return value < 2 * partner.value
    if key == "f1" or key.startswith("stop"):
        return value < 100 * partner.value
    return True
