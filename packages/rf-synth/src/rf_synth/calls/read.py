"""Converts the texts of a call to a typed request, with all values parsed and units resolved."""

from collections.abc import Callable
from decimal import Decimal

from rf_synth.calls import quantities as q
from rf_synth.calls.arguments import POINT_KEYS
from rf_synth.calls.bands import BANDS, band, is_use
from rf_synth.calls.families import DESIGNED, family, is_technology
from rf_synth.calls.multiples import multiple
from rf_synth.calls.others import other_task
from rf_synth.calls.printed import split_number, tidy
from rf_synth.calls.quantities import Frequency
from rf_synth.calls.refusal import Declined, quoted, unreadable
from rf_synth.calls.request import MAX_POINTS, Request, RippleStatement
from rf_synth.calls.units import settle_units
from rf_synth.specs.minimum_order import MAX_ORDER

_Reader = Callable[[Request, str, str], None]
_FREQUENCY = ("a frequency such as 2.4 GHz", "频率，例如 2.4 GHz")
_LEVEL = ("a level in dB", "以 dB 表示的数值")
_IMPEDANCE = ("an impedance in ohm", "以欧姆表示的阻抗")
_MULTIPLE = ("a multiple such as 1.5fc", "倍数，例如 1.5fc")


def read_request(texts: dict[str, str]) -> Request:
    """Parses what can be parsed; the first reason to decline becomes `problem` of the request."""
    request = Request(texts)
    frequencies: dict[str, Frequency] = {}
    for key, text in texts.items():
        try:
            reader = _READERS.get(key)
            if reader is not None:
                reader(request, key, text)
            elif (value := q.frequency(text)) is not None and not value.angular:
                frequencies[key] = value
            else:
                _read_unusual(request, key, text, frequencies)
        except Declined as problem:
            request.problem = request.problem or problem
    request.frequencies = settle_units(frequencies, texts, request)
    for key, value in request.frequencies.items():
        try:
            _place(request, key, value, texts[key])
        except Declined as problem:
            request.problem = request.problem or problem
    if "other" in texts:
        _read_other(request, texts["other"])
    around = "center" in request.frequencies or "width" in request.frequencies
    if around and request.band is not None and is_use(texts.get("band", "")):
        request.band = None  # an anti-alias filter may be a band-pass
    return request


# --- words -------------------------------------------------------------------------------------


def _read_band(request: Request, _: str, text: str) -> None:
    kind = band(text)
    if kind in BANDS:
        request.band = kind
    elif kind == "diplexer":
        raise other_task(text)
    elif kind == "allpass":
        raise Declined(
            "other",
            f"An all-pass ({quoted(text)}) is not designed here.",
            f"这里不设计全通网络（{quoted(text)}）。",
        )
    elif kind is not None:
        raise Declined(
            "other",
            f"A filter with several pass bands ({quoted(text)}) is not designed here; give the "
            "specification of one band.",
            f"这里不设计多通带滤波器（{quoted(text)}），请给出其中一个通带的指标。",
        )


def _read_family(request: Request, _: str, text: str) -> None:
    found = family(text)
    if found.kind in DESIGNED:
        request.family, request.family_named = found.kind, True
    elif found.kind == "undecided":
        request.family_undecided = True
    elif found.kind == "unknown" and band(text) in BANDS:
        request.band = request.band or band(text)  # "LPF" under the wrong key
    elif found.kind == "unknown":
        raise Declined(
            "family",
            f"{quoted(text)} is not a response family known here; Chebyshev (type I) and "
            "Butterworth filters are designed.",
            f"未知的响应类型 {quoted(text)}，这里设计切比雪夫（Ⅰ型）和巴特沃斯滤波器。",
        )
    elif found.kind:
        raise Declined(
            found.kind,
            f"{found.name_en[0].upper()}{found.name_en[1:]} ({quoted(text)}) is not designed "
            "here, only Chebyshev (type I) and Butterworth filters are.",
            f"这里不设计{found.name_zh}（{quoted(text)}），只设计切比雪夫（Ⅰ型）和巴特沃斯滤波器。",
        )


def _read_other(request: Request, text: str) -> None:
    """Another task overrides other reasons, unless its own reason is less specific."""
    if is_technology(text) and len(request.texts) > 1:
        return
    declined = other_task(text)
    if declined.code != "other" or request.problem is None or request.problem.code == "unreadable":
        request.problem = declined


# --- frequencies -------------------------------------------------------------------------------


def _read_unusual(request: Request, key: str, text: str, frequencies: dict[str, Frequency]) -> None:
    """Parses an angular frequency, a relative width or offset, or a stop stated as a multiple."""
    value = q.frequency(text)
    if q.is_normalised(text):
        raise Declined(
            "digital",
            f"{quoted(text)} is a normalised frequency of a digital filter; only analogue filters "
            "are designed here.",
            f"{quoted(text)} 是数字滤波器的归一化频率，这里只设计模拟滤波器。",
        )
    if value is not None:
        frequencies[key] = value
        return
    name, number = _POINT.get(key, (key, 0))
    if name in ("width", "offset") and (share := q.fraction(text)) is not None:
        split = split_number(tidy(text))
        sign = split.sign if split else ""
        if name == "width":
            request.relative_width = share * 2 if sign == "±" else share
        else:
            point = request.point(number)
            point.offset, point.offset_sign, point.offset_relative = share, sign, True
    elif name == "stop" and (times := multiple(text)) is not None:
        point = request.point(number)
        point.multiple, point.step = times
    else:
        raise unreadable(key, text, *_FREQUENCY)


def _place(request: Request, key: str, value: Frequency, text: str) -> None:
    """Stores a frequency in Hz under its key; a stop frequency with a sign is an offset."""
    hertz, sign = value.value, value.sign
    if value.angular:
        request.angular = True
    if not hertz.is_finite() and not key.startswith(_MAY_BE_ENDLESS):
        raise unreadable(key, text, *_FREQUENCY)
    at = _POINT.get(key)
    if at is None:
        if sign and sign != "+" and key not in ("width", "transition"):
            raise unreadable(key, text, "a frequency above 0", "大于 0 的频率")
        setattr(request, key, hertz * 2 if key == "width" and sign == "±" else hertz)
        return
    name, number = at
    point = request.point(number)
    if name == "offset" or sign:
        point.offset, point.offset_sign = hertz, sign
    elif name == "stop":
        point.stop = hertz
    else:
        point.to = hertz


def _read_multiple(request: Request, key: str, text: str) -> None:
    times = multiple(text)
    point = request.point(_POINT[key][1])
    if times is not None:
        point.multiple, point.step = times
        return
    absolute = q.frequency(text)
    if absolute is None or absolute.bare:
        raise unreadable(key, text, *_MULTIPLE)
    point.stop = absolute.value


# --- ratios, levels, impedances, order ---------------------------------------------------------


def _read_fbw(request: Request, key: str, text: str) -> None:
    share = q.fraction(text)
    if share is None:
        width = q.frequency(text)
        if width is None or width.bare or not width.value.is_finite():
            raise unreadable(key, text, "a relative bandwidth such as 5 %", "相对带宽，例如 5%")
        request.width = width.value
        return
    if share >= 2 and "%" not in tidy(text):
        share = share.scaleb(-2)  # beyond 200 %: the per cent sign was omitted
        request.assumed.append("unit")
    request.relative_width = share


def _read_q(request: Request, key: str, text: str) -> None:
    value = q.fraction(text)
    if value is None:
        raise unreadable(key, text, "a loaded Q", "有载 Q 值")
    if not value:
        raise Declined("impossible", "A loaded Q of 0 is impossible.", "有载 Q 值不能为 0。")
    request.q = value


def _level(key: str, text: str) -> tuple[Decimal, str]:
    level = q.decibels(text)
    if level is None:
        raise unreadable(key, text, *_LEVEL)
    return level


def _read_edge_db(request: Request, key: str, text: str) -> None:
    request.edge_db = _level(key, text)[0]


def _read_ripple(request: Request, key: str, text: str) -> None:
    value, sign = _level(key, text)
    # ±0.5 dB is 1 dB peak to peak
    request.ripples.append(RippleStatement("ripple", value * 2 if sign == "±" else value))


def _read_return_loss(request: Request, key: str, text: str) -> None:
    request.ripples.append(RippleStatement("return_loss", _level(key, text)[0]))


def _read_reflection(request: Request, key: str, text: str) -> None:
    """Parses a VSWR or reflection coefficient; a value in dB is a return loss."""
    value = q.standing_wave_ratio(text) if key == "vswr" else q.fraction(text)
    if value is not None:
        request.ripples.append(RippleStatement(key, value))
        return
    level = q.decibels(text)
    if level is None:
        raise unreadable(key, text, "a ratio such as 1.5:1", "比值，例如 1.5:1")
    request.ripples.append(RippleStatement("return_loss", level[0]))


def _read_attenuation(request: Request, key: str, text: str) -> None:
    level = q.decibels(text)
    if level is None:
        if q.is_slope(text):
            raise Declined(
                "unreadable",
                f"{quoted(text)} is a slope, not an attenuation; state the attenuation at a stop "
                "frequency.",
                f"{quoted(text)} 是斜率而不是衰减量，请给出某个阻带频率处的衰减。",
            )
        raise unreadable(key, text, *_LEVEL)
    if key == "att":
        request.attenuation_db = level[0]
    else:
        request.point(_POINT[key][1]).attenuation_db = level[0]


def _read_impedance(request: Request, key: str, text: str) -> None:
    value = q.ohms(text)
    if value is None:
        raise unreadable(key, text, *_IMPEDANCE)
    if not value:
        raise Declined(
            "impossible",
            f"{key} is 0 ohm; the impedance of a port must be above 0.",
            f"{key} 为 0 欧姆，端口阻抗必须大于 0。",
        )
    setattr(request, key, value)


def _read_order(request: Request, key: str, text: str) -> None:
    """Parses an order; a fractional one is a computed n, not an order, and is ignored."""
    value = q.order_number(text)
    if value is None:
        raise unreadable(key, text, "an order", "阶数")
    if value != value.to_integral_value():
        return
    if not 1 <= value <= MAX_ORDER:
        raise Declined(
            "impossible",
            f"A filter of order {value:f} cannot be built; the order is a whole number from 1 up"
            + (f" and {MAX_ORDER:,} at most." if value > 1 else "."),
            f"{value:f} 阶的滤波器无法实现，阶数应为 1 以上的整数"
            + (f"，最多 {MAX_ORDER:,}。" if value > 1 else "。"),
        )
    request.order = int(value)


_MAY_BE_ENDLESS = ("f2", "stop", "to")
_POINT = {f"{name}{i}": (name, i) for i in range(1, MAX_POINTS + 1) for name in POINT_KEYS}
_READERS: dict[str, _Reader] = {
    "family": _read_family,
    "band": _read_band,
    "fbw": _read_fbw,
    "q": _read_q,
    "edge_db": _read_edge_db,
    "ripple": _read_ripple,
    "return_loss": _read_return_loss,
    "vswr": _read_reflection,
    "gamma": _read_reflection,
    "att": _read_attenuation,
    "z0": _read_impedance,
    "z_source": _read_impedance,
    "z_load": _read_impedance,
    "order": _read_order,
    "other": lambda request, key, text: None,  # read last
} | {
    f"{name}{i}": reader
    for i in range(1, MAX_POINTS + 1)
    for name, reader in (("att", _read_attenuation), ("multiple", _read_multiple))
}
"""The parser of each key; all other keys hold frequencies."""
