"""Summarizes an answer for engineers: the JSON object in words, with units, order first."""

import json
from decimal import Decimal
from typing import Any

_BANDS = {"lowpass": "low-pass", "highpass": "high-pass", "bandpass": "band-pass"}
_EDGES = {
    "lowpass": ("fc", "fs"),
    "highpass": ("fc", "fs"),
    "bandpass": ("f_center", "bandwidth", "fs_lower", "fs_upper"),
}
_NUMBERS = ("ripple_db", "R0", "La_target", "order")
_KNOWN = {"filter_type", "filter_band", *_NUMBERS, "derivation"}
_PREFIXES = ((9, "GHz"), (6, "MHz"), (3, "kHz"))

Number = int | Decimal


def summary(text: str) -> list[str]:
    """The specification in an answer, in words, one line per item; empty without one.

    Numbers keep all of their digits.
    """
    found = specification(text)
    if found is None:
        return []
    words = _filter(found)
    width = max(len(name) for name, _ in words)
    return [f"{name:<{width}}  {value}" for name, value in words]


def specification(text: str) -> dict[str, Any] | None:
    """The complete specification in an answer, with exact decimals, or None."""
    found = _object(text)
    return found if found is not None and _is_specification(found) else None


def _object(text: str) -> dict[str, Any] | None:
    """The first JSON object in a text."""
    start = text.find("{")
    if start < 0:
        return None
    try:
        value, _ = json.JSONDecoder(parse_float=Decimal).raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _is_specification(found: dict[str, Any]) -> bool:
    """Whether all keys of a specification and no others are present, with numbers where needed."""
    edges = _EDGES.get(str(found.get("filter_band")))
    if edges is None or set(found) - _KNOWN - set(edges):
        return False
    return all(_is_number(found.get(name)) for name in (*edges, *_NUMBERS))


def _filter(found: dict[str, Any]) -> list[tuple[str, str]]:
    """(name, value) of each line of the summary."""
    band = str(found["filter_band"])
    values = {name: found[name] for name in (*_EDGES[band], *_NUMBERS)}
    kind = str(found.get("filter_type", "")).capitalize()
    rows = [("filter", f"{kind} {_BANDS[band]}".strip()), ("order", _order(band, values["order"]))]
    rows += _bandpass(values) if band == "bandpass" else _one_edge(band, values)
    rows.append(("ports", f"{digits(values['R0'])} Ω"))
    if isinstance(found.get("derivation"), dict):
        rows.append(("derivation", f"{len(found['derivation'])} steps, in the answer above"))
    return rows


def _order(band: str, order: Any) -> str:
    poles = 2 * order if band == "bandpass" else order
    return f"{digits(order)} ({digits(poles)} poles)"


def _one_edge(band: str, values: dict[str, Any]) -> list[tuple[str, str]]:
    passes, stops = ("up to", "from") if band == "lowpass" else ("from", "up to")
    return [
        ("pass band", f"{passes} {frequency(values['fc'])}, {_ripple(values)}"),
        ("stop band", f"{stops} {frequency(values['fs'])}, {_attenuation(values)}"),
    ]


def _bandpass(values: dict[str, Any]) -> list[tuple[str, str]]:
    center, half = Decimal(values["f_center"]), Decimal(values["bandwidth"]) / 2
    lower, upper = frequency(center - half), frequency(center + half)
    wide = f"{frequency(values['bandwidth'])} around {frequency(values['f_center'])}"
    return [
        ("pass band", f"{lower} to {upper} ({wide}), {_ripple(values)}"),
        (
            "stop bands",
            f"up to {frequency(values['fs_lower'])} and from {frequency(values['fs_upper'])}, "
            f"{_attenuation(values)}",
        ),
    ]


def _ripple(values: dict[str, Any]) -> str:
    return f"ripple {digits(values['ripple_db'])} dB"


def _attenuation(values: dict[str, Any]) -> str:
    return f"at least {digits(values['La_target'])} dB"


def frequency(hertz: Number) -> str:
    """A frequency with all of its digits, in the largest unit in which it is at least 1."""
    value = Decimal(hertz)
    for power, unit in _PREFIXES:
        if abs(value) >= 10**power:
            return f"{digits(value.scaleb(-power))} {unit}"
    return f"{digits(value)} Hz"


def digits(value: Any) -> str:
    """A number without an exponent and without trailing zeros."""
    text = f"{Decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    return abs(Decimal(value).adjusted()) < 30  # would print screens full of digits
