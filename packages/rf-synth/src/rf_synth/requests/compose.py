"""From a slotted request to a conversation and the call that reads it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rf_synth.specs.draws import Draws
from rf_synth.requests.filters import corrected, draw_values
from rf_synth.requests.printing import Hand, draw_hand, noise, printed
from rf_synth.requests.slots import Slot, in_call_order
from rf_synth.requests.voices import Request

Solve = Callable[[Mapping[str, object]], dict[str, Any]]
_TRIES = 60


class UnfitRequest(ValueError):
    """A slotted request whose numbers never give the result it says it has."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """User turns, the replies between them, and the call and result of the last turn."""

    user: list[str]
    replies: list[str]
    call: dict[str, str]
    result: dict[str, Any]
    noise: list[str]
    """Printed numbers that are no quantity of the call."""


def converse(draws: Draws, request: Request, solve: Solve) -> Conversation:
    """A conversation from `request` whose result is of the kind that the request says.

    Numbers are drawn again until the solver agrees. Raises UnfitRequest.
    """
    problem = ""
    for _ in range(_TRIES):
        conversation = _fill(draws, request, solve)
        problem = disagreement(request, conversation.result)
        if not problem:
            return conversation
    raise UnfitRequest(f"{request.id}: {problem}")


def disagreement(request: Request, result: Mapping[str, Any]) -> str:
    """How a result differs from what the request says of itself; empty where it agrees."""
    expected = {"full": "designed", "gap": "incomplete", "outside": "outside"}[request.kind]
    if result["status"] != expected:
        why = result.get("reason", result.get("missing", result.get("order")))
        return f"the result is {result['status']} ({why}), expected {expected}"
    if expected == "incomplete" and set(result["missing"]) != set(request.missing):
        return f"missing is {result['missing']}, expected {list(request.missing)}"
    if expected == "designed" and result["order"] > 30:
        return f"order {result['order']} is beyond what anybody builds"
    return ""


def _fill(draws: Draws, request: Request, solve: Solve) -> Conversation:
    hand = draw_hand(draws, request.lang)
    values = draw_values(draws, request).values
    said: dict[str, tuple[str, str]] = {}
    noises: list[str] = []
    user: list[str] = []
    replies: list[str] = []
    result: dict[str, Any] = {}
    reply_language = "en" if request.lang == "en" else "zh"
    for turn in request.turns:
        if user:
            replies.append(result["reply"][reply_language])
        user.append("".join(_piece(draws, hand, slot, values, said, noises) for slot in turn))
        call = _canonical({key: text for key, (_, text) in said.items()})
        result = solve(call)
    return Conversation(user, replies, call, result, noises)


def _canonical(said: dict[str, str]) -> dict[str, str]:
    """The arguments in their order; the one attenuation of a request is `att`, not `att1`."""
    own = [key for key in said if key.startswith("att")]
    if own == ["att1"] and not any(key.endswith("2") for key in said if key[0] in "stom"):
        said["att"] = said.pop("att1")
    return in_call_order(said)


def _piece(
    draws: Draws,
    hand: Hand,
    slot: Slot,
    values: dict[str, float],
    said: dict[str, tuple[str, str]],
    noises: list[str],
) -> str:
    """The text of one slot; what the call copies of it goes into `said`."""
    if slot.kind == "text":
        return slot.argument
    if slot.kind == "noise":
        noises.append(noise(draws, slot.argument))
        return noises[-1]
    if slot.kind == "words":
        said[slot.key] = (slot.sign + slot.argument, slot.sign + slot.argument)
        return slot.sign + slot.argument
    if slot.corrected:
        values[slot.key] = corrected(draws, slot.key, values[slot.key])
    elif slot.key in said:
        return said[slot.key][0]
    half = slot.key == "width" and slot.sign == "±"
    text, copied = printed(hand, draws, slot, values[slot.key] / 2 if half else values[slot.key])
    said[slot.key] = (text, copied)
    return text
