"""Recipes declared as classes and checked by msgspec; errors name the key.

The class is a `msgspec.Struct` with `forbid_unknown_fields`, or a dataclass. The title in the
annotation of a value (`Meta(title="a share of 0 to 1")`) is what error messages say was expected. A
ValueError of `__post_init__` that starts with the name of a field is an error of that field. A
`Path` is a string in which `~` is the home folder. Needs msgspec (extra `recipes`).
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from rf_jsonl.errors import FileError
from rf_jsonl.paths import expanded
from rf_jsonl.suggest import did_you_mean

Kind = TypeVar("Kind")
Share = Annotated[float, msgspec.Meta(ge=0, le=1, title="a share of 0 to 1")]

_MESSAGE = re.compile(r"(.*?)(?: - at `(key` in `)?(\$[^`]*)`)?", re.DOTALL)
_STEP = re.compile(r"\.(\w+)|\[(\d+|\.\.\.)\]")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`")
_EXPECTED = re.compile(r"Expected `([^`]+)`(.*?)(?:, got .*)?")
_OF_A_FIELD = re.compile(r"(\w+): (.*)", re.DOTALL)
_LIMITS = {" >= ": " of at least ", " > ": " above ", " <= ": " of at most ", " < ": " below "}
_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "keys and values",
    "path": "a path",
}


def about(description: str) -> msgspec.Meta:
    """The description of a key for its JSON Schema."""
    return msgspec.Meta(description=description)


class KeyFault(ValueError):
    """A key of a recipe is wrong; `key` is its dotted path, `str()` is `key: reason`."""

    def __init__(self, key: str, reason: str) -> None:
        self.key, self.reason = key, reason
        super().__init__(f"{key}: {reason}" if key else reason)

    def in_file(self, path: str | os.PathLike[str], lines: Mapping[str, int]) -> FileError:
        """The error at the line of its key, or of the nearest enclosing key with a known line."""
        key = self.key
        while key and key not in lines:
            key = key.rpartition(".")[0]
        return FileError(path, str(self), lines.get(key))


@contextmanager
def faults_in(path: str | os.PathLike[str], lines: Mapping[str, int]) -> Iterator[None]:
    """Turns a KeyFault into a FileError about the recipe in `path`."""
    try:
        yield
    except KeyFault as fault:
        raise fault.in_file(path, lines) from None


def convert(content: Any, kind: type[Kind], *, strict: bool = True) -> Kind:
    """Converts the content of a recipe to `kind`.

    Parameters
    ----------
    content : the parsed YAML
    kind : the class that declares its keys
    strict : False also accepts numbers and booleans written as strings

    Raises
    ------
    KeyFault : the first key that is unknown, missing or has a value that `kind` does not allow
    """
    try:
        return msgspec.convert(content, kind, strict=strict, dec_hook=_path)
    except msgspec.ValidationError as error:
        reason, of_key, place = _MESSAGE.fullmatch(str(error)).groups("")  # type: ignore[union-attr]
        steps = [name or index for name, index in _STEP.findall(place)]
        steps += ["..."] if of_key else []
        raise _explained(content, kind, reason, steps, strict) from None


def _path(kind: type, value: Any) -> Path:
    """Converts paths, the only type that msgspec does not support; `~` is the home folder."""
    if kind is not Path or not isinstance(value, str):
        raise ValueError("Expected `path`")
    return Path(expanded(value))


def _explained(content: Any, kind: Any, reason: str, steps: list[str], strict: bool) -> KeyFault:
    """The error of msgspec about the value at `steps`, in plain words and with the key."""
    for number, step in enumerate(steps):
        if step == "...":  # msgspec does not name the keys of a plain mapping
            return _in_mapping(".".join(steps[:number]), content, _bare(kind), strict)
        content = content[int(step)] if step.isdigit() else content[step]
        kind = _inner(_bare(kind), step)
    key = ".".join(steps)
    fields = get_type_hints(_bare(kind)) if isinstance(_bare(kind), type) else {}
    if match := _UNKNOWN.fullmatch(reason):
        unset = [name for name in fields if name not in content]
        return KeyFault(_joined(key, match[1]), f"no such key{did_you_mean(match[1], unset)}")
    if match := _MISSING.fullmatch(reason):
        return KeyFault(_joined(key, match[1]), "is missing")
    if (match := _OF_A_FIELD.fullmatch(reason)) and match[1] in fields:
        return KeyFault(_joined(key, match[1]), match[2])
    return KeyFault(key, _refusal(content, kind, reason))


def _in_mapping(key: str, content: Mapping[Any, Any], kind: Any, strict: bool) -> KeyFault:
    """The error of the first entry whose name or value has the wrong type."""
    name_kind, value_kind = get_args(kind) or (str, Any)
    for name, value in content.items():
        try:
            convert(name, name_kind, strict=strict)
            convert(value, value_kind, strict=strict)
        except KeyFault as fault:
            return KeyFault(_joined(key, str(name), fault.key), fault.reason)
    raise AssertionError(f"every entry of {key} matches {kind}")


def _refusal(value: Any, kind: Any, reason: str) -> str:
    if value is None:
        return "has no value"
    shown = repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:57]}..."
    if get_origin(_bare(kind)) is Literal:
        return f"{shown} is not known{did_you_mean(value, get_args(_bare(kind)))}"
    if match := _EXPECTED.fullmatch(reason):
        kinds = " or ".join(_WORDS.get(k, k) for k in match[1].split(" | ") if k != "null")
        limit = reduce(lambda text, sign: text.replace(sign, _LIMITS[sign]), _LIMITS, match[2])
        return f"expected {_title(kind) or kinds + limit}, found {shown}"
    return "is beyond the range of a double" if reason == "Number out of range" else reason


def _joined(*parts: str) -> str:
    return ".".join(filter(None, parts))


def _alternatives(kind: Any) -> tuple[Any, ...]:
    """The members of a union without None and unset, or the type itself."""
    if get_origin(kind) in (Union, UnionType):
        return tuple(one for one in get_args(kind) if one not in (NoneType, msgspec.UnsetType))
    return (kind,)


def _bare(kind: Any) -> Any:
    """A type without annotations and without None."""
    first, *others = _alternatives(kind)
    if others:
        return kind
    return _bare(get_args(first)[0]) if get_origin(first) is Annotated else first


def _title(kind: Any) -> str | None:
    """The title in the annotations of a type, if there is one."""
    notes = (note for one in _alternatives(kind) for note in getattr(one, "__metadata__", ()))
    return next((note.title for note in notes if note.title), None)


def _inner(kind: Any, step: str) -> Any:
    """The type of a field or of a list item."""
    if not step.isdigit():
        return get_type_hints(kind, include_extras=True)[step]
    items = [one for one in get_args(kind) if one is not ...]
    return items[min(int(step), len(items) - 1)]
