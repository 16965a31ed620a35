"""Converts records to the classes that declare their fields."""

from pathlib import Path
from typing import Any, TypeVar

from rf_jsonl import FileError
from rf_jsonl.recipes import KeyFault, convert

Kind = TypeVar("Kind")


def fields_of(record: Any, kind: type[Kind], path: Path, line: int | None = None) -> Kind:
    """A record as `kind`; fields that it does not declare are ignored.

    Raises FileError, with the record's location, for a missing field or one of another type.
    """
    try:
        return convert(record, kind)
    except KeyFault as fault:
        raise FileError(path, str(fault), line) from None
