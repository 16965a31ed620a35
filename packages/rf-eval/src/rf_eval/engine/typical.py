"""Typical answers in a model's folder, from which drafts are made."""

from collections.abc import Iterator
from pathlib import Path

from rf_jsonl import FileError, read_jsonl

TYPICAL_FILE = "typical_answers.jsonl"


def typical_answers(folder: Path) -> Iterator[str]:
    """The answers in a model's folder, `{"answer": "…"}` per line; none if there is no file.

    Raises FileError.
    """
    path = folder / TYPICAL_FILE
    if not path.is_file():
        return
    for number, record in read_jsonl(path):
        answer = record.get("answer")
        if not isinstance(answer, str):
            raise FileError(path, 'expected {"answer": "…"}', number)
        yield answer
