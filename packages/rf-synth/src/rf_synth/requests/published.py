"""What of a request the published keys can say, and what is asked or declined in place of it.

The published task has low-, high- and band-pass filters of Chebyshev type I with one attenuation
at all stop edges, both stop edges of a band-pass, and an impedance that is never assumed. Of the
ways to state such a filter those count here that a small model can follow without a table: values
that stand in the request, and the two edges of a pass band where centre and width have few digits.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from rf_synth.requests.slots import IMPEDANCE_KEYS
from rf_synth.requests.voices import Request
from rf_synth.specs.minimum_order import BANDS, CEILING_GUARD, Spec, minimum_order, spec_keys

_POINTS = "123456"
COPIED_KEYS = (
    frozenset(
        [
            "family",
            "band",
            "edge",
            "f1",
            "f2",
            "center",
            "width",
            "edge_db",
            "ripple",
            "att",
            "order",
        ]
        + [f"{name}{i}" for name in ("stop", "to", "att") for i in _POINTS]
    )
    | IMPEDANCE_KEYS
)
"""Arguments whose values stand in the published keys as they are, or as centre and width."""
_COMPUTED = re.compile(r"rad|π|pi\b|±", re.IGNORECASE)
_MOST_DIGITS = 5
"""Significant digits of a centre and a width that are computed from two edges."""
_FLAT = re.compile(r"butter|flat|巴特|平坦", re.IGNORECASE)
_OTHERS = {"bandstop": ("band-stop", "带阻"), "butterworth": ("Butterworth", "巴特沃斯")}
_ONLY_HERE = re.compile(r"(Chebyshev \(type I\)|切比雪夫（Ⅰ型）)(?: and Butterworth|和巴特沃斯)")
ALSO_NEEDED = frozenset(["R0", "fs_lower", "fs_upper"])
"""What these keys need and a design does without: 50 ohm are assumed, one stop edge suffices."""
Text = dict[str, str]


def published_spec(call: Mapping[str, str], result: Mapping[str, Any]) -> Spec | None:
    """The specification in the published keys; None where they or a small model cannot say it.

    `result` is the strict solver's, and designed.
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
    """The published keys that a result lacks, whether it is incomplete or a design.

    A band-pass needs both stop edges here; a side that is not told is asked for. Empty where
    nothing is missing, and where something is that is no published key.
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
    """What an incomplete result knows under the published keys."""
    spec = result["spec"]
    known = spec_keys(spec.get("filter_band", "lowpass"))
    return {key: spec[key] for key in known if key in spec and key not in set(missing)}


def declined(result: Mapping[str, Any], *, others: bool) -> Text | None:
    """Why a request gets no published answer, in Chinese and English; None where it may get one.

    With `others` also where the solver designs what these keys cannot say: a Butterworth filter or
    a band-stop. A reason with a computed order is no reason that a small model could give.
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
    """Whether what is known so far may become a published answer."""
    spec = result["spec"]
    return (
        result["status"] != "outside"
        and spec.get("filter_type") == "chebyshev"
        and spec.get("filter_band", "lowpass") in BANDS
    )


def may_be_answered(request: Request) -> bool:
    """Whether the slots of a request are such that its numbers may give a published answer,
    once it tells an impedance."""
    keys = {slot.key for slot in request.slots if slot.kind != "noise"}
    if not COPIED_KEYS.issuperset(keys) or not {"ripple", "stop1"} <= keys:
        return False
    if is_butterworth(request) or request.kind != "full" or request.band not in BANDS:
        return False
    return request.band != "bandpass" or bool(keys & {"stop2", "to1"})


def tells_impedance(request: Request) -> bool:
    """Whether a request states an impedance."""
    return any(slot.key in IMPEDANCE_KEYS for slot in request.slots)


def is_butterworth(request: Request) -> bool:
    """Whether a request names the family of Butterworth."""
    return any(slot.key == "family" and _FLAT.search(slot.argument) for slot in request.slots)


def _digits(value: float) -> int:
    """Significant digits of a decimal number."""
    return len(f"{value:.12e}".split("e")[0].replace(".", "").rstrip("0"))
