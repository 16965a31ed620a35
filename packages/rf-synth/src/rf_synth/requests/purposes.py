"""Adds the sentence that decides what a filter's numbers are for: its design, or another task.

Many requests state a complete filter and want something else: its repair, a price, an explanation.
The sentences are the clauses `purposes` (`language/requests/clauses/<lang>/f.json`). They are put
before or behind requests that state values alone, so nothing but the sentence tells which it is.
"""

import re
from dataclasses import replace

from rf_synth.requests.habits import voices_with
from rf_synth.requests.slots import Slot, ends_with, in_lines, parse
from rf_synth.requests.variation import in_hand_of
from rf_synth.requests.voices import Request
from rf_synth.requests.wordings import fitting
from rf_synth.specs.draws import Draws

DESIGN, ANOTHER_TASK = "design", "another task"
PURPOSES = (DESIGN, ANOTHER_TASK)
_PLACES = ("end", "end", "end", "start")
_WISH = re.compile(
    r"[?？]|\b(?:need|want|wish|like|look|seek|search|design|build|built|mak(?:e|ing)|made|give|get"
    r"|please|pls|plz|help|calc|compute|solve|find|determine|require|order|quot|rfq|offer|propose"
    r"|suggest|let|may i|can|could|would|should|shall|must|buy|thank|thx|hi|hello|hey|dear|regards"
    r"|cheers|how|what|which|why|before|was|were)"
    r"|[求请請要想需帮幫做设設搞弄整算给給麻劳勞您你谢謝好吗嗎呢吧几幾怎何买買购購换換改替原旧舊坏壞]",
    re.IGNORECASE,
)
"""Words of a request that says itself what is wanted, or tells a story."""
_ENDS = tuple(".!?。！？…:：")


def states_values_alone(request: Request) -> bool:
    """Whether a request of one turn lists a filter's values, without a word about their purpose."""
    single = len(request.turns) == 1 and request.kind in ("full", "gap")
    return single and not _WISH.search(" ".join(request.said()))


def with_purpose(draws: Draws, request: Request, purpose: str) -> Request:
    """`request`, which states values alone, with a sentence that tells its purpose.

    It is unchanged if no sentence fits. With another task it is outside what is designed.
    """
    place = draws.pick(_PLACES)
    path = ("purposes", purpose, place)
    choice = fitting(request.lang, path, _register(request), request.frequency)
    wording = choice.pick(draws, frozenset())
    if wording is None:
        return request
    if purpose == ANOTHER_TASK:
        request = replace(request, kind="outside", missing=())
    turn = request.turns[0]
    sentence = parse(in_hand_of(request, wording.text))
    before, behind = (sentence, turn) if place == "start" else (turn, sentence)
    if in_lines(turn) or draws.below(4) == 0:
        gap = "\n"
    else:
        gap = _gap(draws, request.lang, ends=ends_with(before, _ENDS))
    return replace(request, turns=((*before, Slot("text", argument=gap), *behind),))


def _register(request: Request) -> str:
    if request.register or request.numbers_as == "formal":
        return request.register or "formal"
    if request.casual or request.numbers_as == "speech":
        return "chat"
    return "form" if request.voice in voices_with("document") else "plain"


def _gap(draws: Draws, lang: str, *, ends: bool) -> str:
    """What separates the sentence from the values in the same line."""
    if lang == "en":
        return " " if ends else draws.pick((". ", " - ", "; ", ", "))
    return "" if ends else draws.pick(("。", "，", "；", " "))
