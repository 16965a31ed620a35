"""Varies requests as people do in haste: lower case, typing errors, punctuation, added sentences.

Calls still copy what the text says: case changes apply to both, typing errors and punctuation only
to the text outside of slots.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from string import ascii_lowercase, ascii_uppercase

from rf_synth.calls.characters import traditional
from rf_synth.requests.clause_writer import ClauseWriter
from rf_synth.requests.habits import voices_with
from rf_synth.requests.layout import CLOSED, question_mark
from rf_synth.requests.slots import Slot, ends_with, in_lines, parse
from rf_synth.requests.voices import Request
from rf_synth.specs.draws import Draws

_WORD = re.compile(r"(?<![\w\\])[A-Za-z]{5,}(?![\w=(])")
_GREETS = re.compile(
    r"\W*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings|morning|gents"
    r"|gentlemen|sorry|urgent|yo|hiya|howdy|g'?day)\b|(?:客服)?[您你]好|[小老]\S|\S[工总博哥姐]|@"
    r"|各位|诸位|亲|在吗|掌柜|\S{0,3}(?:老师|老板|教授|同学|经理|师[傅兄姐])",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"thank|\bthx|regards|cheers|yours|\b73\b|谢|此致|顺[颂祝]|敬[上启礼]|祝|祺|盼[复覆]|签字|审核|★",
    re.IGNORECASE,
)
"""Words of a text that already has a closing."""
_DOCUMENT = re.compile(r".{0,40}[:：|\t\n\d]|第\S{1,3}[条款章包]|[★▲（【<>“]")
"""Beginnings of texts that are not letters: a numbered paragraph, a table, a form."""
_MARK = re.compile(r"[，。；：？！,;:?!\n]")
_UNKNOWN_TOPICS = frozenset(
    ["connector", "deadline", "delay", "harmonics", "history", "homework", "if strip", "kind",
     "losses", "measurement",
     "open", "order", "other", "papers", "parts", "power", "price", "purpose", "quantity", "size",
     "small_signal",
     "substrate", "supply", "system", "tables", "temperature", "tool", "tuning", "wish", "work",
     "hobby"]
)  # fmt: skip
"""Topics that a voice may already mention in its own words."""
_MAINLAND = ("GJB", "国军标", "国标", "国产", "老铁", "兄弟单位", "呗", "整个")
"""Words of requests that nobody writes in traditional characters."""
_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)
_CASED = re.compile(r"((?<![A-Za-z])(?:mHz|MW|MΩ|m?K|IF\d?|GJB)(?![\w&]))")
"""Units, and IF, outside of slots that would be other units or words in lower case."""
_PUNCTUATION = (
    str.maketrans({"，": ", ", "。": ". ", "：": ":", "；": "; ", "（": "(", "）": ")"}),
    str.maketrans({"，": " ", "。": " ", "、": " "}),
    str.maketrans({"。": "，", "；": "，"}),
)


_WIDE = re.compile(r" +(?=[ ”’」])")
"""Spaces that must not precede another or a quotation mark."""


def varied(draws: Draws, request: Request) -> Request:
    """`request` with one or two random variations."""
    changes: list[Callable[[Draws, Request], Request]] = [_in_other_words]
    if request.lang != "zh" and request.voice not in voices_with("proofread"):
        changes += [_mistyped, _mistyped]
        if request.numbers_as != "formal":
            changes.append(in_lower_case)
    if request.lang != "en" and request.register != "formal":
        changes += [_other_punctuation]
    for _ in range(draws.pick((1, 1, 2))):
        change = draws.pick(changes)
        request = change(draws, request)
        changes = [other for other in changes if other is not change] or changes
    return request


def is_document(request: Request) -> bool:
    """Whether a voice writes documents, to which no sentence of another style is added."""
    printed = not request.register and request.numbers_as in ("formal", "program")
    return printed or request.voice in voices_with("document")


def in_hand_of(request: Request, text: str) -> str:
    """A text added to `request`, in traditional characters or lower case as the request is."""
    text = traditional(text) if request.traditional else text
    return _lower(text) if request.small else text


def _writer(draws: Draws, request: Request) -> ClauseWriter:
    """A writer of clauses that fit `request`."""
    register = request.register or "plain"
    said = request.topics if request.register else _UNKNOWN_TOPICS
    return ClauseWriter(draws, request.lang, request.frequency, register, said)


def with_impedance(draws: Draws, request: Request) -> Request:
    """`request` with a clause that states the impedance before or after the first turn."""
    writer = _writer(draws, request)
    clause = parse(writer.one("z0"))
    first = request.turns[0]
    if draws.below(4) == 0:
        first = (*clause, Slot("text", argument=draws.pick(("\n", ", ", "; "))), *first)
    else:
        end = "。" if request.lang == "zh" else "."
        gap = draws.pick(("\n", " ", ", ", "; "))
        first = (*first, Slot("text", argument=gap), *clause, Slot("text", argument=end))
    return replace(request, turns=(first, *request.turns[1:]))


def _in_other_words(draws: Draws, request: Request) -> Request:
    """`request` with a sentence added before or after the first turn.

    The topics of a voice are unknown, so it only gets greetings, thanks and questions.
    """
    begins, ends = request.turns[0][0].argument, request.turns[0][-1].argument
    has = {
        "openings": _GREETS.match(begins) or _DOCUMENT.match(begins),
        "closings": _THANKS.search(ends),
    }
    names = [name for name in has if name not in request.topics and not has[name]]
    other_task = request.band is None  # nothing is added to it
    if not names or other_task or is_document(request):
        return request
    said = "".join(slot.argument for slot in request.turns[0] if slot.kind == "text")
    if request.lang == "zh" and (not _MARK.search(said) or len(said) < 12):  # dictated, or short
        return request
    name = draws.pick(names)
    writer = _writer(draws, request)
    more = writer.one(name)
    if not more:
        return request
    more = in_hand_of(request, more)
    if not request.small and begins[:1].isupper() and more[0] != "{":
        more = more[0].upper() + more[1:]
    first = request.turns[0]
    apart = in_lines(first) or more.endswith(",")  # `Hi,` stands above the text
    gap = draws.pick(("\n", "\n\n", "\n" if apart else " "))
    chinese = request.lang == "zh" or more[-1] > "\u3000"
    stop = "：" if more.endswith("如下") else "。" if chinese else "."
    end = "" if more.endswith(CLOSED) else stop
    end = end and (question_mark(more) or end)
    if name == "openings":
        first = (*parse(more), Slot("text", argument=end + gap), *first)
    else:
        closed = ends_with(first, CLOSED) or gap != " "
        mark = "" if closed else "。" if request.lang == "zh" else "."
        first = (*first, Slot("text", argument=mark + gap), *parse(more))
        first = (*first, Slot("text", argument=end)) if end else first
    topics = frozenset(writer.said)
    return replace(request, turns=(first, *request.turns[1:]), topics=topics)


def in_lower_case(_: Draws, request: Request) -> Request:
    """`request` in lower case: text, copied words and units."""
    request = _rewritten(replace(request, small=True), ("text", "words", "apart"), _lower)
    return _rewritten(
        request, ("unit",), lambda unit: _lower(unit) if re.search("Hz|dB", unit) else unit
    )


def _lower(text: str) -> str:
    """`text` with Latin letters in lower case; Ω and the units of `_CASED` are unchanged."""
    parts = _CASED.split(text)
    return "".join([part if at % 2 else part.translate(_SMALL) for at, part in enumerate(parts)])


def _mistyped(draws: Draws, request: Request) -> Request:
    """`request` with one or two typing errors in words of five letters or more, no units."""
    units = {slot.argument for turn in request.turns for slot in turn if slot.kind == "apart"}
    for _ in range(draws.pick((1, 1, 2))):
        turn = draws.below(len(request.turns))
        slots = list(request.turns[turn])
        places = [
            (place, match)
            for place, slot in enumerate(slots)
            if slot.kind == "text"
            for match in _WORD.finditer(slot.argument)
            if match[0] not in units
        ]
        if not places:
            continue
        place, match = draws.pick(places)
        text = slots[place].argument
        wrong = text[: match.start()] + _misspelt(draws, match[0]) + text[match.end() :]
        slots[place] = slots[place]._replace(argument=wrong)
        turns = (*request.turns[:turn], tuple(slots), *request.turns[turn + 1 :])
        request = replace(request, turns=turns)
    return request


def _misspelt(draws: Draws, word: str) -> str:
    """`word` with a letter omitted, doubled, or swapped with the next."""
    at = 1 + draws.below(len(word) - 2)
    return draws.pick(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
    )


def in_traditional_characters(request: Request) -> Request:
    """`request` in traditional characters, unless a word is only used on the mainland."""
    said = "".join(slot.argument for turn in request.turns for slot in turn)
    singapore = request.voice in ("mix/malaysia", "mix/singapore")
    if singapore or any(word in said for word in _MAINLAND):
        return request
    request = _rewritten(request, ("text", "words", "unit", "apart"), traditional)
    return replace(request, traditional=True)


def _other_punctuation(draws: Draws, request: Request) -> Request:
    # with spaces only, English terms would run together
    table = draws.pick(_PUNCTUATION if request.lang == "zh" else _PUNCTUATION[::2])
    request = _rewritten(  # a line that ended with a full stop must not end with a comma
        request,
        ("text",),
        lambda text: _WIDE.sub("", re.sub(r"[。；](?=\n)", "", text).translate(table)),
    )
    turns = []
    for turn in request.turns:  # lines and texts must not end with a comma or a space
        *before, last = turn
        for place, (slot, behind) in enumerate(pairwise(turn)):
            if slot.kind == behind.kind == "text" and behind.argument.startswith("\n"):
                before[place] = slot._replace(argument=slot.argument.rstrip("， "))
        if last.kind == "text":
            last = last._replace(argument=last.argument.rstrip("， "))
        turns.append((*before, last) if last.kind != "text" or last.argument else tuple(before))
    return replace(request, turns=tuple(turns))


def _changed(slot: Slot, change: Callable[[str], str]) -> Slot:
    return Slot(slot.kind, slot.key, change(slot.argument), slot.sign, slot.corrected)


def _rewritten(request: Request, kinds: Sequence[str], change: Callable[[str], str]) -> Request:
    """`request` with `change` applied to the arguments of all slots of these kinds."""
    turns = tuple(
        [
            tuple([_changed(slot, change) if slot.kind in kinds else slot for slot in turn])
            for turn in request.turns
        ]
    )
    return replace(request, turns=turns)
