"""Number formats of engineers: 2.4 GHz, 2400M, 2.4e9 Hz, 2.4吉赫, 0.1分贝, 50Ω.

Every format prints the value exactly, by integer arithmetic in Hz.
"""

from dataclasses import dataclass, field

_FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")


def decimal_text(value: int, exponent: int) -> str:
    """`value`·10^-exponent as a decimal number without trailing zeros."""
    whole, rest = divmod(value, 10**exponent)
    if not rest:
        return str(whole)
    return f"{whole}.{str(rest).zfill(exponent).rstrip('0')}"


def scientific_text(value: int) -> str:
    """`value` in the form 2.4e9."""
    digits = str(value)
    fraction = digits[1:].rstrip("0")
    return f"{digits[0]}{'.' if fraction else ''}{fraction}e{len(digits) - 1}"


@dataclass(frozen=True)
class FrequencyForm:
    """A format of frequencies.

    Attributes
    ----------
    giga, mega : units, including the space before them
    switch : frequency in Hz from which `giga` is used
    plain : print Hz, with the unit `giga`
    scientific : with `plain`, print 2.4e9
    full_width : print ２．４
    """

    giga: str
    mega: str
    switch: int = 10**9
    scientific: bool = False
    full_width: bool = False
    plain: bool = False

    def text(self, hertz: int) -> str:
        """The frequency in this form."""
        if self.plain:
            return f"{scientific_text(hertz) if self.scientific else hertz}{self.giga}"
        if hertz >= self.switch:
            number, unit = decimal_text(hertz, 9), self.giga
        else:
            number, unit = decimal_text(hertz, 6), self.mega
        return (number.translate(_FULL_WIDTH) if self.full_width else number) + unit


_BEFORE_NOUN = {" ohms": ("ohms ", "ohm "), " 欧姆": ("欧姆 ", "欧姆")}
"""Replacements before a noun, by unit: 50 ohms, but 50 ohm ports; 50 欧姆系统."""


@dataclass(frozen=True)
class NumberForms:
    """The format of all values of a request.

    Attributes
    ----------
    frequency : format of frequencies
    decibel, ohm : units, including the space before them
    full_width : print ２．４
    tight : no space between Chinese characters and digits
    before_noun : replacement in an impedance that is followed by a noun
    """

    frequency: FrequencyForm
    decibel: str
    ohm: str
    full_width: bool = False
    tight: bool = False
    before_noun: tuple[str, str] | None = field(init=False, default=None)
    _units: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        units = dict.fromkeys(("ripple_db", "La_target", "return_loss"), self.decibel)
        object.__setattr__(self, "_units", {**units, "R0": self.ohm, "vswr": ""})
        object.__setattr__(self, "before_noun", _BEFORE_NOUN.get(self.ohm))

    def text(self, name: str, value: float | int) -> str:
        """The value of parameter `name` with its unit."""
        unit = self._units.get(name)
        if unit is None:
            return self.frequency.text(value)  # type: ignore[arg-type]
        number = str(value)
        return (number.translate(_FULL_WIDTH) if self.full_width else number) + unit


_NEVER = 10**15
OHM_SIGN = "\u2126"
"""The separate Unicode character for the unit, which some keyboards type instead of Ω."""
AUTO = FrequencyForm(" GHz", " MHz")
AUTO_TIGHT = FrequencyForm("GHz", "MHz")
MEGA = FrequencyForm(" GHz", " MHz", switch=_NEVER)
MEGA_TIGHT = FrequencyForm("GHz", "MHz", switch=_NEVER)
GIGA = FrequencyForm(" GHz", " MHz", switch=10**8)
LETTER = FrequencyForm("G", "M")
MEGA_LETTER = FrequencyForm("G", "M", switch=_NEVER)
EXPONENT = FrequencyForm(" Hz", "", plain=True, scientific=True)
HERTZ = FrequencyForm(" Hz", "", plain=True)
HAN = FrequencyForm("吉赫", "兆赫")
MEGA_HAN = FrequencyForm("吉赫", "兆赫", switch=_NEVER)
HAN_THOUSAND = FrequencyForm("千兆赫", "兆赫")
WIDE = FrequencyForm("GHz", "MHz", full_width=True)
LOWER = FrequencyForm("ghz", "mhz")
LOWER_SPACED = FrequencyForm(" ghz", " mhz")

ENGLISH = (
    *[NumberForms(AUTO, " dB", " ohm")] * 3,
    NumberForms(AUTO, " dB", " Ω"),
    NumberForms(AUTO, " dB", " ohms"),
    NumberForms(AUTO_TIGHT, "dB", "Ω"),
    NumberForms(AUTO_TIGHT, " dB", " ohm"),
    NumberForms(AUTO_TIGHT, "dB", "ohm"),
    NumberForms(MEGA, " dB", " ohm"),
    NumberForms(MEGA, " dB", " Ω"),
    NumberForms(MEGA_TIGHT, "dB", OHM_SIGN),
    NumberForms(GIGA, " dB", " ohm"),
    NumberForms(LETTER, "dB", "Ω"),
    NumberForms(EXPONENT, " dB", " ohm"),
    NumberForms(HERTZ, " dB", " ohm"),
)
CHINESE = (
    *[NumberForms(AUTO, " dB", " Ω")] * 2,
    *[NumberForms(AUTO_TIGHT, "dB", "Ω", tight=True)] * 2,
    NumberForms(AUTO, " dB", " 欧姆"),
    NumberForms(AUTO_TIGHT, "dB", "欧姆", tight=True),
    NumberForms(AUTO_TIGHT, "dB", "欧", tight=True),
    NumberForms(MEGA, " dB", f" {OHM_SIGN}"),
    NumberForms(MEGA_TIGHT, "dB", "欧姆", tight=True),
    NumberForms(LETTER, "dB", "欧", tight=True),
    NumberForms(MEGA_LETTER, "dB", "Ω", tight=True),
    NumberForms(GIGA, " dB", " Ω"),
    NumberForms(HAN, "分贝", "欧姆", tight=True),
    NumberForms(HAN_THOUSAND, "分贝", "欧", tight=True),
    NumberForms(MEGA_HAN, "分贝", "欧姆", tight=True),
    NumberForms(EXPONENT, " dB", " Ω"),
    NumberForms(HERTZ, " dB", " Ω"),
    NumberForms(WIDE, "dB", "欧姆", full_width=True, tight=True),
)
MIXED = (
    *[NumberForms(AUTO, " dB", " ohm")] * 2,
    *[NumberForms(AUTO_TIGHT, "dB", "Ω", tight=True)] * 2,
    NumberForms(AUTO, " dB", " Ω"),
    NumberForms(AUTO_TIGHT, "dB", "ohm", tight=True),
    NumberForms(MEGA, " dB", " ohm"),
    NumberForms(MEGA_TIGHT, "dB", "Ω", tight=True),
    NumberForms(LETTER, "dB", "Ω", tight=True),
    NumberForms(MEGA_LETTER, "dB", "ohm", tight=True),
    NumberForms(GIGA, " dB", " Ω"),
    NumberForms(EXPONENT, " dB", " ohm"),
)

# Brief requests: 50R, 2.4ghz, 30db, or Z0=50 without a unit.
BRIEF_ENGLISH = (
    *[NumberForms(AUTO, " dB", " ohm")] * 2,
    *[NumberForms(AUTO_TIGHT, "dB", "ohm")] * 2,
    NumberForms(AUTO_TIGHT, "dB", "Ω"),
    NumberForms(AUTO_TIGHT, " dB", " ohm"),
    NumberForms(AUTO, " dB", " ohms"),
    NumberForms(AUTO, " dB", " Ω"),
    NumberForms(AUTO_TIGHT, "dB", "R"),
    NumberForms(AUTO, " dB", "R"),
    NumberForms(LETTER, "dB", "ohm"),
    NumberForms(LETTER, "dB", "R"),
    NumberForms(MEGA, " dB", " ohm"),
    NumberForms(MEGA_TIGHT, "dB", "Ω"),
    NumberForms(AUTO, " dB", ""),
    NumberForms(AUTO_TIGHT, "dB", ""),
    NumberForms(LOWER, "db", "ohm"),
    NumberForms(LOWER, "db", ""),
    NumberForms(LOWER_SPACED, " db", " ohm"),
    NumberForms(LOWER_SPACED, " db", " ohms"),
)
BRIEF_CHINESE = (
    *[NumberForms(AUTO_TIGHT, "dB", "Ω", tight=True)] * 3,
    *[NumberForms(AUTO_TIGHT, "dB", "欧", tight=True)] * 2,
    *[NumberForms(AUTO_TIGHT, "dB", "欧姆", tight=True)] * 2,
    *[NumberForms(AUTO, " dB", " Ω")] * 2,
    *[NumberForms(LETTER, "dB", "欧", tight=True)] * 2,
    NumberForms(LETTER, "dB", "Ω", tight=True),
    NumberForms(MEGA_LETTER, "dB", "欧姆", tight=True),
    NumberForms(MEGA_TIGHT, "dB", "Ω", tight=True),
    NumberForms(AUTO_TIGHT, "dB", "", tight=True),
    NumberForms(AUTO, " dB", ""),
    NumberForms(LETTER, "dB", "", tight=True),
    NumberForms(LOWER, "db", "欧", tight=True),
    NumberForms(AUTO_TIGHT, "dB", "R", tight=True),
)
BRIEF_MIXED = (
    *[NumberForms(AUTO_TIGHT, "dB", "Ω", tight=True)] * 2,
    *[NumberForms(AUTO, " dB", " ohm")] * 2,
    *[NumberForms(AUTO_TIGHT, "dB", "ohm", tight=True)] * 2,
    NumberForms(AUTO, " dB", " Ω"),
    NumberForms(AUTO, "dB", "欧", tight=True),
    NumberForms(LETTER, "dB", "Ω", tight=True),
    NumberForms(LETTER, "dB", "欧", tight=True),
    NumberForms(MEGA, " dB", " ohm"),
    NumberForms(MEGA_TIGHT, "dB", "Ω", tight=True),
    NumberForms(AUTO_TIGHT, "dB", "R", tight=True),
    NumberForms(AUTO_TIGHT, "dB", "", tight=True),
    NumberForms(AUTO, " dB", ""),
    NumberForms(LOWER, "db", "ohm", tight=True),
)
