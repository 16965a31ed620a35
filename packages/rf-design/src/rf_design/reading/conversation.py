"""Requests of one or several turns, read by a model and answered by the solver."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from rf_synth.styles.tool_call import SYSTEM_PROMPTS

from rf_design.reading.answer import call_in
from rf_design.reading.correction import corrected, replacements
from rf_design.reading.evidence import supported
from rf_design.reading.foreign import misread_band
from rf_design.reading.memory import remembered
from rf_design.reading.second_look import answer_supported
from rf_design.reading.text import (
    MAX_CHARACTERS,
    is_readable,
    language_of,
    normalised,
    prints,
    user_words,
)
from rf_design.solving import solve_call

Message = dict[str, str]
_CONTRADICTORY = ("contradiction", "impossible")
_HIGHEST_ORDER = 20
"""Nobody asks for more; a pass and a stop edge that are too close were mixed up."""


class Reader(Protocol):
    """A model that answers conversations, each a list of messages."""

    def answer_many(self, conversations: list[list[Message]]) -> list[str]:
        """One answer per conversation, in the same order."""
        ...


class LazyReader:
    """A reader that is loaded when the first conversation needs an answer.

    `load` is called for every batch of conversations and should cache the reader.
    """

    def __init__(self, load: Callable[[], Reader]) -> None:
        self._load = load

    def answer_many(self, conversations: list[list[Message]]) -> list[str]:
        """One answer per conversation, in the same order."""
        return self._load().answer_many(conversations)


@dataclass(slots=True)
class Reading:
    """A conversation: its messages, the last call read, and the solver's result.

    `request_lang` is the language of the request, used in the messages to the model; `lang` is
    that of the answers to the user.
    """

    lang: str
    request_lang: str
    messages: list[Message] = field(default_factory=list)
    call: dict[str, Any] | None = None
    result: dict[str, Any] = field(default_factory=dict)

    def add_turn(self, text: str) -> bool:
        """Adds a user's turn; False if it is answered already, without the model."""
        plain = normalised(text)
        if not is_readable(plain):
            self.call, self.result = None, _not_readable(plain)
            return False
        self.messages.append({"role": "user", "content": plain})
        return True

    def _last_turn(self) -> str:
        return next((m["content"] for m in reversed(self.messages) if m["role"] == "user"), "")

    def add_answer(self, answer: str) -> None:
        """Processes the model's answer to the last turn; adds the solver's reply as a message."""
        call = call_in(answer)
        said = user_words(self.messages)
        if call is not None:
            call = self._supported(call, said)
        if call is not None and self.call is not None:  # what was not supported may be remembered
            turn = self._last_turn()
            call = corrected(remembered(call, self.call, turn), self.call, turn)
            call = self._supported(call, said)
        result = solve_call(call) if call is not None else _NO_CALL
        if self.call is not None and _is_implausible(result):
            call, result = self._otherwise_corrected(call, result)
        self.call, self.result = call, result
        misread = misread_band(self.result, said)
        if misread is not None:
            self.call, self.result = None, _outside(misread["en"], misread["zh"])
        reply = self.result["reply"][self.request_lang]
        self.messages.append({"role": "assistant", "content": reply})

    def _supported(self, call: dict[str, Any], said: str) -> dict[str, Any]:
        """The supported call, where no earlier turn undoes what the last one prints."""
        found = supported(call, said)
        before, turn = self.call or {}, self._last_turn()
        undone = {key for key, text in found.items() if text == before.get(key) != call.get(key)}
        return found | {
            key: call[key] for key in undone & call.keys() if prints(str(call[key]), turn)
        }

    def _otherwise_corrected(
        self, call: dict[str, Any] | None, result: dict[str, Any]
    ) -> tuple[dict[str, Any] | None, dict[str, Any]]:
        """The call and its result, with the last turn's value in the nearest place in which it does
        not contradict the others, if there is one."""
        for other in replacements(self.call or {}, self._last_turn()):
            found = solve_call(other)
            if found["status"] != "outside" and not _is_implausible(found):
                return other, found
        return call, result


def _is_implausible(result: Mapping[str, Any]) -> bool:
    if result["status"] == "designed":
        return bool(result["order"] > _HIGHEST_ORDER)
    return result.get("reason_code") in _CONTRADICTORY


def start(first: str, lang: str | None = None) -> Reading:
    """An empty conversation in the language of its first turn."""
    request_lang = language_of(first)
    prompt = {"role": "system", "content": SYSTEM_PROMPTS[request_lang]}
    return Reading(lang or request_lang, request_lang, [prompt])


def read_request(
    turns: Sequence[str], model: Reader | None = None, lang: str | None = None
) -> Reading:
    """Reads one conversation; see `read_many`."""
    return read_many([turns], model, lang)[0]


def read_many(
    requests: Sequence[Sequence[str]], model: Reader | None = None, lang: str | None = None
) -> list[Reading]:
    """Reads conversations in parallel; each ends with the call and the result of its last turn.

    After each turn the model answers with a call, and the result's reply, in the language of the
    request, becomes the assistant's message: the model never sees its own calls. If `model` is
    None, the installed one is loaded when the first turn needs it.
    """
    readings = [start(turns[0] if turns else "", lang) for turns in requests]
    for turn in range(max((len(turns) for turns in requests), default=0)):
        waiting = [
            reading
            for reading, turns in zip(readings, requests, strict=True)
            if turn < len(turns) and reading.add_turn(turns[turn])
        ]
        if not waiting:
            continue
        if model is None:
            from rf_design.reading.model import installed_model

            model = installed_model()
        take_answers(waiting, model)
    return readings


def take_answers(readings: Sequence[Reading], model: Reader) -> None:
    """Lets the model answer the last turn of each conversation, again if an answer is doubtful."""
    asked = [reading.messages for reading in readings]
    answers = answer_supported(asked, model.answer_many, tuple(SYSTEM_PROMPTS.values()))
    for reading, answer in zip(readings, answers, strict=True):
        reading.add_answer(answer)


def _outside(en: str, zh: str) -> dict[str, Any]:
    reason = {"zh": zh, "en": en}
    return {
        "status": "outside",
        "spec": {},
        "reason": reason,
        "reason_code": "unreadable",
        "reply": dict(reason),
    }


_NO_CALL = _outside(
    "This could not be read as a filter request. State the band, the pass-band edges, the ripple "
    "and what must be attenuated by how much.",
    "没能从中读出滤波器指标。请说明滤波器类型、通带边频、波纹，以及在哪些频率要求衰减多少 dB。",
)


def _not_readable(plain: str) -> dict[str, Any]:
    if not plain:
        return _outside("The request is empty.", "需求是空的。")
    most = f"{MAX_CHARACTERS:,}"
    return _outside(
        f"The request has {len(plain):,} characters; at most {most} are read.",
        f"需求共 {len(plain):,} 个字符，最多只读 {most} 个。",
    )
