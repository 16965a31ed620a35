"""Registries of named objects, filled by decorators and, on first use, by entry points.

There are `metrics` and `backends`. Other packages extend them without being imported by name: they
declare entry points in the group `rf_eval.metrics` (or `rf_eval.backends`), each named
`package/metric` and referring to the decorated function.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from rf_eval.errors import EvalError, NameTakenError, UnknownNameError
from rf_eval.score import Score

if TYPE_CHECKING:
    from rf_eval.answer import Answer
    from rf_eval.samples import Sample

Aggregation = Literal["proportion", "mean", "relative_error"]
MetricFunction = Callable[["Sample", "Answer"], Score]
PrepareFunction = Callable[[Sequence[tuple["Sample", "Answer"]]], None]

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*")
_PLUGIN_NAME = re.compile(r"[a-z][a-z0-9_.-]*/[a-z][a-z0-9_.]*")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Applies:
    """The generations to which a metric applies.

    `types` are values of `meta.type` (None for all), `turn` is the generated assistant turn,
    `history` the first turn before a second turn: the model's `own` or the `reference` one.
    """

    types: frozenset[str] | None = None
    turn: int = 1
    history: str | None = None

    def __str__(self) -> str:
        kinds = "every type" if self.types is None else ", ".join(sorted(self.types))
        before = "" if self.history is None else f", {self.history} history"
        return f"{kinds}; turn {self.turn}{before}"


@dataclass(frozen=True, slots=True)
class Metric:
    """A function `(sample, answer) -> Score` with its metadata.

    `range` is the smallest and largest value (None for unbounded). `prepare` is called with a batch
    of (sample, answer) pairs before the function is called for each of them, to compute in bulk
    what is slow individually. `default` says whether it belongs to the default suite.
    """

    name: str
    function: MetricFunction = field(repr=False)
    version: int = 1
    applies: Applies = Applies()
    range: tuple[float | None, float | None] = (0.0, 1.0)
    higher_is_better: bool = True
    aggregation: Aggregation = "proportion"
    description: str = ""
    default: bool = True
    prepare: PrepareFunction | None = field(default=None, repr=False, compare=False)

    def __call__(self, sample: "Sample", answer: "Answer") -> Score:
        """The result of the function."""
        return self.function(sample, answer)

    def to_record(self) -> dict[str, Any]:
        """The metadata as JSON."""
        return {
            "name": self.name,
            "version": self.version,
            "applies_to": str(self.applies),
            "range": list(self.range),
            "higher_is_better": self.higher_is_better,
            "aggregation": self.aggregation,
            "description": self.description,
        }


class Registry(Generic[T]):
    """Objects by name. Built-in modules and entry points are loaded on first access.

    Raises UnknownNameError (with similar names) and NameTakenError.
    """

    def __init__(self, kind: str, group: str, modules: Sequence[str]) -> None:
        self.kind = kind
        self.group = group
        self._modules = modules
        self._entries: dict[str, T] = {}
        self._loaded = False

    def register(self, name: str, thing: T) -> T:
        """Adds `thing` under `name`; registering the same thing again has no effect."""
        if not (_NAME.fullmatch(name) or _PLUGIN_NAME.fullmatch(name)):
            raise EvalError(f"{self.kind} {name!r}: write name, name.part or package/name")
        if name in self._entries and self._entries[name] != thing:
            raise NameTakenError(f"{self.kind} {name!r} is registered already")
        self._entries[name] = thing
        return thing

    def get(self, name: str) -> T:
        """The entry with this name."""
        self.load()
        try:
            return self._entries[name]
        except KeyError:
            raise UnknownNameError(f"no {self.kind} {name!r}{self._hint(name)}") from None

    def names(self) -> list[str]:
        """All names: built-in ones in the order of registration, then those of plug-ins."""
        self.load()
        return sorted(self._entries, key=lambda name: "/" in name)

    def __iter__(self) -> Iterator[T]:
        return (self._entries[name] for name in self.names())

    def __contains__(self, name: str) -> bool:
        self.load()
        return name in self._entries

    def load(self) -> None:
        """Imports the built-in modules and the entry points of plug-ins, once."""
        if self._loaded:
            return
        self._loaded = True
        for module in self._modules:
            import_module(module)
        self._load_entry_points()

    def _load_entry_points(self) -> None:
        from importlib.metadata import entry_points

        for entry in entry_points(group=self.group):
            if not _PLUGIN_NAME.fullmatch(entry.name):
                raise EvalError(f"entry point {entry.name!r} of {self.group}: write package/name")
            try:
                thing = entry.load()
            except (ImportError, AttributeError) as error:
                raise EvalError(f"entry point {entry.name!r} of {self.group}: {error}") from error
            if entry.name not in self._entries:
                raise EvalError(
                    f"entry point {entry.name!r} of {self.group} loads {thing!r}, which registers"
                    f" no {self.kind} of that name"
                )

    def _hint(self, name: str) -> str:
        from difflib import get_close_matches

        near = get_close_matches(name, list(self._entries), n=3, cutoff=0.5)
        return f" (did you mean {', '.join(near)}?)" if near else ""


metrics: Registry[Metric] = Registry(
    "metric",
    "rf_eval.metrics",
    [
        "rf_eval.metrics.generic",
        "rf_eval.metrics.filter",
        "rf_eval.metrics.spec",
        "rf_eval.metrics.derivation",
        "rf_eval.metrics.ask",
        "rf_eval.metrics.reading",
        "rf_eval.metrics.outcome",
        "rf_eval.metrics.resolve",
    ],
)
"""The metrics; plug-ins use the entry-point group `rf_eval.metrics`."""

backends: Registry[Callable[..., Any]] = Registry(
    "backend",
    "rf_eval.backends",
    [
        "rf_eval.backends.hf",
        "rf_eval.backends.cpu",
        "rf_eval.backends.openai",
        "rf_eval.backends.replay",
        "rf_eval.backends.oracle",
    ],
)
"""The backends, by their name for `--backend`; plug-ins use the group `rf_eval.backends`."""


def metric(
    name: str,
    *,
    version: int = 1,
    types: Sequence[str] | None = None,
    turn: int = 1,
    history: str | None = None,
    range: tuple[float | None, float | None] = (0.0, 1.0),
    higher_is_better: bool = True,
    aggregation: Aggregation = "proportion",
    default: bool = True,
    prepare: PrepareFunction | None = None,
) -> Callable[[MetricFunction], MetricFunction]:
    """Registers the decorated `(sample, answer) -> Score` function and returns it unchanged.

    The first line of its docstring becomes the metric's description.

    Parameters
    ----------
    name : `name`, or `package/name` outside rf-eval
    version : to be increased with every change of meaning; different versions are not compared
    types : the sample types to which it applies; None for all
    turn, history : the turn to which it applies, and the history of a second turn
    range : smallest and largest value; None for unbounded
    higher_is_better : whether larger values are better
    aggregation : how scores are aggregated
    default : whether it belongs to the default suite
    prepare : called with a batch of pairs before their individual scores
    """

    def decorate(function: MetricFunction) -> MetricFunction:
        entry = Metric(
            name=name,
            function=function,
            version=version,
            applies=Applies(None if types is None else frozenset(types), turn, history),
            range=range,
            higher_is_better=higher_is_better,
            aggregation=aggregation,
            description=(function.__doc__ or "").strip().split("\n")[0],
            default=default,
            prepare=prepare,
        )
        metrics.register(name, entry)
        return function

    return decorate


@dataclass(frozen=True, slots=True)
class Template:
    """A metric with parameters: `make(**parameters)` returns the metric function."""

    name: str
    make: Callable[..., MetricFunction] = field(repr=False, compare=False)
    parameters: Mapping[str, str]
    aggregation: Aggregation = "proportion"


templates: Registry[Template] = Registry("metric", "rf_eval.templates", ["rf_eval.metrics.generic"])
"""Metrics with parameters, such as a field path; `rf_eval.select` supplies the parameters."""
