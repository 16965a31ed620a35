"""Backends generate completions for prompts; each is a class, registered like metrics.

A backend's constructor takes its options by name. `describe` returns, before anything is loaded,
what determines the completions (it becomes part of the cache key). `generate` yields predictions in
batches as they finish, in any order.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from rf_jsonl import expanded, plain_text

from rf_eval.errors import OptionError
from rf_eval.predictions import Prediction
from rf_eval.registry import backends
from rf_eval.samples import Message, Sample

PATH_OPTIONS = frozenset({"model", "adapter", "run", "file", "cache", "call_schema"})
"""Options that may be paths, in which `~` is expanded; a model may also be a name."""

PLAIN_REQUESTS = {"requests": "plain characters"}
"""The effect of `as_asked` on prompts, as part of the rendering that backends describe."""


class Backend(Protocol):
    """A source of answers to prompts."""

    def describe(self) -> dict[str, Any]:
        """`{"model", "adapter", "rendering", "decoding"}` as JSON; None for what does not apply."""
        ...

    def generate(self, samples: Sequence[Sample]) -> Iterator[list[Prediction]]:
        """Yields one prediction per sample, in batches. Raises EvalError."""
        ...


B = TypeVar("B", bound=Callable[..., Backend])


def backend(name: str) -> Callable[[B], B]:
    """Registers a backend's class under its name for `--backend`."""

    def decorate(make: B) -> B:
        backends.register(name, make)
        return make

    return decorate


def make_backend(name: str, options: Mapping[str, Any]) -> Backend:
    """The backend `name` with its options. Raises OptionError for unknown or missing options."""
    make = backends.get(name)
    takes = inspect.signature(make).parameters
    for option in options:
        if option not in takes:
            raise OptionError(f"backend {name}: no option {option!r}, it takes {', '.join(takes)}")
    for option, parameter in takes.items():
        if parameter.default is inspect.Parameter.empty and option not in options:
            raise OptionError(f"backend {name}: needs the option {option!r}")
    made: Backend = make(**{key: _with_home(key, value) for key, value in options.items()})
    return made


def _with_home(option: str, value: Any) -> Any:
    return expanded(value) if option in PATH_OPTIONS and isinstance(value, str) else value


def as_asked(sample: Sample, prompts: Sequence[str] = ()) -> list[Message]:
    """The sample's messages as sent to a model, with the user's turns in plain characters.

    All backends that send prompts to a model use it; predictions keep the original messages. If
    `prompts`, the system prompts known to the model, are given, the one in the script of the
    request replaces that of the sample.
    """
    messages = _in_plain_characters(sample)
    if not prompts:
        return messages
    request = "".join(message["content"] for message in messages if message["role"] == "user")
    chosen = next((p for p in prompts if _is_chinese(p) == _is_chinese(request)), prompts[0])
    rest = [message for message in messages if message["role"] != "system"]
    return [{"role": "system", "content": chosen}, *rest]


def own_prompts(prompts: Sequence[str]) -> dict[str, Any]:
    """The entry in a backend's description for prompts that replace those of the samples."""
    return {"system_prompts": list(prompts)} if prompts else {}


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def _in_plain_characters(sample: Sample) -> list[Message]:
    return [
        {**message, "content": plain_text(message["content"])}
        if message["role"] == "user"
        else dict(message)
        for message in sample.messages
    ]


def prediction(
    sample: Sample,
    completion: str,
    finish_reason: str = "stop",
    prompt_tokens: int | None = None,
    completion_tokens: int | None = None,
    *,
    seconds: float | None = None,
) -> Prediction:
    """The prediction for a sample; invalid characters in the completion are escaped."""
    text = completion.encode("utf-8", "backslashreplace").decode("utf-8")
    return Prediction(
        sample.id,
        sample.turn,
        sample.history,
        [dict(message) for message in sample.messages],
        text,
        finish_reason,
        prompt_tokens,
        completion_tokens,
        seconds,
    )
