"""The exact solver of specifications with the published keys."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import rf_jsonl

from rf_synth.specs.minimum_order import MAX_ORDER, SpecError, minimum_order, spec_keys

STDIN = Path("-")


def solve(spec: dict[str, Any]) -> dict[str, Any]:
    """The answer: the specification, its keys in the order of an answer, and its minimum order.

    Raises SpecError for an impossible specification and for unknown keys, `order` among them.
    """
    order, _ = minimum_order(spec)
    if order > MAX_ORDER:
        raise SpecError(f"an order of {order:,} is needed, more than {MAX_ORDER:,}")
    keys = spec_keys(spec["filter_band"])
    extra = [key for key in spec if key not in keys]
    if extra:
        raise SpecError(f"{extra[0]!r} is not a key of a {spec['filter_band']} specification")
    return {**{key: spec[key] for key in keys}, "order": order}


def solve_lines(
    lines: Iterable[tuple[int, dict[str, Any]]], name: str | Path
) -> Iterator[dict[str, Any] | rf_jsonl.FileError]:
    """Yields the answer to each (line number, specification), or an error with the reason."""
    for number, spec in lines:
        try:
            yield solve(spec)
        except SpecError as error:
            yield rf_jsonl.FileError(name, str(error), number)


def read_specs(source: Path, stdin: Iterable[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yields (line number, specification) of a JSONL file, or of `stdin` for `-`.

    Raises FileError.
    """
    if source != STDIN:
        yield from rf_jsonl.read_jsonl(source)
        return
    for number, line in enumerate(stdin, start=1):
        yield number, rf_jsonl.parse_line("<stdin>", number, line)
