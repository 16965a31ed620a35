"""A dialogue with a model: its messages so far, and streaming of the next answer.

A stopped answer is dropped together with its question, since no training example has half an
answer in its history. For the same reason a dialogue that is too long for the model is refused, not
truncated at its beginning, where the system prompt is.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rf_jsonl import plain_text

from rf_train.chat.tool import Tool, find_call, reply_of
from rf_train.data.rendering import Message
from rf_train.errors import TrainError
from rf_train.inference.load import ChatModel
from rf_train.inference.stream import StreamDecoder


@dataclass(frozen=True)
class Answer:
    """One finished answer.

    Attributes
    ----------
    turn : number of the answer in its dialogue, from 1
    messages : the prompt before rendering
    text : the answer
    finish_reason : "stop", or "length" where the token limit was reached
    prompt_tokens, completion_tokens : the latter with the end token
    first_token_s, seconds : time from the question to the first token, and to the end
    call, result, reply : with a tool, the call in the text, its result, and that result as text
    """

    turn: int
    messages: list[Message]
    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    first_token_s: float
    seconds: float
    call: dict[str, Any] | None = None
    result: dict[str, Any] | None = None
    reply: str | None = None

    @property
    def tokens_per_second(self) -> float:
        """Speed after the first token."""
        rest = self.seconds - self.first_token_s
        return (self.completion_tokens - 1) / rest if rest > 0 else 0.0


class Conversation:
    """A dialogue; `messages` are those so far.

    With a `tool` the model's calls are executed. The dialogue then holds the reply in place of the
    call, as training data does.
    """

    def __init__(self, chat_model: ChatModel, tool: Tool | None = None) -> None:
        self.chat_model, self.tool = chat_model, tool
        self.messages: list[Message] = []

    @property
    def turn(self) -> int:
        """The number of the next answer, from 1."""
        return 1 + [message["role"] for message in self.messages].count("assistant")

    def reset(self) -> None:
        """Starts a new dialogue."""
        self.messages = []

    def ask(self, question: str, show: Callable[[str], None]) -> Answer:
        """Answers `question`, passing the text to `show` piece by piece.

        The question is normalised first (`rf_jsonl.plain_text`). Question and answer are added to
        the dialogue when the answer is complete; a KeyboardInterrupt leaves the dialogue unchanged.
        Raises TrainError where the dialogue is too long for the model or the tool fails.
        """
        started = time.perf_counter()
        messages = self._with_question(plain_text(question))
        prompt = self.chat_model.prompt(messages)
        tokens, text, first = self._generate(prompt, show)
        stopped = bool(tokens) and tokens[-1] in self.chat_model.generator.stop_ids
        call = find_call(text) if self.tool is not None else None
        result = self.tool.answer(call["arguments"]) if self.tool and call else None
        reply = reply_of(result, question) if result is not None else None
        answer = Answer(
            turn=self.turn,
            messages=messages,
            text=text,
            finish_reason="stop" if stopped else "length",
            prompt_tokens=len(prompt),
            completion_tokens=len(tokens),
            first_token_s=first - started,
            seconds=time.perf_counter() - started,
            call=call,
            result=result,
            reply=reply,
        )
        self.messages = [*messages, {"role": "assistant", "content": reply or text}]
        return answer

    def _generate(
        self, prompt: list[int], show: Callable[[str], None]
    ) -> tuple[list[int], str, float]:
        """The answer's ids, its text, and the clock time of the first token."""
        decoder, tokens, pieces, first = StreamDecoder(self.chat_model.tokenizer), [], [], 0.0
        for token in self.chat_model.generator.tokens(prompt, self._answer_limit(len(prompt))):
            first = first or time.perf_counter()
            tokens.append(token)
            pieces.append(decoder.push(token))
            show(pieces[-1])
        pieces.append(decoder.flush())
        show(pieces[-1])
        return tokens, "".join(pieces), first

    def _with_question(self, question: str) -> list[Message]:
        """The dialogue followed by the question, with a system prompt if it is the first."""
        messages = list(self.messages)
        if not messages and (system := self.chat_model.system_prompt(question)):
            messages.append({"role": "system", "content": system})
        return [*messages, {"role": "user", "content": question}]

    def _answer_limit(self, prompt_tokens: int) -> int:
        """The most tokens that the answer may have."""
        longest = self.chat_model.generator.longest
        if longest is None:
            return self.chat_model.max_new_tokens
        if prompt_tokens >= longest:
            raise TrainError(
                f"the dialogue has {prompt_tokens:,} tokens, the model supports {longest:,} "
                "(/new starts another)"
            )
        return min(self.chat_model.max_new_tokens, longest - prompt_tokens)
