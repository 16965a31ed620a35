"""An answer as a filter design in SI units, or the reason why it is not one."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

MAX_ORDER = 1000
"""Ladders of a higher order are not simulated; no practical specification needs one."""

COMMON_KEYS = ("filter_type", "filter_band", "ripple_db")
EDGE_KEYS = {
    "lowpass": ("fc", "fs"),
    "highpass": ("fc", "fs"),
    "bandpass": ("f_center", "bandwidth", "fs_lower", "fs_upper"),
}
KEYS = {
    band: (*COMMON_KEYS, *edges, "R0", "La_target", "order") for band, edges in EDGE_KEYS.items()
}
"""The keys of an answer by band, in their documented order."""

NUMERIC_KEYS = (
    "ripple_db", "fc", "fs", "f_center", "bandwidth", "fs_lower", "fs_upper", "R0", "La_target",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Design:
    """A Chebyshev type I or Butterworth filter between two equal terminations.

    Attributes
    ----------
    band, family : lowpass, highpass, bandpass or bandstop; chebyshev or butterworth
    ripple : loss at the pass edges in dB, also for a Butterworth filter
    pass_edges : in Hz, (fc,) for low- and high-pass, the arithmetic edges f_center ∓ bandwidth/2
        for band-pass, the outer edges for band-stop
    stop_edges : in Hz, any number, such as (fs,) or (fs_lower, fs_upper)
    r0 : terminations in ohm
    attenuation : required at all stop edges, in dB, if `attenuations` is empty
    order : of the low-pass prototype
    attenuations : required at each stop edge, in dB
    """

    band: str
    ripple: float
    pass_edges: tuple[float, ...]
    stop_edges: tuple[float, ...]
    r0: float
    attenuation: float
    order: int
    family: str = "chebyshev"
    attenuations: tuple[float, ...] = ()

    @property
    def targets(self) -> tuple[float, ...]:
        """The required attenuation at each stop edge, in dB."""
        return self.attenuations or (self.attenuation,) * len(self.stop_edges)

    def of_order(self, order: int) -> "Design":
        """The same specification with another order."""
        return replace(self, order=order)


def number(value: Any) -> float | None:
    """A finite JSON number as float; None for anything else, booleans and strings included."""
    if type(value) is int or type(value) is float:
        try:
            result = float(value)
        except OverflowError:
            return None
        return result if math.isfinite(result) else None
    return None


def whole(value: Any) -> int | None:
    """A JSON integer (7 or 7.0) as int; None for anything else."""
    if type(value) is int:
        return value
    if type(value) is float and value.is_integer():
        return int(value)
    return None


def read_design(answer: Mapping[str, Any]) -> Design | str:
    """The design that an answer object describes, or one line why it is not one."""
    band = answer.get("filter_band")
    if not isinstance(band, str) or band not in EDGE_KEYS:
        return "filter_band is not lowpass, highpass or bandpass"
    if answer.get("filter_type") != "chebyshev":
        return "filter_type is not chebyshev"
    values: dict[str, float] = {}
    for key in ("ripple_db", *EDGE_KEYS[band], "R0", "La_target"):
        value = number(answer.get(key))
        if value is None:
            return f"{key} is missing" if key not in answer else f"{key} is not a number"
        if value <= 0:
            return f"{key} is not positive"
        values[key] = value
    order = whole(answer.get("order"))
    if order is None or not 1 <= order <= MAX_ORDER:
        return f"order is not an integer from 1 to {MAX_ORDER}"
    return _design(band, values, order)


def _design(band: str, values: Mapping[str, float], order: int) -> Design | str:
    if values["La_target"] <= values["ripple_db"]:
        return "La_target does not exceed the ripple"
    passes: tuple[float, ...]
    stops: tuple[float, ...]
    if band == "bandpass":
        half = values["bandwidth"] / 2
        passes = (values["f_center"] - half, values["f_center"] + half)
        stops = (values["fs_lower"], values["fs_upper"])
    else:
        passes, stops = (values["fc"],), (values["fs"],)
    reason = _wrong_edges(band, passes, stops)
    if reason:
        return reason
    return Design(
        band, values["ripple_db"], passes, stops, values["R0"], values["La_target"], order
    )


def _wrong_edges(band: str, passes: tuple[float, ...], stops: tuple[float, ...]) -> str:
    if band == "lowpass":
        return "" if stops[0] > passes[0] else "fs does not lie above fc"
    if band == "highpass":
        return "" if stops[0] < passes[0] else "fs does not lie below fc"
    if passes[0] <= 0:
        return "bandwidth is not below 2·f_center"
    if stops[0] >= passes[0]:
        return "fs_lower does not lie below the pass band"
    return "" if stops[1] > passes[1] else "fs_upper does not lie above the pass band"
