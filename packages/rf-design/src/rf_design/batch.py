"""Many designs from a file: one answer per line, in the same order, loading the model once."""

import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, read_jsonl, refuse_replacing, write_jsonl

from rf_design.core import Design, design, design_from_result
from rf_design.errors import DesignError
from rf_design.options import Options
from rf_design.reading.conversation import LazyReader, Reader, read_many
from rf_design.reading.model import installed_model
from rf_design.report import brief_result

KINDS = ("request", "call", "spec")
_CHUNK = 64
_PROGRESS_S = 5.0

Line = tuple[int, dict[str, Any]]


def run_batch(
    source: Path,
    target: Path,
    options: Options,
    *,
    lang: str | None = None,
    model: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
    force: bool = False,
) -> int:
    """Answers every line of `source`; writes `target` when all are done and returns their number.

    Parameters
    ----------
    source : JSON Lines, each with `id` and one of `request` (a text or a list of turns), `call`
        and `spec`
    target : the answers, each with `id`, `call`, `result` (the solver's, with parts and checks)
        and `seconds` (of the design and its share of the reading)
    options : applied to every design
    lang : the language of the answers; None for that of each request
    model : the adapter's folder; None for the default one
    say : receives progress messages
    force : replace a `target` that is not empty

    Raises FileError, for a `target` that must not be replaced before anything is answered.
    """
    if target.exists() and source.exists() and target.samefile(source):
        raise FileError(target, "is the file of requests, expected another one for the results")
    refuse_replacing(target, force=force)
    reader = LazyReader(lambda: installed_model(model, say))
    batch = _Batch(source, options, lang, reader)
    return write_jsonl(target, _with_progress(batch.answers(), say))


class _Batch:
    """The lines of a file and the settings for answering them."""

    def __init__(self, source: Path, options: Options, lang: str | None, reader: Reader) -> None:
        self.source, self.options, self.lang, self.reader = source, options, lang, reader

    def answers(self) -> Iterator[dict[str, Any]]:
        """The answers, in the order of the lines."""
        lines = read_jsonl(self.source)
        while chunk := list(islice(lines, _CHUNK)):
            yield from self._answer_chunk(chunk)

    def _answer_chunk(self, chunk: list[Line]) -> Iterator[dict[str, Any]]:
        kinds = [self._kind(number, line) for number, line in chunk]
        requests = [
            self._turns(number, line["request"])
            for (number, line), kind in zip(chunk, kinds, strict=True)
            if kind == "request"
        ]
        began = time.perf_counter()
        readings = iter(read_many(requests, self.reader, self.lang) if requests else [])
        share = (time.perf_counter() - began) / max(len(requests), 1)
        for (number, line), kind in zip(chunk, kinds, strict=True):
            began = time.perf_counter()
            try:
                if kind == "request":
                    reading = next(readings)
                    found = design_from_result(
                        reading.result, self.options, call=reading.call, lang=reading.lang
                    )
                else:
                    found = design(line[kind], self.options, lang=self.lang)
            except DesignError as error:
                raise FileError(self.source, error.text(self.lang or "en"), number) from None
            seconds = time.perf_counter() - began + (share if kind == "request" else 0.0)
            yield _answer(line["id"], found, seconds)

    def _kind(self, number: int, line: dict[str, Any]) -> str:
        found = [kind for kind in KINDS if kind in line]
        if "id" not in line:
            raise FileError(self.source, "id is missing", number)
        if len(found) != 1:
            raise FileError(self.source, f"expected one of {', '.join(KINDS)}", number)
        if found[0] != "request" and not isinstance(line[found[0]], dict):
            raise FileError(self.source, f"{found[0]} is not an object", number)
        return found[0]

    def _turns(self, number: int, request: Any) -> list[str]:
        turns = [request] if isinstance(request, str) else request
        if isinstance(turns, list) and turns and all(isinstance(turn, str) for turn in turns):
            return turns
        raise FileError(self.source, "request is neither a text nor a list of texts", number)


def _answer(identity: Any, found: Design, seconds: float) -> dict[str, Any]:
    return {
        "id": identity,
        "call": found.call,
        "result": brief_result(found),
        "seconds": round(seconds, 6),
    }


def _with_progress(
    answers: Iterator[dict[str, Any]], say: Callable[[str], None]
) -> Iterator[dict[str, Any]]:
    last = time.monotonic()
    for count, answer in enumerate(answers, start=1):
        yield answer
        if time.monotonic() - last > _PROGRESS_S:
            last = time.monotonic()
            say(f"{count:,} answered")
