"""Backends turn prompts into completions. One small class each, registered like metrics.

A backend's constructor takes its options by name; `describe` says, before anything is loaded,
what decides the completions (it becomes part of the cache key); `generate` yields predictions
in batches as they finish, in any order.
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
"""Options that may be paths, in which `~` is the home folder; a model may be a name too."""

PLAIN_REQUESTS = {"requests": "plain characters"}
"""What `as_asked` makes of a prompt, as part of the rendering that backends describe."""


class Backend(Protocol):
    """What answers prompts."""

    def describe(self) -> dict[str, Any]:
        """`{"model", "adapter", "rendering", "decoding"}` as JSON; None where there is no such."""
        ...

    def generate(self, samples: Sequence[Sample]) -> Iterator[list[Prediction]]:
        """Yields the samples' predictions in batches, each sample once. Raises EvalError."""
        ...


B = TypeVar("B", bound=Callable[..., Backend])


def backend(name: str) -> Callable[[B], B]:
    """Registers a backend's class under the name that `--backend` takes."""

    def decorate(make: B) -> B:
        backends.register(name, make)
        return make

    return decorate


def make_backend(name: str, options: Mapping[str, Any]) -> Backend:
    """The backend called `name` with its options. Raises OptionError for one it does not take."""
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
    """The sample's messages as a model is asked them: what the user says in plain characters.

    The one place where a request enters, for every backend that sends prompts to a model. The
    prediction keeps the messages of the data set. Of `prompts`, system prompts that the model
    knows, the one in the script of the request takes the place of the sample's own.
    """
    messages = _in_plain_characters(sample)
    if not prompts:
        return messages
    said = "".join(message["content"] for message in messages if message["role"] == "user")
    own = next((prompt for prompt in prompts if _is_han(prompt) == _is_han(said)), prompts[0])
    rest = [message for message in messages if message["role"] != "system"]
    return [{"role": "system", "content": own}, *rest]


def own_prompts(prompts: Sequence[str]) -> dict[str, Any]:
    """What a backend's description says of prompts that replace those of the samples."""
    return {"system_prompts": list(prompts)} if prompts else {}


def _is_han(text: str) -> bool:
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
    """The prediction for a sample. A completion that is no valid text is escaped, not dropped."""
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
