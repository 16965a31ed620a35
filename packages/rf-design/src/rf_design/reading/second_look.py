"""Doubtful requests are read again in another form; the best supported reading counts.

A small model that misreads a request often reads it correctly in another layout or with the system
prompt of the other language. The printed numbers show which reading is right (see `evidence`).
"""

from collections.abc import Callable, Sequence
from typing import Any

from rf_design.reading.answer import call_in
from rf_design.reading.evidence import weigh
from rf_design.reading.text import user_words

Message = dict[str, str]
AnswerMany = Callable[[list[list[Message]]], list[str]]


def answer_supported(
    conversations: list[list[Message]], answer_many: AnswerMany, prompts: Sequence[str]
) -> list[str]:
    """One answer per conversation, read again if the first answer is not supported.

    `prompts` are the system prompts on which the model was trained.
    """
    answers = list(answer_many(conversations))
    doubts = [_doubts(c, answer) for c, answer in zip(conversations, answers, strict=True)]
    for rephrase in (_other_prompt, _on_one_line, _both):
        again = [place for place, doubt in enumerate(doubts) if doubt]
        if not again:
            break
        asked = [rephrase(conversations[place], prompts) for place in again]
        for place, answer in zip(again, answer_many(asked), strict=True):
            doubt = _doubts(conversations[place], answer)
            if doubt < doubts[place]:
                answers[place], doubts[place] = answer, doubt
    return answers


def _doubts(conversation: list[Message], answer: str) -> int:
    call: dict[str, Any] | None = call_in(answer)
    if call is None:
        return 100
    return weigh(call, user_words(conversation)).doubts


def _other_prompt(conversation: list[Message], prompts: Sequence[str]) -> list[Message]:
    now = conversation[0]["content"]
    other = next((prompt for prompt in prompts if prompt != now), now)
    return [{"role": "system", "content": other}, *conversation[1:]]


def _on_one_line(conversation: list[Message], prompts: Sequence[str]) -> list[Message]:
    return [
        {**message, "content": "; ".join(message["content"].split("\n"))}
        if message["role"] == "user"
        else message
        for message in conversation
    ]


def _both(conversation: list[Message], prompts: Sequence[str]) -> list[Message]:
    return _other_prompt(_on_one_line(conversation, prompts), prompts)
