"""JSON bodies from the page, checked and converted to calls and options; errors name the key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rf_jsonl import loads
from starlette.requests import Request

from rf_design.errors import DesignError
from rf_design.options import Options
from rf_design.page.errors import PageError

MAX_BODY_BYTES = 4 * 1024 * 1024
MAX_TURNS = 20
MAX_MARKERS = 50
HIGHEST_HZ = 1e15
PRESETS = ("all", "transition", "pass")
_WHOLE = frozenset({"order", "e_series"})
_KNOWN = _WHOLE | {"q_l", "q_c", "wanted_loss_db", "topology", "tolerance_percent"}


@dataclass(frozen=True, slots=True)
class View:
    """What a plot shows: a named range or one in Hz, and markers, inside the range or not.

    `logarithmic` is None if it depends on the band.
    """

    preset: str = "all"
    range_hz: tuple[float, float] | None = None
    logarithmic: bool | None = None
    markers_hz: tuple[float, ...] = ()


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object of a request. Raises PageError."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise PageError(415, "Expected a body of type application/json.", "请求体应为 JSON。")
    too_long = PageError(
        413,
        f"More than {MAX_BODY_BYTES // 1024**2} MB were sent; that is not a filter request.",
        f"发送内容超过 {MAX_BODY_BYTES // 1024**2} MB，不是滤波器需求。",
    )
    if int(request.headers.get("content-length", "0") or 0) > MAX_BODY_BYTES:
        raise too_long
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > MAX_BODY_BYTES:
            raise too_long
    try:
        return loads(bytes(data))
    except ValueError as error:
        raise PageError(400, f"The body is not JSON: {error}", "请求体不是 JSON。") from None


def turns_of(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The user's turns, of which the last is new."""
    turns = body.get("turns")
    if not isinstance(turns, list) or not all(isinstance(turn, str) for turn in turns) or not turns:
        raise wrong("turns", "a list of texts")
    if len(turns) > MAX_TURNS:
        raise PageError(
            400, f"More than {MAX_TURNS} turns: start a new request.",
            f"已超过 {MAX_TURNS} 轮，请另起新需求。",
        )  # fmt: skip
    return tuple(turns)


def call_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a call, which the solver checks."""
    call = body.get("call")
    if not isinstance(call, dict):
        raise wrong("call", "an object of the arguments of design_filter")
    return call


def lang_of(body: Mapping[str, Any]) -> str | None:
    """The requested language, or None."""
    lang = body.get("lang")
    if lang not in (None, "zh", "en"):
        raise wrong("lang", "zh or en")
    return lang


def options_of(body: Mapping[str, Any]) -> Options:
    """The options, each of them optional; `quick` omits those that may take long."""
    given = body.get("options", {})
    if not isinstance(given, dict):
        raise wrong("options", "an object")
    unknown = sorted(given.keys() - _KNOWN)
    if unknown:
        raise wrong(f"options.{unknown[0]}", f"one of {', '.join(sorted(_KNOWN))}")
    stated = {key: value for key, value in given.items() if value is not None}
    for key, value in stated.items():
        if key != "topology" and not _is_number(value, whole=key in _WHOLE):
            raise wrong(f"options.{key}", "a whole number" if key in _WHOLE else "a number")
    tolerance = stated.pop("tolerance_percent", None)
    if tolerance is not None:
        stated["tolerance"] = tolerance / 100
    if body.get("quick") is True:
        stated.pop("e_series", None)
        stated.pop("tolerance", None)
    try:
        return Options(**stated)
    except DesignError as error:
        raise PageError(400, error.text("en"), f"选项无效：{error.text('zh')}") from None


def view_of(body: Mapping[str, Any]) -> View:
    """The part of the response to show, by default all of it."""
    view = body.get("view", {})
    if not isinstance(view, dict):
        raise wrong("view", "an object")
    preset, log = view.get("preset", "all"), view.get("log")
    if preset not in PRESETS:
        raise wrong("view.preset", f"one of {', '.join(PRESETS)}")
    shown = None
    if "low" in view or "high" in view:
        low, high = (_frequency(view.get(key), f"view.{key}") for key in ("low", "high"))
        if not low < high:
            raise wrong("view", "low below high")
        shown = (low, high)
    markers = view.get("markers", [])
    if not isinstance(markers, list) or len(markers) > MAX_MARKERS:
        raise wrong("view.markers", f"at most {MAX_MARKERS} frequencies in Hz")
    at = tuple(_frequency(f, "view.markers") for f in markers)
    return View(preset, shown, log if isinstance(log, bool) else None, at)


def _frequency(value: Any, key: str) -> float:
    if not _is_number(value) or not 0 < value < HIGHEST_HZ:
        raise wrong(key, f"a frequency in Hz, above 0 and below {HIGHEST_HZ:g}")
    return float(value)


def wrong(key: str, expected: str) -> PageError:
    """The error for a key with an invalid value."""
    return PageError(400, f"{key}: expected {expected}.", f"{key}：格式不正确（{expected}）。")


def _is_number(value: Any, *, whole: bool = False) -> bool:
    kinds = int if whole else (int, float)
    return isinstance(value, kinds) and not isinstance(value, bool)
