"""Messages to token ids and back by the tokenizer's chat template, without transformers.

The template is rendered as transformers does (Jinja2, sandboxed, blocks trimmed), so that the ids
are those in training; the tests compare both.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, read_json, read_text

from rf_eval.backends.rendering import Rendering, hash_text, read_tokenizer_config
from rf_eval.errors import EvalError

CHAT_FILE = "chat.json"
TOKENIZER_FILE = "tokenizer.json"
_TOKENS = ("bos_token", "eos_token", "pad_token", "unk_token")


def chat_settings(rendering: Rendering, folder: Path) -> dict[str, Any]:
    """The settings of `Chat` besides the tokenizer, read from a tokenizer folder.

    Raises FileError, and EvalError if there is no chat template or no stop token.
    """
    path = folder / "tokenizer_config.json"
    config = read_tokenizer_config(path) if path.is_file() else {}
    template = _template(folder, config)
    tokens = {name: _content(config[name]) for name in _TOKENS if config.get(name)}
    stop = list(rendering.stop)
    if tokens.get("eos_token") and tokens["eos_token"] not in stop:
        stop.append(tokens["eos_token"])
    if not stop:
        raise EvalError(f"{folder}: no token ends an answer")
    return {
        "template": template,
        "template_sha256": hash_text(template),
        "kwargs": rendering.kwargs,
        "tokens": tokens,
        "stop": stop,
    }


def _template(folder: Path, config: Mapping[str, Any]) -> str:
    file = folder / "chat_template.jinja"
    template = read_text(file) if file.is_file() else config.get("chat_template")
    if not isinstance(template, str):
        raise EvalError(f"{folder}: its tokenizer has no chat template")
    return template


def _content(token: Any) -> str:
    return str(token["content"] if isinstance(token, dict) else token)


@dataclass(frozen=True)
class Chat:
    """The tokenizer of a model with its chat template and the ids of its stop tokens."""

    tokenizer: Any
    template: Any
    kwargs: Mapping[str, Any]
    tokens: Mapping[str, str]
    stop_ids: tuple[int, ...]

    def render(self, messages: Sequence[Mapping[str, str]], *, answer: bool = True) -> str:
        """The prompt as text, with `answer` including the start of the answer. Raises EvalError."""
        import jinja2

        try:
            text: str = self.template.render(
                **self.tokens,
                **{"tools": None, "documents": None, **self.kwargs},
                messages=[dict(message) for message in messages],
                add_generation_prompt=answer,
            )
        except (jinja2.TemplateError, TypeError) as error:
            raise EvalError(f"the chat template fails: {error}") from None
        return text

    def ids(self, text: str) -> list[int]:
        """Token ids of a rendered prompt."""
        found: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return found

    def prompt(self, messages: Sequence[Mapping[str, str]]) -> list[int]:
        """Token ids of the prompt for an answer to `messages`. Raises EvalError."""
        return self.ids(self.render(messages))

    def system_prefix(self, messages: Sequence[Mapping[str, str]]) -> list[int]:
        """Token ids of the system message by itself; empty if there is none, or if the template
        does not support a system message only.
        """
        if len(messages) < 2 or messages[0].get("role") != "system":
            return []
        try:
            return self.ids(self.render(messages[:1], answer=False))
        except EvalError:
            return []

    def digits(self) -> list[int]:
        """The tokens of numbers: up to three digits, the decimal point."""
        runs = [f"{value:0{width}}" for width in (1, 2, 3) for value in range(10**width)]
        found = (self.tokenizer.token_to_id(run) for run in [".", *runs])
        return [number for number in found if number is not None]

    def text(self, ids: Sequence[int]) -> str:
        """Token ids as text, without special tokens."""
        decoded: str = self.tokenizer.decode(list(ids), skip_special_tokens=True)
        return decoded


def load_chat(folder: Path) -> Chat:
    """The chat of a prepared folder. Raises FileError, EvalError."""
    from tokenizers import Tokenizer

    settings = read_json(folder / CHAT_FILE)
    try:
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
    except Exception as error:  # the library raises bare Exceptions
        raise FileError(folder / TOKENIZER_FILE, f"cannot be read: {error}") from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    stop = []
    for token in settings["stop"]:
        number = tokenizer.token_to_id(token)
        if number is None:
            raise EvalError(f"{folder}: no stop token {token!r} in the vocabulary")
        stop.append(number)
    template = _environment().from_string(settings["template"])
    return Chat(tokenizer, template, settings["kwargs"], settings["tokens"], tuple(stop))


def _environment() -> Any:
    from jinja2 import TemplateError
    from jinja2.ext import loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def raise_exception(message: str) -> None:
        raise TemplateError(message)

    def to_json(
        value: Any,
        ensure_ascii: bool = False,
        indent: int | None = None,
        separators: tuple[str, str] | None = None,
        sort_keys: bool = False,
    ) -> str:
        # Jinja's built-in filter would escape HTML characters.
        return json.dumps(
            value, ensure_ascii=ensure_ascii, indent=indent, separators=separators,
            sort_keys=sort_keys,
        )  # fmt: skip

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols]
    )
    environment.filters["tojson"] = to_json
    environment.globals["raise_exception"] = raise_exception
    return environment
