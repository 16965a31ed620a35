"""Converts results to the published task: a specification, a question, or a reason to decline.

The published task has Chebyshev type I low-pass, high-pass and band-pass filters with the same
attenuation at all stop edges, two stop edges for a band-pass, and an impedance that is never
assumed. Only requests that a small model can follow are answered: their values are copied, or
computed from two pass edges if centre and width have few digits.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from rf_synth.calls.request import MAX_POINTS
from rf_synth.requests.slots import IMPEDANCE_KEYS
from rf_synth.requests.voices import Request
from rf_synth.specs.minimum_order import BANDS, CEILING_GUARD, Spec, minimum_order, spec_keys

COPIED_KEYS = IMPEDANCE_KEYS.union(
    "family band edge f1 f2 center width edge_db ripple att order".split(),
    (f"{name}{i}" for name in ("stop", "to", "att") for i in range(1, MAX_POINTS + 1)),
)
"""Arguments whose values the published keys copy, or express as centre and width."""
_COMPUTED = re.compile(r"rad|π|pi\b|±", re.IGNORECASE)
_MOST_DIGITS = 5
"""Maximum significant digits of a centre and a width computed from two edges."""
_FLAT = re.compile(r"butter|flat|巴特|平坦", re.IGNORECASE)
_OTHERS = {"bandstop": ("band-stop", "带阻"), "butterworth": ("Butterworth", "巴特沃斯")}
_ONLY_HERE = re.compile(r"(Chebyshev \(type I\)|切比雪夫（Ⅰ型）)(?: and Butterworth|和巴特沃斯)")
ALSO_NEEDED = frozenset(["R0", "fs_lower", "fs_upper"])
"""Keys required here but not for a design, which assumes 50 ohm and needs one stop edge."""
Text = dict[str, str]


def published_spec(call: Mapping[str, str], result: Mapping[str, Any]) -> Spec | None:
    """The specification in the published keys; None if they or a small model cannot express it.

    `result` is a designed result of the strict solver.
    """
    band, answer = result["spec"]["filter_band"], result.get("answer")
    if answer is None or not COPIED_KEYS.issuperset(call) or "edge_db" in result["spec"]:
        return None
    keys = spec_keys(band)
    if not set(keys) <= set(answer) or any(_COMPUTED.search(text) for text in call.values()):
        return None
    spec = {key: answer[key] for key in keys}
    edges = band == "bandpass" and "f1" in call
    if edges and max(_digits(spec["f_center"]), _digits(spec["bandwidth"])) > _MOST_DIGITS:
        return None
    order, n = minimum_order(spec)
    if order != result["order"] or abs(n - round(n)) < CEILING_GUARD:
        return None
    return spec


def published_missing(result: Mapping[str, Any]) -> list[str]:
    """The published keys that are missing from a result, incomplete or designed.

    For a band-pass both stop edges are required. Empty if nothing is missing, or something that
    is not a published key.
    """
    spec, missing = result["spec"], set(result.get("missing", ()))
    band = spec.get("filter_band")
    if band == "bandpass" and {"fs_lower", "fs_upper"} & spec.keys():
        missing |= {"fs_lower", "fs_upper"} - spec.keys()
    known = ("filter_band", *spec_keys(band or "lowpass")[2:])
    if not missing <= set(known) or _asks_for_a_unit(result):
        return []
    return [key for key in known if key in missing]


def _asks_for_a_unit(result: Mapping[str, Any]) -> bool:
    return " unit of " in result.get("question", {}).get("en", "")


def published_part(result: Mapping[str, Any], missing: Iterable[str]) -> Spec:
    """The known part of an incomplete result, in the published keys."""
    spec = result["spec"]
    known = spec_keys(spec.get("filter_band", "lowpass"))
    return {key: spec[key] for key in known if key in spec and key not in set(missing)}


def declined(result: Mapping[str, Any], *, others: bool) -> Text | None:
    """The reason to decline a request, in Chinese and English; None if it may be answered.

    With `others`, Butterworth filters and band-stops, which the published keys cannot express, are
    declined too. A reason with a computed order counts as None: a small model cannot give it.
    """
    if result["status"] == "outside":
        reason: Text = result["reason"]
        if "An order of about" in reason["en"]:
            return None
        return {lang: _ONLY_HERE.sub(r"\1", text) for lang, text in reason.items()}
    if not others or is_published_kind(result):
        return None
    spec = result["spec"]
    en, zh = _OTHERS.get(spec.get("filter_band"), _OTHERS.get(spec.get("filter_type"), ("", "")))
    if not en:
        return None
    return {
        "en": "Only Chebyshev low-pass, high-pass and band-pass filters can be answered in this "
        f"form, not a {en} filter.",
        "zh": f"这种答案只适用于切比雪夫低通、高通和带通滤波器，不适用于{zh}滤波器。",
    }


def is_published_kind(result: Mapping[str, Any]) -> bool:
    """Whether the known part of a result allows a published answer."""
    spec = result["spec"]
    return (
        result["status"] != "outside"
        and spec.get("filter_type") == "chebyshev"
        and spec.get("filter_band", "lowpass") in BANDS
    )


def may_be_answered(request: Request) -> bool:
    """Whether a request may get a published answer, judging by its slots.

    An impedance may still have to be added.
    """
    keys = {slot.key for slot in request.slots if slot.kind != "noise"}
    if not COPIED_KEYS.issuperset(keys) or not {"ripple", "stop1"} <= keys:
        return False
    if is_butterworth(request) or request.kind != "full" or request.band not in BANDS:
        return False
    return request.band != "bandpass" or bool(keys & {"stop2", "to1"})


def states_impedance(request: Request) -> bool:
    """Whether a request states an impedance."""
    return any(slot.key in IMPEDANCE_KEYS for slot in request.slots)


def is_butterworth(request: Request) -> bool:
    """Whether a request names a Butterworth filter."""
    return any(slot.key == "family" and _FLAT.search(slot.argument) for slot in request.slots)


def _digits(value: float) -> int:
    """The number of significant digits."""
    return len(f"{value:.12e}".split("e")[0].replace(".", "").rstrip("0"))
