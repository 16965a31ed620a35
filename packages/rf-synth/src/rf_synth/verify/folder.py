"""Validates a data set: each record on its own, then properties of the whole."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from io import BytesIO
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

import orjson
import rf_jsonl

from rf_synth.dataset.plan import LANGS, REQUEST_TYPES, TYPES
from rf_synth.dataset.recipe_keys import SPLITS
from rf_synth.dataset.stats import split_files
from rf_synth.language.reading import wording
from rf_synth.parallel import in_order
from rf_synth.specs.minimum_order import BANDS, spec_keys
from rf_synth.verify.call import CallChecker
from rf_synth.verify.published import PublishedChecker
from rf_synth.verify.record import RecordChecker

OOD = "test_ood"


_BLOCK = 1 << 20
_ONE_PROCESS = 4 << 20
"""Up to this many bytes more processes cost more than they save."""


class Fact(NamedTuple):
    """The data of one record for checks of the whole; texts and numbers are hashed.

    `spec` is None if the record does not state a complete specification. If `called`, the record
    has the source `requests`: texts without drawn numbers may then recur within a split.
    """

    line: int
    serial: int
    request: bytes
    spec: int | None
    skeleton: bytes
    type: str
    band: str
    lang: str
    called: bool


Block = tuple[str, str, int, bytes]
"""(path, split, number of the first line, complete lines)"""


@dataclass
class Seen:
    """Hashes from earlier records, 8 bytes each, so that millions fit into memory."""

    requests: dict[bytes, tuple[str, int]] = field(default_factory=dict)
    specs: dict[int, str] = field(default_factory=dict)
    skeletons: set[bytes] = field(default_factory=set)
    ood_skeletons: dict[bytes, str] = field(default_factory=dict)
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    last_index: dict[str, int] = field(default_factory=dict)


def validate(path: Path, workers: int = 1) -> Iterator[str]:
    """Yields findings on a data-set folder or a JSONL file as `path:line: what is wrong`.

    Raises FileError if there is nothing to check.
    """
    files = split_files(path)
    for file in files:
        rf_jsonl.say_what_is_accepted(file)  # since the workers do not
    size = sum(file.stat().st_size for file in files if file.is_file())
    seen = Seen()
    blocks = (block for file in files for block in _blocks(file))
    workers = 1 if size < _ONE_PROCESS else workers
    for block, findings, facts in in_order(_check_block, blocks, workers, _start, None):
        yield from findings
        for fact in facts:
            yield from _repeats(fact, block[0], block[1], seen)
    for digest, place in seen.ood_skeletons.items():
        if digest in seen.skeletons:
            yield f"{place}: the same text, apart from numbers, is in another split"
    if path.is_dir():
        yield from _folder_findings(path, seen)


def _split_of(path: Path) -> str:
    return next((s for s in reversed(SPLITS) if path.name.startswith(s)), path.stem)


def _blocks(path: Path) -> Iterator[Block]:
    """The file in blocks of complete lines. Raises FileError if it is unreadable or empty."""
    split, number = _split_of(path), 1
    try:
        with rf_jsonl.open_regular(path) as file:
            while lines := file.read(_BLOCK):
                lines += (rest := file.readline(rf_jsonl.MAX_LINE_BYTES))
                if len(rest) == rf_jsonl.MAX_LINE_BYTES:
                    number += lines.count(b"\n")
                    raise rf_jsonl.FileError(path, f"line longer than {len(rest)} bytes", number)
                yield str(path), split, number, lines
                number += lines.count(b"\n")
    except OSError as error:
        raise rf_jsonl.FileError.from_os_error(path, error) from None
    if number == 1:
        raise rf_jsonl.FileError(path, "empty file, expected one JSON object per line", 1)


class _Checkers:
    """The checkers of this process, by answer style, created on first use."""

    def __init__(self) -> None:
        self._records = RecordChecker()

    @cached_property
    def _calls(self) -> CallChecker:
        return CallChecker()

    @cached_property
    def _published(self) -> PublishedChecker:
        return PublishedChecker(self._records)

    def problems(self, record: dict[str, Any], split: str) -> list[str]:
        """What is wrong with a record of `split`."""
        meta = record.get("meta")
        if not is_request(meta):
            return self._records.problems(record, split)
        found = self._records.schema_problems(record)
        if found:
            return found
        checker = self._calls if meta["answer_style"] == "tool-call" else self._published
        return checker.problems(record, split)


def is_request(meta: object) -> TypeGuard[dict[str, Any]]:
    """Whether a record has the source `requests`, so that its call or `stated` is checked."""
    return isinstance(meta, dict) and (
        meta.get("answer_style") == "tool-call" or isinstance(meta.get("stated"), dict)
    )


_worker: list[_Checkers] = []
"""The checkers of this process."""


def _start(setup: None) -> None:
    _worker[:] = [_Checkers()]


def _check_block(block: Block) -> tuple[tuple[str, str], list[str], list[Fact]]:
    """((path, split), findings on single records, facts for checks of the whole)"""
    path, split, first, lines = block
    findings: list[str] = []
    facts: list[Fact] = []
    for number, line in enumerate(BytesIO(lines), start=first):
        try:
            record = _as_written(line) or rf_jsonl.parse_line(path, number, line)
        except rf_jsonl.FileError as error:
            findings.append(str(error))
            continue
        findings += [f"{path}:{number}: {p}" for p in _worker[0].problems(record, split)]
        fact = _fact(record, number)
        if fact:
            facts.append(fact)
    return (path, split), findings, facts


def _as_written(line: bytes) -> dict[str, Any] | None:
    """The record of a line exactly as `generate` writes it, byte for byte, else None.

    For such a line the fast parser suffices: it has no duplicate keys and no rounded numbers.
    """
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if type(value) is dict and orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE) == line:
        return value
    return None


_VALUES = {band: itemgetter(*spec_keys(band)[2:]) for band in BANDS}


def _fact(record: dict[str, Any], number: int) -> Fact | None:
    """The data for checks of the whole; None for a malformed record."""
    try:
        request, meta = record["messages"][1]["content"], record["meta"]
        called = is_request(meta)
        if called:  # a greeting may open many conversations
            turns = [turn for turn in record["messages"] if turn["role"] == "user"]
            request = "\n".join(message["content"] for message in turns)
        asked = meta["type"] == "followup_question" or called
        return Fact(
            number,
            int(record["id"].rpartition("-")[2]),
            _digest(request.encode()),
            None if asked else hash(_VALUES[meta["band"]](meta["spec"])),
            _digest(wording(request)),
            meta["type"],
            meta["band"],
            meta["lang"],
            called,
        )
    except (AttributeError, KeyError, IndexError, TypeError, ValueError):
        return None


def _repeats(fact: Fact, path: str, split: str, seen: Seen) -> Iterator[str]:
    """Yields duplicate requests, specifications in two splits, and ids out of order."""
    place = (path, fact.line)
    other = seen.requests.setdefault(fact.request, place)
    if other is not place and not (fact.called and other[0] == path):
        yield f"{path}:{fact.line}: the same request is at {other[0]}:{other[1]}"
    if fact.spec is not None:
        owner = seen.specs.setdefault(fact.spec, split)
        if owner != split:
            yield f"{path}:{fact.line}: the same specification is in {owner}"
    last = seen.last_index.get(path, fact.serial - 1)
    if fact.serial != last + 1:
        yield f"{path}:{fact.line}: id {fact.serial} follows {last}"
    seen.last_index[path] = fact.serial
    if split == OOD:
        seen.ood_skeletons.setdefault(fact.skeleton, f"{path}:{fact.line}")
    else:
        seen.skeletons.add(fact.skeleton)
    counts = seen.counts.setdefault(split, Counter())
    counts[fact.type] += 1
    counts[fact.lang] += 1
    if fact.type != "followup_question":
        counts[fact.band] += 1


def _folder_findings(folder: Path, seen: Seen) -> Iterator[str]:
    """Yields differences between metadata.json and the files."""
    path = folder / "metadata.json"
    if not path.exists():
        yield f"{path}: is missing"
        return
    metadata = rf_jsonl.read_json(path)
    for name in rf_jsonl.check_manifest(folder, metadata.get("files", {})):
        yield f"{folder / name}: does not have the sha256 in metadata.json"
    compositions = metadata.get("recipe", {}).get("compositions", {})
    for split, counts in seen.counts.items():
        wanted = metadata.get("splits", {}).get(split)
        found = sum(counts[kind] for kind in REQUEST_TYPES)
        if wanted != found:
            yield f"{folder / split}.jsonl: {found:,} records, metadata.json says {wanted}"
            continue
        groups = compositions.get(split, {})
        promised = {k: v for group in groups.values() for k, v in group.items()}
        if sum(groups.get("types", {}).values()) != found:
            continue  # a longer or shorter run than the composition's period
        by_requests = metadata.get("recipe", {}).get("source") == "requests"
        names = REQUEST_TYPES if by_requests else (*TYPES, *BANDS, *LANGS)
        for name in names:
            if counts[name] != promised.get(name, 0):
                yield (
                    f"{folder / split}.jsonl: {counts[name]:,} records are {name}, the recipe "
                    f"asks for {promised.get(name, 0):,}"
                )


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=8).digest()
