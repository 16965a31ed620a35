"""Converts a slotted request to a conversation and the corresponding call."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rf_synth.calls.characters import traditional
from rf_synth.requests.filters import corrected, draw_values
from rf_synth.requests.habits import voices_with
from rf_synth.requests.printing import Hand, draw_hand, in_width, noise, printed, program_hand
from rf_synth.requests.slots import PLUS_MINUS, Slot, in_call_order
from rf_synth.requests.voices import Request
from rf_synth.specs.draws import Draws

Solve = Callable[[Mapping[str, object]], dict[str, Any]]
Judge = Callable[[Request, Mapping[str, Any]], str]
"""Returns how a result disagrees with a request's expected outcome; empty if it agrees."""
_TRIES = 60
_IN_HERTZ = frozenset(["exponent", "hertz", "program"])
"""Forms of frequencies in which all are in Hz."""
_GOODS = re.compile(r"RFQ|quot|price|\bpcs\b|qty|询价|报价|parts list", re.IGNORECASE)
"""Words of a quotation, which states MHz."""


class UnfitRequest(ValueError):
    """No numbers were found for a slotted request that give its expected result."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """User turns, the replies between them, and the call and result of the last turn.

    `noise` are printed numbers that do not belong to the call.
    """

    user: list[str]
    replies: list[str]
    call: dict[str, str]
    result: dict[str, Any]
    noise: list[str]


def converse(
    draws: Draws, request: Request, solve: Solve, judge: Judge | None = None
) -> Conversation:
    """A conversation from `request` whose result is the expected one.

    Numbers are redrawn until `judge` (by default `disagreement`) accepts the solver's result.
    Raises UnfitRequest.
    """
    problem = ""
    for _ in range(_TRIES):
        conversation = _fill(draws, request, solve)
        problem = (judge or disagreement)(request, conversation.result)
        if not problem:
            return conversation
    raise UnfitRequest(f"{request.id}: {problem}")


def disagreement(
    request: Request, result: Mapping[str, Any], may_be_missing: frozenset[str] = frozenset()
) -> str:
    """How a result disagrees with the request's expected outcome; empty if it agrees.

    `may_be_missing` are keys that may be asked for in addition to those of `request.missing`.
    """
    expected = {"full": "designed", "gap": "incomplete", "outside": "outside"}[request.kind]
    if result["status"] != expected:
        why = result.get("reason", result.get("missing", result.get("order")))
        return f"the result is {result['status']} ({why}), expected {expected}"
    lacking = set(request.missing)
    if (
        expected == "incomplete"
        and not lacking <= set(result["missing"]) <= lacking | may_be_missing
    ):
        return f"missing is {result['missing']}, expected {list(request.missing)}"
    if expected == "designed" and result["order"] > 13:
        return f"order {result['order']} is beyond what anybody builds"
    return ""


def _fill(draws: Draws, request: Request, solve: Solve) -> Conversation:
    writer = _Writer(draws, request)
    user: list[str] = []
    replies: list[str] = []
    result: dict[str, Any] = {}
    call: dict[str, str] = {}
    reply_language = "en" if request.lang == "en" else "zh"
    for turn in request.turns:
        if user:
            replies.append(result["reply"][reply_language])
        user.append("".join([s.argument if s.kind == "text" else writer.text(s) for s in turn]))
        call = _canonical(writer.copied)
        result = solve(call)
    return Conversation(user, replies, call, result, writer.noise)


def _hand_of(draws: Draws, request: Request) -> Hand:
    """The style of the numbers of a request, which agrees with what its text writes itself."""
    hand = (
        program_hand(draws, request.lang)
        if request.by_program
        else draw_hand(draws, request.numbers_in or request.lang, request.numbers_as)
    )
    if not request.register and request.voice not in voices_with("comma"):
        hand = hand._replace(comma=False)
    if request.voice in voices_with("textbook"):
        hand = hand._replace(to_carrier=False)
    if hand.spoken == "zh" and _prints_digits(request):  # not 2.4兆 beside 三兆
        hand = hand._replace(spoken="", decibel="dB", ohm="欧")
    # not 1.2 mhz or 1.2M beside 1.3 MHz
    writes_hertz, small = request.stated.writes_hertz, request.stated.writes_small_hertz
    if not writes_hertz and (request.small or small) and not hand.spoken:
        if hand.frequency in ("auto", "mega", "letter" if small else ""):
            decibel = hand.decibel.lower()
            hand = hand._replace(frequency="lower", decibel=decibel)
    elif hand.frequency in ("lower", "letter") and writes_hertz:
        hand = hand._replace(frequency="auto")
    in_hertz = hand.frequency in _IN_HERTZ and request.voice.endswith("/clauses")
    han = hand.frequency == "han" and writes_hertz
    goods = in_hertz and _GOODS.search(" ".join(request.said()))
    if han or goods or (in_hertz and (request.stated.hertz_apart or request.numbers_in)):
        hand = hand._replace(frequency="auto")
    if hand.decibel != "dB" and not hand.spoken and request.stated.writes_decibels:
        hand = hand._replace(decibel="dB")
    return hand


def _prints_digits(request: Request) -> bool:
    """Whether some numbers besides the order are printed in digits in any style."""
    slots = (slot for turn in request.turns for slot in turn if slot.key != "order")
    return any(slot.kind in ("apart", "unit", "noise") for slot in slots)


class _Writer:
    """Prints the slots of one request in one style, and collects the arguments of the call."""

    def __init__(self, draws: Draws, request: Request) -> None:
        self.noise: list[str] = []
        self.copied: dict[str, str] = {}
        self._draws = draws
        self._hand = _hand_of(draws, request)
        self._values = draw_values(draws, request)
        self._traditional = request.traditional
        self._printed: dict[str, str] = {}

    def text(self, slot: Slot) -> str:
        """The text that is printed for a slot."""
        if slot.kind == "noise":
            self.noise.append(in_width(self._hand, noise(self._draws, slot.argument)))
            return self.noise[-1]
        if slot.kind == "words":
            self.copied[slot.key] = slot.sign + slot.argument
            return slot.sign + slot.argument
        if slot.corrected:
            self._values[slot.key] = corrected(self._draws, slot.key, self._values)
        elif slot.key in self._printed:
            return self._printed[slot.key]
        value = self._values[slot.key]
        if slot.key == "width" and slot.sign in PLUS_MINUS:
            value /= 2
        text, copied = printed(self._hand, self._draws, slot, value)
        if self._traditional:
            text, copied = traditional(text), traditional(copied)
        self.copied[slot.key] = copied
        self._printed[slot.key] = text
        return text


def _canonical(said: dict[str, str]) -> dict[str, str]:
    """The arguments in call order; a single attenuation is `att`, not `att1`."""
    said = dict(said)
    own = [key for key in said if key.startswith("att")]
    if own == ["att1"] and not any(key.endswith("2") for key in said if key[0] in "stom"):
        said["att"] = said.pop("att1")
    return in_call_order(said)
