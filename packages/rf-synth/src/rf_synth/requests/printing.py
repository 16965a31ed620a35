"""Prints values as people do: 2.4 GHz, 2400M, 2.4e+09 Hz, 1,268.5 MHz, .5 dB, 0,5 dB, 50Ω, 2.4吉赫.

A request has one style: the space before units, short or full unit names, and the words for decibel
and ohm are chosen once per request. Values are printed with all of their digits.
"""

from functools import cache
from typing import NamedTuple

from rf_synth.calls.arguments import FREQUENCY_KEYS
from rf_synth.requests.number_words import SPOKEN_PARTS, SPOKEN_UNITS, spoken_number
from rf_synth.requests.slots import DECIBEL_KEYS, IMPEDANCE_KEYS, Slot
from rf_synth.specs.draws import Draws

_LADDER = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))
_SCALES = {
    "thz": 1e12, "ghz": 1e9, "mhz": 1e6, "khz": 1e3, "hz": 1.0, "g": 1e9, "m": 1e6, "k": 1e3,
    "吉赫": 1e9, "千兆赫": 1e9, "兆赫": 1e6, "兆": 1e6, "千赫": 1e3, "吉": 1e9,
    "赫兹": 1.0, "赫": 1.0, "千周": 1e3, "兆周": 1e6,
    "megs": 1e6, "meg": 1e6, "mc": 1e6, "mcs": 1e6, "kc": 1e3, "kcs": 1e3, "gig": 1e9, "gigs": 1e9,
    "megahertz": 1e6, "gigahertz": 1e9,
    "kilohertz": 1e3, "hertz": 1.0, "megacycles": 1e6, "兆赫兹": 1e6, "吉赫兹": 1e9, "千赫兹": 1e3,
    "krad/s": 1e3, "mrad/s": 1e6, "grad/s": 1e9, "rad/s": 1.0, "rad/sec": 1.0,
}  # fmt: skip
_OHM_SCALES = {"k": 1e3, "kω": 1e3, "kohm": 1e3, "kohms": 1e3, "千欧": 1e3, "千欧姆": 1e3}
_FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")


class Hand(NamedTuple):
    """The style in which the numbers of a request are printed.

    Attributes
    ----------
    gap : text between number and unit
    frequency : auto, mega, letter, lower, hertz, exponent, program or han
    decibel, ohm : units
    full_width : print full-width digits
    thousands : separator of thousands
    bare_zero : print .5 for 0.5
    comma : print 0,5 for 0.5
    to_carrier : print attenuations in dBc
    spoken : zh or en to print short numbers and their units in words, as in dictation
    """

    gap: str
    frequency: str
    decibel: str
    ohm: str
    full_width: bool = False
    thousands: str = ""
    bare_zero: bool = False
    comma: bool = False
    to_carrier: bool = False
    spoken: str = ""


_FORMS = {
    "": ("auto",) * 26 + ("mega",) * 4 + ("letter", "letter", "lower", "lower"),
    "program": ("auto",) * 20 + ("mega",) * 4 + ("letter", "lower") + ("hertz", "exponent") * 2,
    "speech": ("auto",),
    "plain": ("auto",) * 24 + ("mega",) * 4 + ("letter", "lower"),
    "chat": ("auto",) * 10 + ("mega", "letter", "letter", "letter", "lower", "lower", "lower"),
    "formal": ("auto",) * 10 + ("mega", "mega"),
    "form": ("auto",) * 9 + ("mega", "mega", "letter", "hertz", "exponent", "exponent"),
}
"""Forms of frequencies by register, or by kind of voice if the register is unknown."""
_LOOSE = frozenset(("", "chat", "speech"))
"""Registers with sloppy units."""
_IN_WORDS = {"chat": 3, "speech": 50}
"""Percentage of requests with numbers in words, by register."""


def draw_hand(draws: Draws, lang: str, register: str = "") -> Hand:
    """The style of a request in `register`; forms of a program occur only in forms."""
    gap = draws.pick(("", "", " ")) if lang != "en" else draws.pick(("", " ", " "))
    frequency = draws.pick(_FORMS[register])
    if lang == "zh" and register not in ("form", "program") and draws.below(16) == 0:
        frequency = "han"
    loose = register in _LOOSE
    rare = draws.below(100)
    decibel, ohm = draws.pick(_DECIBELS[lang]), draws.pick(_OHMS[lang])
    if not loose:
        decibel = "dB" if decibel == "DB" or register == "formal" else decibel
        gap = " " if register == "formal" and lang == "en" else gap
    if frequency == "lower":
        decibel = decibel.lower()
    if frequency == "han":
        gap, decibel = "", draws.pick(("分贝", "dB"))
    in_words = draws.below(100) < _IN_WORDS.get(register, 0)
    in_words = in_words and (lang == "zh" or register == "speech")  # nobody types that
    spoken = "" if not in_words else "zh" if lang == "mix" else lang
    if spoken:
        frequency, decibel, ohm = "auto", *draws.pick(_SPOKEN[spoken])
    return Hand(
        gap=gap,
        frequency=frequency,
        decibel=decibel,
        ohm=ohm,
        full_width=rare == 0 and lang == "zh",
        thousands={1: ",", 2: " ", 3: ","}.get(rare, ""),
        bare_zero=rare in (4, 5) and lang == "en",
        comma=rare == 6 and lang == "en" and register != "formal",
        to_carrier=draws.below(12) == 0,
        spoken=spoken,
    )


def program_hand(draws: Draws, lang: str) -> Hand:
    """The style of a program: `2.58551e+08 Hz`, `47.49 dB`, `75 ohm`."""
    return Hand(
        gap=draws.pick((" ", " ", " ", "")),
        frequency=draws.pick(("program",) * 5 + ("exponent", "hertz")),
        decibel="dB",
        ohm=draws.pick(("ohm", "ohm", "ohm", "Ω", "Ohm") + (("欧",) if lang == "zh" else ())),
        to_carrier=draws.below(12) == 0,
    )


_DECIBELS = {
    "en": ("dB",) * 14 + ("db", "DB", "decibels"),
    "zh": ("dB",) * 14 + ("db", "分贝", "DB"),
    "mix": ("dB",) * 14 + ("db",),
}
_SPOKEN = {
    "en": (("dB", "ohms"), ("decibels", "ohms"), ("db", "ohm"), ("d b", "ohms")),
    "zh": (("分贝", "欧姆"), ("个dB", "欧姆"), ("dB", "欧"), ("db", "欧姆"), ("个分贝", "欧")),
}
"""Decibel and ohm in dictation."""
_OHMS = {
    "en": ("ohm", "ohm", "ohms", "ohms", "Ω", "Ω", "\u2126", "R", "Ohm", "Ohms"),
    "zh": ("Ω", "Ω", "Ω", "欧", "欧", "欧姆", "欧姆", "ohm", "\u2126"),
    "mix": ("Ω", "Ω", "ohm", "ohm", "欧", "Ohm", "R"),
}


def printed(hand: Hand, draws: Draws, slot: Slot, value: float) -> tuple[str, str]:
    """The text of a slot's value in the request and in the call."""
    text, copied = _printed(hand, draws, slot, value)
    return in_width(hand, text), in_width(hand, copied)


def in_width(hand: Hand, text: str) -> str:
    """`text` with full-width digits, if the hand prints these."""
    return text.translate(_FULL_WIDTH) if hand.full_width else text


def _printed(hand: Hand, draws: Draws, slot: Slot, value: float) -> tuple[str, str]:
    if slot.kind == "unit":
        number = _number(hand, _in_unit(slot, value))
        if slot.key == "order":
            number = str(round(value))
        text = slot.sign + number + slot.argument
        return text, text.strip()
    if slot.kind == "apart":
        number = slot.sign + _number(hand, _in_unit(slot, value))
        return number, f"{number} {slot.argument.strip()}"
    text = slot.sign + _with_unit(hand, draws, slot.key, value)
    return text, text


def noise(draws: Draws, limits: str) -> str:
    """A random number between two printed limits, with the larger number of their decimals.

    Four of five whole numbers are round, as people say them: 120 minutes, 2500 cycles.
    """
    low, high = limits.split()
    decimals = max(len(text.partition(".")[2]) for text in (low, high))
    first, last = float(low), float(high)
    value = first + (last - first) * draws.unit()
    if not decimals and draws.below(5):
        step = next((step for least, step in _ROUND_FROM if value >= least), 1)
        rounded = step * round(value / step)
        value = rounded if 4 * step <= last - first and first <= rounded <= last else value
    return f"{value:.{decimals}f}"


_ROUND_FROM = ((10_000, 1000), (3000, 500), (1000, 100), (300, 50), (100, 10), (20, 5))
"""From which value on people round to which step."""


def _with_unit(hand: Hand, draws: Draws, key: str, value: float) -> str:
    if key in FREQUENCY_KEYS:
        return _frequency(hand, value)
    if key in DECIBEL_KEYS:
        return _level(hand, draws, key, value)
    if key in IMPEDANCE_KEYS:
        return _impedance(hand, value)
    return _ratio(draws, key, value)


def _level(hand: Hand, draws: Draws, key: str, value: float) -> str:
    if hand.spoken == "en" and value in SPOKEN_PARTS and draws.below(2):
        return f"{SPOKEN_PARTS[value]} a {'decibel' if hand.decibel == 'decibels' else 'dB'}"
    unit = "decibel" if hand.decibel == "decibels" and value == 1 else hand.decibel
    if hand.spoken:
        return _spoken(hand, value, unit)
    if key[:3] == "att" and unit == "dB" and hand.to_carrier:
        unit = "dBc"
    gap = " " if unit.startswith("decibel") else hand.gap
    return f"{_number(hand, value)}{gap}{unit}"


def _impedance(hand: Hand, value: float) -> str:
    if hand.spoken:
        return _spoken(hand, value, hand.ohm)
    gap = "" if hand.ohm in ("欧", "欧姆", "R") else hand.gap
    if value >= 1000 and value % 100 == 0:
        kilo = hand.ohm.lower() if hand.ohm.isascii() and hand.ohm != "R" else "Ω"
        return f"{_number(hand, value / 1000)}{hand.gap}k{kilo}"
    return f"{_number(hand, value)}{gap}{hand.ohm}"


def _ratio(draws: Draws, key: str, value: float) -> str:
    """A value without a unit: relative width, VSWR, Q, multiple, order."""
    if key == "fbw" and draws.below(3):
        return f"{_plain(value * 100)}%"
    if key == "order":
        return str(round(value))
    if key == "vswr" and draws.below(4) == 0:
        return f"{_plain(value)}:1"
    return _plain(value)


def _frequency(hand: Hand, hertz: float) -> str:
    if (in_hertz := _IN_HERTZ.get(hand.frequency)) is not None:
        return f"{in_hertz(hertz)}{hand.gap}Hz"
    scale, letter = next(
        ((scale, letter) for scale, letter in _LADDER if hertz >= scale), _LADDER[-1]
    )
    if hand.frequency == "mega" and scale == 1e9 and hertz < 2e10:
        scale, letter = 1e6, "M"
    if hand.spoken:
        return _spoken(hand, hertz / scale, SPOKEN_UNITS[hand.spoken][letter])
    return _number(hand, hertz / scale) + _hertz_unit(hand, letter)


def _hertz_unit(hand: Hand, letter: str) -> str:
    if hand.frequency == "han":
        return SPOKEN_UNITS["zh"][letter]
    if hand.frequency == "letter" and letter:
        return letter
    unit = f"{letter}Hz"
    return hand.gap + (unit.lower() if hand.frequency == "lower" else unit)


def _spoken(hand: Hand, value: float, unit: str) -> str:
    """Number and unit in words; long numbers in digits."""
    text = _plain(value)
    words = spoken_number(text, hand.spoken) or text
    if not hand.gap:
        words = words.replace(" and ", " ")
    return f"{words} {unit}" if hand.spoken == "en" else f"{words}{unit}"


def _in_unit(slot: Slot, value: float) -> float:
    """The value in the slot's unit."""
    if slot.key == "fbw" and _plain_unit(slot.argument).startswith(("%", "％", "per", "pct")):
        return value * 100
    return value / _scale(slot.key in FREQUENCY_KEYS, slot.key in IMPEDANCE_KEYS, slot.argument)


@cache
def _scale(frequency: bool, impedance: bool, unit: str) -> float:
    """Hz or ohm per unit; 1 for other quantities."""
    unit = _plain_unit(unit)
    if frequency:
        longest_first = sorted(_SCALES, key=len, reverse=True)
        return next((_SCALES[name] for name in longest_first if unit.startswith(name)), 1.0)
    return _OHM_SCALES.get(unit, 1.0) if impedance else 1.0


def _plain_unit(unit: str) -> str:
    return unit.strip().strip("()（）[]").lower()


def _number(hand: Hand, value: float) -> str:
    text = _as_computed(value) if hand.frequency == "program" else _plain(value)
    whole, point, fraction = text.partition(".")
    if hand.thousands and len(whole) > 3 and "e" not in text:
        head = whole
        groups: list[str] = []
        while len(head) > 3:
            head, groups = head[:-3], [head[-3:], *groups]
        return hand.thousands.join([head, *groups]) + point + fraction
    if hand.bare_zero and whole == "0" and point:
        return point + fraction
    if hand.comma and point:
        return f"{whole},{fraction}"
    return text


def _plain(value: float) -> str:
    """A decimal number without an exponent: 2400, 0.04365, 500000000."""
    text = f"{value:.10g}"
    if "e" not in text:
        return text
    text = f"{value:.12f}".rstrip("0") if value < 1 else f"{value:.0f}"
    return text.rstrip(".")


def _as_computed(value: float) -> str:
    """Round numbers as typed, others with an exponent, as a program prints them."""
    digits = f"{value:.9e}".split("e")[0].replace(".", "").rstrip("0")
    return _plain(value) if len(digits) <= 3 or value < 1e6 else _exponent(value)


def _exponent(value: float) -> str:
    """A number with an exponent, as in C's %g: 2.4e+09."""
    text = f"{value:.9e}"
    mantissa, exponent = text.split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{exponent}"


_IN_HERTZ = {"hertz": _plain, "program": _as_computed, "exponent": _exponent}
"""Forms that print every frequency in Hz."""
