"""Metrics of questions: does the model ask for what is missing, in the user's language?"""

from collections.abc import Mapping

from rf_eval.answer import Answer
from rf_eval.metrics.outcome import NO_TOOL, status_of
from rf_eval.metrics.words import asked_parameters, asks, language_of
from rf_eval.registry import metric
from rf_eval.samples import Sample, is_call
from rf_eval.score import RIGHT, Score, not_applicable, verdict

FOLLOW_UPS = ("followup_question", "followup_resolve")
ANSWERED = Score(0.0, "ok", "answered instead of asking")
NOT_ASKED = Score(0.0)
NOTHING_MISSING = not_applicable("nothing is missing")


def is_question(answer: Answer) -> bool:
    """Whether the completion is a question: not truncated, without JSON, and a request.

    If a tool answered its call, whether the result is a question.
    """
    if answer.result is not None:
        return status_of(answer) == "incomplete"
    known: bool | None = answer.cache.get("is_question")
    if known is None:
        known = answer.finish_reason != "length" and "{" not in answer.text and asks(answer.text)
        answer.cache["is_question"] = known
    return known


def asked_for(sample: Sample, answer: Answer) -> frozenset[str]:
    """The parameters that a question asks for."""
    if answer.result is not None:
        listed = answer.result.get("missing")
        return frozenset(listed if isinstance(listed, list) else ())
    return asked_parameters(answer.text, str(sample.meta.get("band", "")))


def missing(sample: Sample) -> frozenset[str]:
    """The parameters that the user omitted, by answer key.

    If the reference is a call, its record states what is missing after the last turn only.
    """
    if is_call(sample):
        result = sample.meta.get("result")
        known = sample.type == "followup_question" and isinstance(result, Mapping)
        return frozenset((result or {}).get("missing") or () if known else ())
    return frozenset(sample.meta.get("missing") or ())


def _answered_first(sample: Sample) -> bool:
    """Whether a dialogue's first reply is an answer: the request was complete, then changed."""
    called = is_call(sample) and sample.type == "followup_resolve"
    return called and not asks(sample.expected_text)


@metric("asked", types=FOLLOW_UPS)
def asked(sample: Sample, answer: Answer) -> Score:
    """Something is missing, and the model asks instead of answering."""
    if _answered_first(sample):
        return NOTHING_MISSING
    if is_question(answer):
        return RIGHT
    if is_call(sample) and not answer.asked_tool:
        return NO_TOOL
    if answer.result is not None:
        return Score(0.0, "ok", f"status is {status_of(answer)}")
    if answer.object is not None or "{" in answer.text:
        return ANSWERED
    cut = answer.finish_reason == "length"
    return Score(0.0, "ok", "cut off at the token limit" if cut else "neither asked nor answered")


@metric("asked_exactly", types=FOLLOW_UPS)
def asked_exactly(sample: Sample, answer: Answer) -> Score:
    """The parameters asked for are exactly the missing ones."""
    wanted = missing(sample)
    if not wanted:
        return not_applicable("the record does not say what is missing")
    if not is_question(answer):
        return asked(sample, answer)
    found = asked_for(sample, answer)
    extra, omitted = sorted(found - wanted), sorted(wanted - found)
    parts = [f"also asks for {', '.join(extra)}"] if extra else []
    parts += [f"does not ask for {', '.join(omitted)}"] if omitted else []
    return verdict(not parts, "; ".join(parts))


@metric("asked_order", types=FOLLOW_UPS, higher_is_better=False)
def asked_order(sample: Sample, answer: Answer) -> Score:
    """The model asks the user for the order, which is its own job (should be 0)."""
    if is_question(answer) and "order" in asked_for(sample, answer):
        return Score(1.0, "ok", "asks for the order")
    return NOT_ASKED


@metric("asked_needlessly", types=("full",), higher_is_better=False)
def asked_needlessly(sample: Sample, answer: Answer) -> Score:
    """Nothing is missing, and the model asks all the same (should be 0)."""
    if is_call(sample):
        if not answer.asked_tool:
            return NO_TOOL
    elif sample.expected is None or "missing" not in sample.meta:
        return NOTHING_MISSING
    return Score(1.0, "ok", "asked") if is_question(answer) else NOT_ASKED


@metric("language_match", types=FOLLOW_UPS)
def language_match(sample: Sample, answer: Answer) -> Score:
    """The question is in the user's language; to mixed language, Chinese or mixed is right."""
    if not is_question(answer) or answer.result is not None:
        return not_applicable("no question of the model's own")
    wanted, found = str(sample.meta.get("lang", "")), language_of(answer.text)
    if wanted not in ("zh", "en", "mix"):
        return not_applicable("the record names no language")
    right = (found == "en") if wanted == "en" else found in ("zh", "mix")
    return verdict(right, f"{found}, expected {wanted}")
