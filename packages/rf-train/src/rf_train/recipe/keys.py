"""Recipes as dataclasses: what a key is, and how the values of a file become one, strictly.

A recipe is a frozen dataclass whose fields are made with `key`. A `RecipeKind` adds what the
fields cannot express: the keys that are read without effect, those that are refused by name, other
spellings of values, and what several keys must satisfy together.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import Field, asdict, dataclass, field, fields
from typing import Annotated, Any, Generic, Literal, TypeVar, get_args, get_origin, get_type_hints

from msgspec import Meta
from rf_jsonl import did_you_mean, expanded
from rf_jsonl.recipes import KeyFault, convert

from rf_train.errors import TrainError

Content = TypeVar("Content")

_LARGEST = sys.float_info.max
Text = Annotated[str, Meta(min_length=1, title="a text")]
Names = Annotated[tuple[Text, ...], Meta(min_length=1, title="a name or a list of names")]
Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]
Amount = Annotated[float, Meta(ge=0, le=_LARGEST, title="a number of at least 0")]
PositiveAmount = Annotated[float, Meta(gt=0, le=_LARGEST, title="a number above 0")]
Fraction = Annotated[float, Meta(ge=0, le=1)]

PATH_KEYS = frozenset(
    "model_name_or_path adapter_name_or_path tokenizer_path dataset dataset_dir eval_dataset "
    "output_dir export_dir metrics".split()
)
"""Keys whose values are paths, or may be: a leading `~` in them is the home folder."""


def key(default: Any, text: str) -> Any:
    """A recipe key: default and one-line meaning; its annotation says which values it takes."""
    return field(default=default, metadata={"text": text})


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

    def choices(self, name: str) -> tuple[Any, ...]:
        """The words or numbers that a key is limited to, if it is."""
        return _choices(get_type_hints(self.record)[name])

    def resolve(self, content: Mapping[str, Any]) -> tuple[Content, list[str]]:
        """Checks keys and values and fills in the defaults; returns recipe and remarks.

        Raises TrainError, whose text starts with the key at fault.
        """
        values, remarks, known = {}, [], self.keys
        for name, value in content.items():
            if name in known:
                values[name] = self._normalised(known[name], value)
            else:
                remarks.append(f"{name}: {self._without_effect(str(name), value, content)}")
        try:
            recipe = convert(values, self.record, strict=False)
        except KeyFault as fault:
            raise TrainError(str(fault)) from None
        self.check(recipe)
        return recipe, remarks

    def _normalised(self, item: Field[Any], value: Any) -> Any:
        """A value with its comma list split, its aliases replaced and `~` expanded."""
        if isinstance(item.default, tuple) and isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        if isinstance(value, list):
            return [self._normalised_word(item.name, part) for part in value]
        return self._normalised_word(item.name, value)

    def _normalised_word(self, name: str, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        word = self.aliases.get(name, {}).get(value, value)
        return expanded(word) if name in PATH_KEYS else word

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


def as_record(recipe: Any) -> dict[str, Any]:
    """A recipe as JSON values, every default included, in the order of the keys."""
    return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(recipe).items()}


def _is_one_of(value: Any, values: tuple[Any, ...]) -> bool:
    """Whether a value is among some; false is not 0 here."""
    return any(type(value) is type(one) and value == one for one in values)


def _choices(kind: Any) -> tuple[Any, ...]:
    """The members of the Literal in a type."""
    if get_origin(kind) is Literal:
        return get_args(kind)
    return tuple(choice for part in get_args(kind) for choice in _choices(part))
