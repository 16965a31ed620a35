"""From dialogues to token ids, with the tokens that carry loss marked.

The text of an example is what inference shows the model, character by character, with the answer
and its end token in the place where generation would put them. It is tokenised as one piece, so
the ids are those of the whole text, and an answer must begin on a token boundary.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rf_train.data.templates import END, Template
from rf_train.errors import TrainError

Message = dict[str, Any]
IntArray = np.ndarray[Any, np.dtype[np.int32]]
BoolArray = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Rendered:
    """The text of one example; `answers` are (start, end) in characters, end token included."""

    text: str
    answers: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Example:
    """Token ids [n] and, of the same length, which of them carry loss."""

    ids: IntArray
    answer: BoolArray


def render(
    messages: Sequence[Message],
    tokenizer: Any,
    template: Template,
    *,
    tools: Sequence[dict[str, Any]] = (),
    mask_history: bool = False,
) -> list[Rendered]:
    """Renders a dialogue: one example, or one per assistant turn where turns differ.

    `tools` are the functions that the model may call, as the OpenAI protocol writes them; they
    and the calls of an answer are rendered by the tokenizer's own template. With `mask_history`
    only the last assistant turn carries loss: one example, in which earlier answers are context.
    The tokenizer must carry the template already (`apply_template`). Raises TrainError with the
    reason where the dialogue cannot be rendered faithfully.
    """
    turns = [i for i, message in enumerate(messages) if message["role"] == "assistant"]
    if not turns:
        raise TrainError("no assistant turn, so nothing to learn from")
    if turns[0] == 0:
        raise TrainError("the first message is the assistant's")
    calls = any(message.get("tool_calls") or message["role"] == "tool" for message in messages)
    if tools or calls:
        _check_tools(tokenizer, template)
    template = template.offering(tools)
    if mask_history:
        return [_render_turn(messages, turns[-1], tokenizer, template)]
    pieces = [_render_turn(messages, turn, tokenizer, template) for turn in turns]
    if template.turns_differ:
        return pieces
    whole = pieces[-1]
    for piece in pieces:
        if not whole.text.startswith(piece.text):
            raise TrainError("an earlier answer is rendered differently in the history")
    return [Rendered(whole.text, tuple(piece.answers[0] for piece in pieces))]


def render_prompt(messages: Sequence[Message], tokenizer: Any, template: Template) -> str:
    """The text in front of the answer to `messages`, the same in training and in conversation."""
    prompt: str = tokenizer.apply_chat_template(
        list(messages), tokenize=False, add_generation_prompt=True, **template.kwargs
    )
    return prompt


def prompt_ids(messages: Sequence[Message], tokenizer: Any, template: Template) -> list[int]:
    """The token ids of that text: those that stand in front of the answer in a training example."""
    text = render_prompt(messages, tokenizer, template)
    ids: list[int] = tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids
    return ids


def answer_text(
    prompt: str, messages: Sequence[Message], tokenizer: Any, kwargs: dict[str, Any]
) -> str:
    """The text of the last of `messages` behind `prompt`: its content, or its calls as the
    tokenizer's template prints them.

    Raises TrainError where the template puts a call elsewhere than behind its own prompt.
    """
    message = messages[-1]
    if not message.get("tool_calls"):
        content: str = message["content"]
        return content
    whole: str = tokenizer.apply_chat_template(list(messages), tokenize=False, **kwargs)
    answer, end, _ = whole.removeprefix(prompt).rpartition(END)
    if not whole.startswith(prompt) or not end:
        raise TrainError("the template renders a call otherwise than behind the prompt of its turn")
    return answer


def _check_tools(tokenizer: Any, template: Template) -> None:
    """Raises TrainError where a template leaves tools and calls out without a word."""
    if template.jinja is not None or "tool_calls" not in (tokenizer.chat_template or ""):
        raise TrainError(
            f"offers tools or calls them, which template {template.name} does not render "
            "(qwen3 does, with Qwen3's own tokenizer)"
        )


def _render_turn(
    messages: Sequence[Message], turn: int, tokenizer: Any, template: Template
) -> Rendered:
    """The prompt as inference renders it, the answer, and the end token."""
    prompt = render_prompt(messages[:turn], tokenizer, template)
    text = prompt + answer_text(prompt, messages[: turn + 1], tokenizer, template.kwargs) + END
    return Rendered(text, ((len(prompt), len(text)),))


def tokenise(batch: Sequence[Rendered], tokenizer: Any) -> Iterator[Example | TrainError]:
    """Tokenises many examples in one parallel call; yields an example or what is wrong with it."""
    end_id = tokenizer.convert_tokens_to_ids(END)
    texts = [rendered.text for rendered in batch]
    encodings = tokenizer.backend_tokenizer.encode_batch(texts, add_special_tokens=False)
    for rendered, encoding in zip(batch, encodings, strict=True):
        ids = np.array(encoding.ids, dtype=np.int32)
        try:
            yield Example(ids, _mark_answers(rendered, encoding, ids, end_id))
        except TrainError as error:
            yield error


def _mark_answers(rendered: Rendered, encoding: Any, ids: IntArray, end_id: int) -> BoolArray:
    """Which tokens belong to an answer or are its end token."""
    answer = np.zeros(len(ids), dtype=np.bool_)
    for start, end in rendered.answers:
        first, last = encoding.char_to_token(start), encoding.char_to_token(end - 1)
        if first is None or encoding.token_to_chars(first)[0] != start:
            raise TrainError("the answer's first token also holds the end of the prompt")
        if last is None or ids[last] != end_id:
            raise TrainError(f"the answer does not end with the token {END}")
        if np.count_nonzero(ids[first : last + 1] == end_id) != 1:
            raise TrainError(f"{END} occurs inside an answer")
        answer[first : last + 1] = True
    return answer
