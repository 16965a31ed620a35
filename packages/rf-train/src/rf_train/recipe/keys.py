"""Recipes as dataclasses: what a key is, and how the values of a file become one, strictly.

A recipe is a frozen dataclass whose fields are made with `key`. A `RecipeKind` adds what the
fields cannot express: the keys that are read without effect, those that are refused by name, other
spellings of values, and what several keys must satisfy together.
"""

import difflib
import math
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field, asdict, dataclass, field, fields
from typing import Any, Generic, TypeVar, get_args

from rf_jsonl import expanded

from rf_train.errors import TrainError

Content = TypeVar("Content")


PATH_KEYS = frozenset(
    "model_name_or_path adapter_name_or_path tokenizer_path dataset dataset_dir eval_dataset "
    "output_dir export_dir metrics".split()
)
"""Keys whose values are paths, or may be: a leading `~` in them is the home folder."""


def key(
    default: Any,
    text: str,
    *,
    choices: tuple[Any, ...] = (),
    low: float | None = None,
    above: float | None = None,
    high: float | None = None,
) -> Any:
    """A recipe key: default, one-line meaning, and the values it may take."""
    limits = {"low": low, "above": above, "high": high}
    return field(default=default, metadata={"text": text, "choices": choices, **limits})


Unless = Callable[[Any, Mapping[str, Any]], str | None]


def _nothing_to_check(recipe: Any) -> None:
    """Keys that do not depend on each other."""


@dataclass(frozen=True)
class RecipeKind(Generic[Content]):
    """One kind of recipe (training, merging, ...).

    `without_effect` and `refused` give the reason by key. A refused key may be empty, or have one
    of its `neutral` values, which ask for nothing. `unless` says by key why a value that does have
    an effect is refused, from the value and the whole content. `aliases` are other spellings of
    values by key; `check` raises TrainError for what concerns several keys.
    """

    record: type[Content]
    without_effect: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    neutral: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    unless: Mapping[str, Unless] = field(default_factory=dict)
    aliases: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    check: Callable[[Content], None] = _nothing_to_check

    @property
    def keys(self) -> dict[str, Field[Any]]:
        """The fields of the recipe by name."""
        return {item.name: item for item in fields(self.record)}  # type: ignore[arg-type]

    def resolve(self, content: Mapping[str, Any]) -> tuple[Content, list[str]]:
        """Checks keys and values and fills in the defaults; returns recipe and remarks.

        Raises TrainError, whose text starts with the key at fault.
        """
        values, remarks, known = {}, [], self.keys
        for name, value in content.items():
            if name in known:
                values[name] = self._checked(known[name], value)
            else:
                remarks.append(f"{name}: {self._without_effect(str(name), value, content)}")
        recipe = self.record(**values)
        self.check(recipe)
        return recipe, remarks

    def _without_effect(self, name: str, value: Any, content: Mapping[str, Any]) -> str:
        """Why a key of LLaMA-Factory's with this value changes nothing; TrainError if it would."""
        if name in self.without_effect:
            reason = self.unless[name](value, content) if name in self.unless else None
            if value is not None and reason is not None:
                raise TrainError(f"{name}: {reason}")
            return f"no effect here ({self.without_effect[name]})"
        if name in self.refused:
            if value is None or _is_one_of(value, self.neutral.get(name, ())):
                return "not offered here, and not asked for"
            raise TrainError(f"{name}: {self.refused[name]}")
        unset = [key for key in (*self.keys, *self.without_effect) if key not in content]
        raise TrainError(f"{name}: no such key{did_you_mean(name, unset)}")

    def _checked(self, item: Field[Any], value: Any) -> Any:
        """One value in the type of its key, or TrainError."""
        kind: Any = item.type
        options = get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
        if value is None:
            if type(None) in options:
                return None
            raise TrainError(f"{item.name}: has no value")
        wanted = next(option for option in options if option is not type(None))
        if wanted == tuple[str, ...]:
            return _names(item, value, self.aliases.get(item.name, {}))
        converted = _with_home(item, _CONVERTERS[wanted](item.name, value))
        converted = self.aliases.get(item.name, {}).get(str(converted), converted)
        _check_limits(item, converted)
        return converted


def as_record(recipe: Any) -> dict[str, Any]:
    """A recipe as JSON values, every default included, in the order of the keys."""
    return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(recipe).items()}


def did_you_mean(word: str, known: Iterable[Any]) -> str:
    """`, did you mean x?` where a known word is close, else the short list of known words."""
    names = [str(name) for name in known]
    close = difflib.get_close_matches(word, names, n=1)
    if close:
        return f", did you mean {close[0]}?"
    return f" (known: {', '.join(names)})" if len(names) <= 8 else ""


def _is_one_of(value: Any, values: tuple[Any, ...]) -> bool:
    """Whether a value is among some; false is not 0 here."""
    return any(type(value) is type(one) and value == one for one in values)


def _names(item: Field[Any], value: Any, aliases: Mapping[str, Any]) -> tuple[str, ...]:
    """A list, or a comma list in one string, of names."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise TrainError(f"{item.name}: expected a name or a list of names, found {value!r}")
    stripped = (part.strip() for part in parts if part.strip())
    names = tuple(_with_home(item, aliases.get(part, part)) for part in stripped)
    if not names:
        raise TrainError(f"{item.name}: is empty")
    for name in names:
        _check_choice(item, name)
    return names


def _with_home(item: Field[Any], value: Any) -> Any:
    return expanded(value) if item.name in PATH_KEYS and isinstance(value, str) else value


def _check_choice(item: Field[Any], value: Any) -> None:
    choices = item.metadata["choices"]
    if choices and value not in choices:
        raise TrainError(f"{item.name}: {value!r} is not known{did_you_mean(str(value), choices)}")


def _check_limits(item: Field[Any], value: Any) -> None:
    _check_choice(item, value)
    name, limits = item.name, item.metadata
    if limits["low"] is not None and value < limits["low"]:
        raise TrainError(f"{name}: {value} is below {limits['low']}")
    if limits["above"] is not None and value <= limits["above"]:
        raise TrainError(f"{name}: {value} is not above {limits['above']}")
    if limits["high"] is not None and value > limits["high"]:
        raise TrainError(f"{name}: {value} is above {limits['high']}")


def _to_bool(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise TrainError(f"{name}: expected true or false, found {value!r}")


def _to_int(name: str, value: Any) -> int:
    number = _to_float(name, value)
    if number != int(number):
        raise TrainError(f"{name}: expected an integer, found {value!r}")
    return int(number)


def _to_float(name: str, value: Any) -> float:
    """A number; YAML reads 1e-4 as text, and people mean the number."""
    try:
        number = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if isinstance(value, bool) or not math.isfinite(number):
        raise TrainError(f"{name}: expected a number, found {value!r}")
    return number


def _to_text(name: str, value: Any) -> str:
    if isinstance(value, str) and value:
        return value
    raise TrainError(f"{name}: expected text, found {value!r}")


_CONVERTERS: dict[Any, Callable[[str, Any], Any]] = {
    bool: _to_bool,
    int: _to_int,
    float: _to_float,
    str: _to_text,
}
