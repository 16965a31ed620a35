"""Many input files cut into shards: a shard is a place in a file, read by whoever answers it.

A line of JSONL, or a row of Parquet, is a record as rf-eval knows them (`id`, `messages` whose last
turn is the reference answer, `meta`; in Parquet the last two may be JSON texts), or a bare request
(`request`, perhaps `id` and `system`), which has no reference and gets no scores.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, Record, loads, parse_line

KINDS = (".jsonl", ".parquet")


@dataclass(frozen=True, slots=True)
class Shard:
    """`count` records of a file, the first of which has the number `first` (from 0).

    `start` is where they begin: a byte of a JSONL file, a row of the row group `group` otherwise.
    """

    number: int
    path: str
    first: int
    start: int
    count: int
    group: int = -1

    @property
    def name(self) -> str:
        """What its folder is called."""
        return f"{self.number:06d}"


def find_files(patterns: Iterable[str]) -> list[Path]:
    """The files of paths, folders and patterns, sorted. Raises FileError where there are none."""
    found: set[Path] = set()
    for pattern in patterns:
        path = Path(pattern).expanduser()
        if path.is_dir():
            matches = [one for kind in KINDS for one in path.rglob(f"*{kind}")]
        elif path.is_file():
            matches = [path]
        else:
            matches = list(Path(path.anchor or ".").glob(str(path.relative_to(path.anchor))))
        if not matches:
            raise FileError(pattern, f"no {' or '.join(KINDS)} files there")
        found.update(match.resolve() for match in matches)
    for path in found:
        if path.suffix not in KINDS:
            raise FileError(path, f"expected {' or '.join(KINDS)}")
    return sorted(found)


def cut(paths: Iterable[Path], size: int) -> Iterator[Shard]:
    """Shards of at most `size` records, in the order of the files and their lines."""
    number = 0
    for path in paths:
        places = _jsonl_places(path, size) if path.suffix == ".jsonl" else _row_places(path, size)
        for group, first, start, count in places:
            yield Shard(number, str(path), first, start, count, group)
            number += 1


def _jsonl_places(path: Path, size: int) -> Iterator[tuple[int, int, int, int]]:
    first = start = offset = count = 0
    with open(path, "rb") as file:
        for line in file:
            offset += len(line)
            count += 1
            if count == size:
                yield -1, first, start, count
                first, start, count = first + count, offset, 0
    if count:
        yield -1, first, start, count


def _row_places(path: Path, size: int) -> Iterator[tuple[int, int, int, int]]:
    from pyarrow import ArrowInvalid
    from pyarrow.parquet import read_metadata

    try:
        metadata = read_metadata(path)
    except ArrowInvalid as error:
        raise FileError(path, f"no Parquet file: {str(error).splitlines()[0]}") from None
    first = 0
    for group in range(metadata.num_row_groups):
        rows = metadata.row_group(group).num_rows
        for start in range(0, rows, size):
            yield group, first + start, start, min(size, rows - start)
        first += rows


def read_shard(shard: Shard) -> list[Record]:
    """Its records as rf-eval takes them. Raises FileError, with the line, for a malformed one."""
    path = Path(shard.path)
    rows = _lines(shard) if path.suffix == ".jsonl" else _rows(shard)
    return [_as_record(path, shard.first + i, row) for i, row in enumerate(rows)]


def _lines(shard: Shard) -> Iterator[Record]:
    with open(shard.path, "rb") as file:
        file.seek(shard.start)
        for i in range(shard.count):
            yield parse_line(shard.path, shard.first + i + 1, file.readline())


def _rows(shard: Shard) -> list[Record]:
    from pyarrow.parquet import ParquetFile

    with ParquetFile(shard.path) as file:
        table = file.read_row_group(shard.group).slice(shard.start, shard.count)
    rows: list[Record] = table.to_pylist()
    return rows


def _as_record(path: Path, number: int, row: Mapping[str, Any]) -> Record:
    """A row with `messages`, or with a bare `request`, as a record with an id."""
    identity = str(row.get("id") or f"{path.stem}-{number:07d}")
    messages = _opened(path, number, row, "messages")
    if messages is None:
        if not isinstance(row.get("request"), str):
            raise FileError(path, 'neither "messages" nor "request"', number + 1)
        system = row.get("system")
        messages = [{"role": "system", "content": system}] if system else []
        messages += [{"role": "user", "content": row["request"]}]
        messages += [{"role": "assistant", "content": ""}]
    record = {
        "id": identity,
        "messages": messages,
        "meta": _opened(path, number, row, "meta") or {},
    }
    return record | ({"tools": row["tools"]} if row.get("tools") else {})


def _opened(path: Path, number: int, row: Mapping[str, Any], key: str) -> Any:
    """The value of a column that may hold JSON as text."""
    value = row.get(key)
    if not isinstance(value, str):
        return value
    try:
        return loads(f'{{"value": {value}}}'.encode())["value"]
    except ValueError as error:
        raise FileError(path, f"{key}: no JSON: {error}", number + 1) from None
