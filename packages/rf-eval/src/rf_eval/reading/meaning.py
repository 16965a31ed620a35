"""The meaning of the arguments of `design_filter`, to compare texts that may differ in form.

A text is read according to its key: `"0.10dB"` under `ripple` is the number 0.1, `"切比雪夫"` under
`family` is `chebyshev`. A text that cannot be read is compared without spaces and case.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import Any

from rf_eval.reading.quantities import PI, plain, read_quantity

Meaning = tuple[Any, ...]
"""A kind and a value, hashable; equivalent statements have equal meanings."""

FAMILIES = (
    ("bessel", r"bessel|thom(?:p)?son|贝塞尔|maximally flat (?:group )?delay|最平坦?(?:群)?时延"),
    (
        "inverse chebyshev",
        r"(?:inverse|inv\.?|反|逆) ?-?(?:ts?|t)?(?:ch?eb|切比|契比|车比)|cheby?2|cheb2"
        r"|(?:ch?eb|切比雪夫|契比雪夫).*(?:type|型|类)? ?(?:ii\b|ii型|ii类|2型|type 2|二型|第二类)",
    ),
    (
        "chebyshev",
        r"t?s?ch?[ei]b[yi]?[sc]|cheb|切比雪夫|契比雪夫|车比雪夫|切比|equi-? ?ripple|equal-? ?ripple"
        r"|等波纹|等纹波|等波动|等起伏",
    ),
    ("butterworth", r"butter|巴特沃|巴特瓦|巴氏|max(?:im(?:al|um))?(?:ly)?[- ]flat|最大?平坦|最平"),
    ("elliptic", r"ellip|cauer|椭圆|考尔|zolotarev"),
    ("gaussian", r"gauss|高斯"),
    ("legendre", r"legendre|papoulis|optimum-l|勒让德"),
    ("linear phase", r"linear[- ]phase|线性相位"),
)
BANDS = (
    ("bandstop", r"band ?-?(?:stop|reject|elimin)|\bbsf\b|\bbrf\b|notch|带阻|陷波|\bbs\b"),
    ("bandpass", r"band ?-?pass|\bbpf\b|带通|\bbp\b"),
    ("lowpass", r"low ?-?pass|\blpf\b|低通|\blp\b"),
    ("highpass", r"high ?-?pass|\bhpf\b|高通|\bhp\b"),
)
_FAMILY = [(name, re.compile(pattern)) for name, pattern in FAMILIES]
_BAND = [(name, re.compile(pattern)) for name, pattern in BANDS]
_ZERO = ("dc", "d.c", "直流", "zero", "零频", "零")
_ENDLESS = ("∞", "inf", "infinity", "无穷", "无穷大", "daylight")
_HALF_POWER = re.compile(r"-?\s*(?:half[- ]?power|半功率点?|1/√2|0?\.707\d*|1/sqrt\(?2\)?)")
HALF_POWER_DB = Decimal("3.0102999566398119521373889472449302676818988146210854131042746")
_TIMES = {
    "twice": "2", "double": "2", "thrice": "3", "triple": "3", "half": "0.5", "一半": "0.5",
    "octave": "2", "倍频程": "2", "decade": "10", "十倍频": "10", "十倍频程": "10",
}  # fmt: skip
_REFERENCE = r"(?:f\w{0,6}|ω\w{0,3})"
_OF_REFERENCE = re.compile(rf"{_REFERENCE} ?(/|\*) ?(\d+(?:\.\d+)?)")
_ARTICLE = re.compile(r"(?:an?|one|一个?) ?(?=octave|decade|倍频程|十倍频)")
_ORDER_WORDS = re.compile(
    r"(?:th|st|nd|rd)?[- ]*(?:order|poles?|sections?|elements?|resonators?|cavit(?:y|ies)|stages?"
    r"|阶|级|节|个?腔体?|极点?|个?谐振[器腔]|元|个)?"
)
_BOTH_PORTS = re.compile(r"(\d+(?:\.\d+)?) ?/ ?(\d+(?:\.\d+)?)(.*)")
_THOUSAND_GHZ = re.compile(r"\d{1,3},\d{3} ?[gG吉]")


def meaning(key: str, value: object) -> Meaning:
    """The meaning of an argument; `key` may include the number of its stop point (`att2`)."""
    return _meaning(key, value if isinstance(value, str) else _shown(value))


@lru_cache(maxsize=16384)
def _meaning(key: str, text: str) -> Meaning:
    read = READERS.get(key) or READERS.get(key.rstrip("0123456789"), _text)
    return read(text) or _text(text)


def family_of(text: str) -> str | None:
    """The response family that a text names, or None."""
    return _named(_FAMILY, text)


def band_of(text: str) -> str | None:
    """`lowpass`, `highpass`, `bandpass` or `bandstop`, or None if none is named."""
    return _named(_BAND, text)


def _named(table: list[tuple[str, re.Pattern[str]]], text: str) -> str | None:
    shown = plain(text).lower()
    return next((name for name, pattern in table if pattern.search(shown)), None)


def _shown(value: object) -> str:
    return str(value) if isinstance(value, int | float | bool) else repr(value)[:200]


def _text(text: str) -> Meaning:
    return ("text", "".join(plain(text).casefold().split()))


def _family(text: str) -> Meaning | None:
    name = family_of(text)
    return None if name is None else ("family", name)


def _band(text: str) -> Meaning | None:
    name = band_of(text)
    return None if name is None else ("band", name)


def frequency(text: str) -> Decimal | None:
    """A frequency in Hz; a bare number is in Hz, `DC` is 0, `∞` infinite; rad/s are divided by 2π.

    `2,450 GHz` is read as 2.45 GHz, since 2 THz is no plausible frequency.
    """
    shown = plain(text)
    word = shown.strip(" .").lower()
    if word in _ZERO or word in _ENDLESS:
        return Decimal(0) if word in _ZERO else Decimal("Infinity")
    found = read_quantity(text)
    if found is None or found.unit not in ("", "Hz", "rad/s"):
        return None
    if found.unit == "rad/s":
        with localcontext() as context:
            context.prec = 40  # fewer digits than PI, so that 2π × 10000 rad/s gives 10 kHz
            return (found.value / (2 * PI)).normalize()
    if found.value >= 10**12 and _THOUSAND_GHZ.match(shown):
        return found.value.scaleb(-3)
    return found.value


def _hertz(text: str) -> Meaning | None:
    found = frequency(text)
    return None if found is None else ("Hz", found)


def _width(text: str) -> Meaning | None:
    """A width: ±120 Hz is a width of 240 Hz."""
    found, whole = frequency(text), read_quantity(text)
    if found is None:
        return None
    return ("Hz", 2 * found if whole is not None and whole.sign == "±" else found)


def _offset(text: str) -> Meaning | None:
    """A distance from the centre; without a sign it means both sides."""
    found, whole = frequency(text), read_quantity(text)
    if found is None or whole is None:
        return None
    return ("offset", found, whole.sign if whole.sign in ("+", "-") else "±")


def _decibel(text: str) -> Meaning | None:
    """A level by its magnitude: -40 dBc of attenuation is 40 dB."""
    if _HALF_POWER.fullmatch(plain(text).lower()):
        return ("dB", HALF_POWER_DB)
    found = read_quantity(text)
    return ("dB", found.value) if found and found.unit in ("", "dB") else None


def _relative(text: str) -> Meaning | None:
    found = read_quantity(text)
    if found is None or found.unit not in ("", "%"):
        return None
    return ("number", found.value / 100 if found.unit == "%" else found.value)


def _number(text: str) -> Meaning | None:
    found = read_quantity(text)
    return ("number", found.value) if found and found.unit == "" else None


def _vswr(text: str) -> Meaning | None:
    """A standing wave ratio: 1.5, 1.5:1, 1:1.5, 1.5比1."""
    found = read_quantity(text)
    if found is None or not found.unit:
        return ("number", found.value) if found else None
    match = re.fullmatch(r"(?:[:∶/]|比|to)(.+)", found.unit)
    other = read_quantity(match[1]) if match else None
    if other is None or other.unit or not other.value or not found.value:
        return None
    return ("number", max(found.value / other.value, other.value / found.value))


def _ohm(text: str) -> Meaning | None:
    """An impedance of both ports; 50/50 Ω is 50 Ω at each."""
    if pair := _BOTH_PORTS.fullmatch(plain(text)):
        if Decimal(pair[1]) != Decimal(pair[2]):
            return None
        text = pair[1] + pair[3]
    found = read_quantity(text)
    return ("ohm", found.value) if found and found.unit in ("", "ohm") else None


def _order(text: str) -> Meaning | None:
    found = read_quantity(plain(text).removeprefix("第"))
    if found is None or not _ORDER_WORDS.fullmatch(found.unit):
        return None
    return ("number", found.value)


def _multiple(text: str) -> Meaning | None:
    """A multiple: `1.5fc`, `twice`, `两倍`, `second harmonic`, `one octave`, `fc/2`."""
    shown = plain(text).lower().removeprefix("the ")
    if match := _OF_REFERENCE.fullmatch(shown):
        value = Decimal(match[2])
        return ("number", value if match[1] == "*" else 1 / value) if value else None
    first = _ARTICLE.sub("", shown)
    for word, times in _TIMES.items():
        if first == word or first.startswith(f"{word} "):
            return ("number", Decimal(times))
    found = read_quantity(first.removeprefix("第"))
    if found is None or found.unit in ("Hz", "dB", "ohm", "rad/s", "%"):
        return None
    steps = {"octave": 2, "octaves": 2, "个倍频程": 2, "倍频程": 2}.get(found.unit)
    return ("number", steps**found.value if steps else found.value)


def _other(text: str) -> Meaning:
    """That the request is for another task, in whatever words."""
    return ("other",)


READERS: Mapping[str, Callable[[str], Meaning | None]] = {
    "family": _family,
    "band": _band,
    "edge": _hertz,
    "f1": _hertz,
    "f2": _hertz,
    "center": _hertz,
    "width": _width,
    "fbw": _relative,
    "q": _number,
    "edge_db": _decibel,
    "ripple": _decibel,
    "return_loss": _decibel,
    "vswr": _vswr,
    "gamma": _relative,
    "stop": _hertz,
    "to": _hertz,
    "offset": _offset,
    "multiple": _multiple,
    "att": _decibel,
    "transition": _hertz,
    "z0": _ohm,
    "z_source": _ohm,
    "z_load": _ohm,
    "order": _order,
    "other": _other,
}
"""The reader of each argument, by its key without the number of a stop point."""

POINT_KEYS = ("stop", "to", "offset", "multiple", "att")
MAX_POINTS = 6
KEYS = (
    "family", "band", "edge", "f1", "f2", "center", "width", "fbw", "q", "edge_db", "ripple",
    "return_loss", "vswr", "gamma",
    *(f"{key}{i}" for i in range(1, MAX_POINTS + 1) for key in POINT_KEYS),
    "att", "transition", "z0", "z_source", "z_load", "order", "other",
)  # fmt: skip
"""Every argument, in the order of a call."""
