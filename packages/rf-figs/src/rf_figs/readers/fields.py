"""Typed access to the fields of a record, each refusal with the place of the record."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rf_jsonl import FileError


@dataclass(frozen=True)
class Fields:
    """One record and where it stands; every method raises FileError with that place."""

    record: dict[str, Any]
    path: Path
    line: int | None = None

    def number(self, key: str) -> float:
        """A finite number that must be there."""
        value = self.optional_number(key)
        if value is None:
            raise self.refuse(f"{key!r} is missing, expected a number")
        return value

    def optional_number(self, key: str) -> float | None:
        """A finite number, or None where the key is absent or null."""
        value = self.record.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refuse(f"{key!r} is {_shown(value)}, expected a number")
        if not math.isfinite(value):
            raise self.refuse(f"{key!r} is not a finite number")
        return float(value)

    def text(self, key: str) -> str:
        """A string that must be there."""
        value = self.record.get(key)
        if not isinstance(value, str):
            raise self.refuse(f"{key!r} is {_shown(value)}, expected a string")
        return value

    def inner(self, key: str) -> "Fields":
        """An object that must be there."""
        value = self.record.get(key)
        if not isinstance(value, dict):
            raise self.refuse(f"{key!r} is {_shown(value)}, expected an object")
        return Fields(value, self.path, self.line)

    def objects(self, key: str) -> "list[Fields]":
        """A list of objects that must be there."""
        value = self.record.get(key)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.refuse(f"{key!r} is {_shown(value)}, expected a list of objects")
        return [Fields(item, self.path, self.line) for item in value]

    def refuse(self, reason: str) -> FileError:
        """The error to raise about this record."""
        return FileError(self.path, reason, self.line)


def _shown(value: Any) -> str:
    if value is None:
        return "missing"
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
