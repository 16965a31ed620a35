"""The interface to the solver: a call or a specification in, its result out."""

from collections.abc import Mapping
from typing import Any

from rf_design.errors import DesignError

CALL_NAME = "design_filter"
MOST_STOP_POINTS = 6

_FAMILY_NAMES = {"chebyshev": "Chebyshev", "butterworth": "Butterworth"}
_BAND_NAMES = {
    "lowpass": "low-pass", "highpass": "high-pass",
    "bandpass": "band-pass", "bandstop": "band-stop",
}  # fmt: skip
_UNITS = {
    "ripple_db": "dB", "fc": "Hz", "fs": "Hz", "f_center": "Hz", "bandwidth": "Hz", "f1": "Hz",
    "f2": "Hz", "fs_lower": "Hz", "fs_upper": "Hz", "R0": "ohm", "R_source": "ohm",
    "R_load": "ohm", "La_target": "dB", "order": "", "edge_db": "dB",
}  # fmt: skip
_PASS_BAND_KEYS = {
    "ripple_db": "ripple", "fc": "edge", "f1": "f1", "f2": "f2", "f_center": "center",
    "bandwidth": "width", "R0": "z0", "R_source": "z_source", "R_load": "z_load", "order": "order",
    "La_target": "att", "edge_db": "edge_db",
}  # fmt: skip
_STOP_EDGES = ("fs", "fs_lower", "fs_upper")
_REMARKS = ("f1_stated", "f2_stated", "derivation")
"""Keys without effect: edges as stated before they were moved, derivation of a published answer."""

SPEC_KEYS = ("filter_type", "filter_band", *_UNITS, "stop_points", *_REMARKS)


def solve_call(arguments: Mapping[str, object]) -> dict[str, Any]:
    """The solver's result for a call's arguments: designed, incomplete or outside."""
    from rf_synth import solve_call as solve

    return dict(solve(arguments))


def arguments_of(call: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a call, bare or as `{"name": "design_filter", "arguments": {…}}`.

    Raises DesignError for a call of another tool.
    """
    if "arguments" not in call:
        return dict(call)
    if call.get("name", CALL_NAME) != CALL_NAME or not isinstance(call["arguments"], Mapping):
        raise DesignError(
            f"the call is not one of {CALL_NAME} with an object of arguments",
            f"这不是对 {CALL_NAME} 的调用，或者 arguments 不是一个对象",
        )
    return dict(call["arguments"])


def is_spec(given: Mapping[str, Any]) -> bool:
    """Whether an object is a specification (published keys) and not the arguments of a call."""
    return any(key in given for key in ("filter_type", "filter_band", "ripple_db", "stop_points"))


def call_of_spec(spec: Mapping[str, Any]) -> dict[str, str]:
    """The call for a specification, given by published keys or as the `spec` of a result.

    The solver thus decides for both what is missing or impossible. Frequencies in a specification
    are ripple edges, at whatever level they were stated originally. Raises DesignError for unknown
    keys and for values of the wrong type.
    """
    _check_keys(spec)
    call: dict[str, str] = {}
    if "filter_type" in spec:
        call["family"] = _named(spec, "filter_type", _FAMILY_NAMES)
    if "filter_band" in spec:
        call["band"] = _named(spec, "filter_band", _BAND_NAMES)
    redundant = _redundant_keys(spec)
    for key, name in _PASS_BAND_KEYS.items():
        if key in spec and key not in redundant:
            call[name] = _quantity(key, spec[key], _UNITS[key])
    return call | _stop_arguments(spec)


def _redundant_keys(spec: Mapping[str, Any]) -> set[str]:
    """Keys whose information other keys of the specification contain as well."""
    redundant = {"f_center", "bandwidth"} if {"f1", "f2"} <= spec.keys() else set()
    if {"R_source", "R_load"} <= spec.keys():
        redundant.add("R0")
    if "stop_points" in spec:
        redundant.add("La_target")
    if "ripple_db" in spec:
        redundant.add("edge_db")  # informative only: the edges are ripple edges
    return redundant


def _stop_arguments(spec: Mapping[str, Any]) -> dict[str, str]:
    points = spec.get("stop_points")
    if points is None:
        points = [{"f": spec[key]} for key in _STOP_EDGES if key in spec]
    if not isinstance(points, list) or not all(isinstance(point, Mapping) for point in points):
        raise DesignError(
            "stop_points: expected a list of objects with f and attenuation_db",
            "stop_points：应为若干对象组成的列表，每个对象含 f 和 attenuation_db",
        )
    if len(points) > MOST_STOP_POINTS:
        raise DesignError(
            f"stop_points: {len(points)} of them, at most {MOST_STOP_POINTS}",
            f"stop_points：共 {len(points)} 个，最多 {MOST_STOP_POINTS} 个",
        )
    call = {}
    for number, point in enumerate(points, start=1):
        if "f" in point:
            call[f"stop{number}"] = _quantity("f", point["f"], "Hz")
        if "attenuation_db" in point:
            call[f"att{number}"] = _quantity("attenuation_db", point["attenuation_db"], "dB")
    return call


def _check_keys(spec: Mapping[str, Any]) -> None:
    unknown = [key for key in spec if key not in SPEC_KEYS]
    if unknown:
        raise DesignError(
            f"{unknown[0]!r} is not a key of a specification, expected {', '.join(SPEC_KEYS)}",
            f"指标中没有 {unknown[0]!r} 这个键，可用的键：{'、'.join(SPEC_KEYS)}",
        )


def _named(spec: Mapping[str, Any], key: str, names: Mapping[str, str]) -> str:
    value = spec[key]
    if not isinstance(value, str):
        raise DesignError(
            f"{key} is {value!r}, expected one of {', '.join(names)}",
            f"{key} 为 {value!r}，应为 {'、'.join(names)} 之一",
        )
    return names.get(value, value)  # the solver declines other families


def _quantity(key: str, value: object, unit: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DesignError(f"{key} is {value!r}, expected a number", f"{key} 为 {value!r}，应为数值")
    return f"{value!r} {unit}".rstrip()
