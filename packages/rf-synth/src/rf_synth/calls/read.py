"""From the texts of a call to a typed request: every value read, every unit settled."""

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from rf_synth.calls import quantities as q
from rf_synth.calls.bands import BANDS, band
from rf_synth.calls.families import DESIGNED, family
from rf_synth.calls.others import other_task
from rf_synth.calls.quantities import Frequency
from rf_synth.calls.refusal import Declined, quoted, unreadable
from rf_synth.calls.request import MAX_POINTS, Request, RippleStatement, StatedPoint
from rf_synth.calls.units import settle_units

T = TypeVar("T")
_PASS_KEYS = ("edge", "f1", "f2", "center", "width", "transition")
_POINT_FREQUENCIES = tuple(
    f"{key}{i}" for i in range(1, MAX_POINTS + 1) for key in ("stop", "to", "offset")
)
_FREQUENCY_KEYS = (*_PASS_KEYS, *_POINT_FREQUENCIES)
_FREQUENCY = ("a frequency such as 2.4 GHz", "频率，例如 2.4 GHz")
_LEVEL = ("a level in dB", "以 dB 表示的数值")
_IMPEDANCE = ("an impedance in ohm", "以欧姆表示的阻抗")
_MAX_ORDER = 1000


def read_request(texts: dict[str, str]) -> Request:
    """Reads what can be read; `problem` of the result says what cannot, or what is another task."""
    request = Request()
    _read_words(texts, request)
    for step in (_read_frequencies, _read_ratios, _read_levels, _read_impedances, _read_order):
        try:
            step(texts, request)
        except Declined as problem:
            request.problem = request.problem or problem
    return request


def _value(
    texts: dict[str, str], key: str, reader: Callable[[str], T | None], expected: tuple[str, str]
) -> T | None:
    text = texts.get(key)
    if text is None:
        return None
    value = reader(text)
    if value is None:
        raise unreadable(key, text, *expected)
    return value


def _read_words(texts: dict[str, str], request: Request) -> None:
    named = texts.get("band")
    if named is not None:
        kind = band(named)
        if kind in BANDS:
            request.band = kind
        elif kind is not None:
            request.problem = _other_band(kind, named)
    if (text := texts.get("family")) is not None:
        _read_family(text, request)
    if (text := texts.get("other")) is not None:
        request.problem = other_task(text)


def _other_band(kind: str, text: str) -> Declined:
    if kind == "diplexer":
        return other_task(text)
    shown = quoted(text)
    if kind == "allpass":
        return Declined(
            "other",
            f"An all-pass ({shown}) is not designed here.",
            f"这里不设计全通网络（{shown}）。",
        )
    return Declined(
        "other",
        f"A filter with several pass bands ({shown}) is not designed here; specify one band at a time.",
        f"这里不设计多通带滤波器（{shown}），请一次只给出一个通带。",
    )


def _read_family(text: str, request: Request) -> None:
    found = family(text)
    if found.kind in DESIGNED:
        request.family, request.family_named = found.kind, True
    elif found.kind == "undecided":
        request.family_undecided = True
    elif found.kind == "unknown":
        shown = quoted(text)
        request.problem = Declined(
            "family",
            f"{shown} is not a response family known here; Chebyshev (type I) and Butterworth are designed.",
            f"未知的响应类型 {shown}；这里设计切比雪夫（Ⅰ型）和巴特沃斯滤波器。",
        )
    elif found.kind:
        request.problem = Declined(
            found.kind if found.kind in ("active", "digital", "zeros") else "family",
            f"{found.name_en[0].upper()}{found.name_en[1:]} ({quoted(text)}) is not designed here, only "
            "Chebyshev (type I) and Butterworth.",
            f"这里不设计{found.name_zh}（{quoted(text)}），只设计切比雪夫（Ⅰ型）和巴特沃斯滤波器。",
        )


# --- frequencies -------------------------------------------------------------------------------


def _read_frequencies(texts: dict[str, str], request: Request) -> None:
    """All frequencies with their units settled; widths may turn out relative, stops as offsets."""
    found: dict[str, Frequency] = {}
    first_problem: Declined | None = None
    for key in texts:
        if key not in _FREQUENCY_SET:
            continue
        try:
            _read_frequency(texts, key, request, found)
        except Declined as problem:
            first_problem = first_problem or problem
    settled = settle_units(found, texts, request)
    for key, value in settled.items():
        _place(key, value, request)
    _read_multiples(texts, request)
    if first_problem:
        raise first_problem


_FREQUENCY_SET = frozenset(_FREQUENCY_KEYS)


def _read_frequency(
    texts: dict[str, str], key: str, request: Request, found: dict[str, Frequency]
) -> None:
    text = texts[key]
    value = q.frequency(text)
    if value is not None:
        found[key] = value
        return
    if key == "width" or key.startswith("offset"):
        if (share := q.fraction(text)) is not None:
            _place_fraction(key, text, share, request)
            return
    elif key.startswith("stop") and (times := q.multiple(text)) is not None:
        point = _point(request, int(key[4:]))
        point.multiple, point.step = times
        return
    raise unreadable(key, text, *_FREQUENCY)


def _place_fraction(key: str, text: str, share: Decimal, request: Request) -> None:
    sign = getattr(q.split_number(q.tidy(text)), "sign", "")
    if key == "width":
        request.relative_width = share * 2 if sign == "±" else share
        return
    point = _point(request, int(key[6:]))
    point.offset, point.offset_sign, point.offset_fraction = share, sign, True


def _place(key: str, value: Frequency, request: Request) -> None:
    """Puts a frequency in Hz where its key belongs."""
    if value.unit == "rad/s":
        request.angular = True
    if key in _PASS_KEYS:
        if value.sign in ("-", "±") and key not in ("width", "transition"):
            raise _negative(key)
        size = value.value * 2 if key == "width" and value.sign == "±" else value.value
        setattr(request, key, size)
        return
    name, point = key[:-1], _point(request, int(key[-1]))
    if name == "offset" or value.sign:
        point.offset, point.offset_sign = value.value, value.sign
    elif name == "stop":
        point.stop = value.value
    else:
        point.to = value.value


def _negative(key: str) -> Declined:
    return Declined(
        "unreadable", f"{key} is negative; a frequency was expected.", f"{key} 是负数，应为频率。"
    )


def _point(request: Request, number: int) -> StatedPoint:
    return request.points.setdefault(number, StatedPoint())


def _read_multiples(texts: dict[str, str], request: Request) -> None:
    for key, text in texts.items():
        if not key.startswith("multiple"):
            continue
        times = q.multiple(text)
        point = _point(request, int(key[8:]))
        if times is None:
            absolute = q.frequency(text)
            if absolute is None or absolute.bare:
                raise unreadable(key, text, "a multiple such as 1.5fc", "倍数，例如 1.5fc")
            point.stop = absolute.value
        else:
            point.multiple, point.step = times


# --- ratios, levels, impedances, order ---------------------------------------------------------


def _read_ratios(texts: dict[str, str], request: Request) -> None:
    share = _value(
        texts, "fbw", q.fraction, ("a relative bandwidth such as 5 %", "相对带宽，例如 5%")
    )
    if share is not None:
        if share >= 2 and "%" not in q.tidy(texts["fbw"]):
            share = share.scaleb(-2)  # wider than 200 %: the per cent was left out
            request.assumed.append("unit")
        request.relative_width = share
    request.q = _value(texts, "q", q.fraction, ("a loaded Q", "有载 Q 值"))


def _read_levels(texts: dict[str, str], request: Request) -> None:
    level = _value(texts, "edge_db", q.decibels, _LEVEL)
    if level is not None:
        request.edge_db = level[0]
    level = _value(texts, "ripple", q.decibels, _LEVEL)
    if level is not None:  # ±0.5 dB is 1 dB from peak to peak
        value = level[0] * 2 if level[1] == "±" else level[0]
        request.ripples.append(RippleStatement("ripple", value))
    _read_reflections(texts, request)
    level = _value(texts, "att", _attenuation, _LEVEL)
    if level is not None:
        request.attenuation_db = level[0]
    for key in texts:
        if key.startswith("att") and key != "att":
            level = _value(texts, key, _attenuation, _LEVEL)
            if level is not None:
                _point(request, int(key[3:])).attenuation_db = level[0]


def _attenuation(text: str) -> tuple[Decimal, str] | None:
    if q.is_slope(text):
        shown = quoted(text)
        raise Declined(
            "unreadable",
            f"{shown} is a slope, not an attenuation; state the attenuation at a stop frequency.",
            f"{shown} 是斜率而不是衰减量，请给出某个阻带频率处的衰减。",
        )
    return q.decibels(text)


def _read_reflections(texts: dict[str, str], request: Request) -> None:
    """Return loss, VSWR and reflection coefficient; a dB value under any of them is a return loss."""
    level = _value(texts, "return_loss", q.decibels, _LEVEL)
    if level is not None:
        request.ripples.append(RippleStatement("return_loss", level[0]))
    readers = {"vswr": q.standing_wave_ratio, "gamma": q.fraction}
    for key, reader in readers.items():
        if key not in texts:
            continue
        value = reader(texts[key])
        if value is not None:
            request.ripples.append(RippleStatement(key, value))
            continue
        level = q.decibels(texts[key])
        if level is None:
            raise unreadable(key, texts[key], "a ratio such as 1.5:1", "比值，例如 1.5:1")
        request.ripples.append(RippleStatement("return_loss", level[0]))


def _read_impedances(texts: dict[str, str], request: Request) -> None:
    for key in ("z0", "z_source", "z_load"):
        value = _value(texts, key, q.ohms, _IMPEDANCE)
        if value is None:
            continue
        if not value:
            raise Declined(
                "impossible",
                f"{key} is 0 ohm; a port impedance must be above 0.",
                f"{key} 为 0 欧姆，端口阻抗必须大于 0。",
            )
        setattr(request, key, value)


def _read_order(texts: dict[str, str], request: Request) -> None:
    """An order that is not whole is somebody's n, not an order: it is left aside."""
    value = _value(texts, "order", q.whole_number, ("an order", "阶数"))
    if value is None or value != value.to_integral_value():
        return
    if not 1 <= value <= _MAX_ORDER:
        raise Declined(
            "impossible",
            f"An order of {value:f} cannot be built; a filter has at least one resonator or element.",
            f"{value:f} 阶的滤波器不存在，阶数至少为 1。"
            if value < 1
            else f"{value:f} 阶的滤波器无法实现。",
        )
    request.order = int(value)
