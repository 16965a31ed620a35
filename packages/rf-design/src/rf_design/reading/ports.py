"""The impedance of the ports that a request prints."""

import re

from rf_synth.calls.quantities import ohms

from rf_design.reading.text import NUMBER

PORT_KEYS = frozenset(["z0", "z_source", "z_load"])
_OHM = re.compile(r"\s*(?:k(?:ilo?)?|千)?\s*(?:Ω|ohms?(?![A-Za-z])|欧姆?)", re.IGNORECASE)
_NO_PORT = re.compile(
    r"(?:接地|限流|磁珠|绝缘|方阻|[高低]阻|(?<!源)内阻|电极|ESR|DCR|直流|导通|\bbeads?|\bground|\binsulation"
    r"|\bsheet|\bZ[hHlL]|\bZobel|\bcoils?|\belectrode|\bprobe|\bline impedance"
    r"|\b(?:high|low)est|线(?:特性)?阻抗)[^，,;；。\n]{0,18}$",
    re.IGNORECASE,
)
"""Before the resistance of something that is no port."""
_LAST_NUMBER = re.compile(rf"{NUMBER}$")
_LONGEST_NUMBER = 28
"""Characters of a number in words: `one thousand five hundred`."""


def with_impedance(texts: dict[str, str], said: str) -> dict[str, str]:
    """The call with the impedance of both ports, if the request states a single one.

    What it prints as the impedance of something else, such as `Zh = 105 ohm`, is left out.
    """
    printed = [found for unit in _OHM.finditer(said) if (found := _before_unit(unit, said))]
    stated = {text for text, of_a_port in printed if of_a_port}
    values = {ohms(text) for text in stated}
    others = {ohms(text) for text, of_a_port in printed if not of_a_port} - values
    ports = {key: text for key, text in texts.items() if key in PORT_KEYS}
    left = {key: text for key, text in ports.items() if ohms(text) not in others}
    if left and len(left) == len(ports):
        return texts
    rest = {key: text for key, text in texts.items() if key not in PORT_KEYS}
    if len(values) == 1:
        return rest | {"z0": min(stated)}
    return rest | ({"z0": next(iter(left.values()))} if len(left) == 1 else left)


def _before_unit(unit: re.Match[str], said: str) -> tuple[str, bool] | None:
    """The number in digits or words before an ohm sign, with it, and whether it is a port's."""
    before = said[: unit.start()]
    digits = _LAST_NUMBER.search(before)
    earliest = digits.start() if digits else max(0, len(before) - _LONGEST_NUMBER)
    for start in range(earliest, earliest + 1 if digits else len(before)):
        text = said[start : unit.end()]
        in_a_word = re.search(r"[A-Za-z0-9]$", before[:start]) and re.match(r"[A-Za-z0-9]", text)
        if text[0].isalnum() and not in_a_word and ohms(text) is not None:
            return text, not _NO_PORT.search(before[:start])
    return None
