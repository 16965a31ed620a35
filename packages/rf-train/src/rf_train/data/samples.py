"""All samples of a run, tokenised: flat arrays, because there may be hundreds of thousands."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from rf_jsonl import FileError

from rf_train.data.rendering import (
    BoolArray,
    Example,
    IntArray,
    Message,
    Rendered,
    render,
    tokenise,
)
from rf_train.data.sources import Dialogue, Source
from rf_train.data.templates import Template
from rf_train.errors import TrainError

_CHUNK = 2048  # dialogues per tokeniser call, samples compared at once
LEAST_SHARED = 16  # tokens; for fewer the copies of their keys are not worth it
_MOST_SHARED = 8  # prefixes
_HELD_OUT = 2**63  # sets the draw of validation dialogues apart from the shuffles of all epochs


@dataclass
class Skipped:
    """Samples left out, by reason: how many, and where the first few stand."""

    counts: dict[str, int] = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, place: str) -> None:
        """Counts one sample; only the first ten places of a reason are kept."""
        self.counts[reason] = self.counts.get(reason, 0) + 1
        kept = self.places.setdefault(reason, [])
        if len(kept) < 10:
            kept.append(place)

    def extend(self, other: "Skipped") -> None:
        """Counts those of another file too."""
        for reason, count in other.counts.items():
            self.counts[reason] = self.counts.get(reason, 0) + count
            kept = self.places.setdefault(reason, [])
            kept += other.places[reason][: 10 - len(kept)]


class Prefixes(NamedTuple):
    """How many tokens at the start of each sample [n] are those of many; the different prefixes'
    lengths, the most frequent first."""

    of_sample: np.ndarray[Any, np.dtype[np.int64]]
    distinct: tuple[int, ...]


@dataclass(frozen=True)
class Samples:
    """n tokenised samples end to end: sample i is `ids[offsets[i]:offsets[i + 1]]`.

    `lines` [n] are the lines of their dialogues in the file, ascending. `systems` counts the
    dialogues by their system prompt, "" where they have none, `tools` by the JSON text of the
    functions that they offer.
    """

    ids: IntArray
    answer: BoolArray
    offsets: np.ndarray[Any, np.dtype[np.int64]]
    lines: np.ndarray[Any, np.dtype[np.int64]]
    records: int
    skipped: Skipped
    systems: Counter[str] = field(default_factory=Counter)
    tools: Counter[str] = field(default_factory=Counter)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Tokens of each sample [n]."""
        return np.diff(self.offsets)

    @property
    def answer_lengths(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Tokens of each sample that carry loss [n]."""
        total = np.concatenate([[0], np.cumsum(self.answer, dtype=np.int64)])
        counts: np.ndarray[Any, np.dtype[np.int64]] = np.diff(total[self.offsets])
        return counts

    def sample(self, index: int) -> tuple[IntArray, BoolArray]:
        """Ids and loss marks of one sample, as views."""
        span = slice(self.offsets[index], self.offsets[index + 1])
        return self.ids[span], self.answer[span]

    @cached_property
    def shared(self) -> "Prefixes":
        """What many samples begin with: system prompts, one a language or so.

        Samples are told apart by their first `LEAST_SHARED` tokens; the prefix is all that those of
        a group have in common before their loss.
        """
        of_sample, distinct = np.zeros(len(self), np.int64), []
        lengths = self.lengths
        able = np.flatnonzero(lengths > LEAST_SHARED)
        heads = _windows(self.ids, LEAST_SHARED)
        factors = np.random.Generator(np.random.Philox(key=[1, 1])).integers(
            2**62, size=LEAST_SHARED
        )
        sums = np.empty(len(able), np.int64)  # of equal heads equal ones
        for start in range(0, len(able), _CHUNK):
            part = slice(start, start + _CHUNK)
            sums[part] = heads[self.offsets[able[part]]].astype(np.int64) @ factors
        _, group, counts = np.unique(sums, return_inverse=True, return_counts=True)
        for number in np.argsort(-counts, kind="stable")[:_MOST_SHARED]:
            members = able[group == number]
            if len(members) < max(2, len(self) / 100):
                continue
            prefix = self._common_prefix(members)
            if prefix >= LEAST_SHARED:
                of_sample[members] = prefix
                distinct.append(prefix)
        return Prefixes(of_sample, tuple(distinct))

    def _common_prefix(self, members: np.ndarray[Any, np.dtype[np.int64]]) -> int:
        """Tokens that some samples all begin with, without loss.

        Each keeps a token of its own before its first one with loss: the state that predicts an
        answer is the sample's own.
        """
        starts = self.offsets[members]
        common = int(self.lengths[members].min()) - 1
        for place in range(0, len(starts), _CHUNK):
            if common <= 0:
                return 0
            some, head = starts[place : place + _CHUNK], self.ids[starts[0] : starts[0] + common]
            same = (_windows(self.ids, common)[some] == head).all(axis=0)
            common = int(np.append(same, False).argmin())
            loss = _windows(self.answer, common + 1)[some].any(axis=0)
            common = min(common, max(0, int(np.append(loss, True).argmax()) - 1))
        return common

    def split(self, share: float, seed: int) -> tuple["Samples", "Samples"]:
        """Training samples, and those of dialogues drawn for validation.

        `share` is a fraction of the dialogues, or from 1 on their number. All samples of a
        dialogue stay on one side. Raises TrainError where a side stays empty.
        """
        dialogues, place = np.unique(self.lines, return_inverse=True)
        count = held_out(share, len(dialogues))
        keys = np.random.Generator(np.random.Philox(key=[seed, _HELD_OUT])).random(len(dialogues))
        drawn = np.zeros(len(dialogues), dtype=np.bool_)
        drawn[np.argsort(keys, kind="stable")[:count]] = True
        train, validation = self._select(~drawn[place]), self._select(drawn[place])
        train = replace(train, skipped=self.skipped, systems=self.systems, tools=self.tools)
        return train, validation

    @staticmethod
    def joined(parts: Sequence["Samples"]) -> "Samples":
        """The samples of several files, one behind the other; lines count on from file to file."""
        if len(parts) == 1:
            return parts[0]
        skipped, systems = Skipped(), Counter[str]()
        for part in parts:
            skipped.extend(part.skipped)
            systems.update(part.systems)
        lengths = np.concatenate([part.lengths for part in parts])
        before = np.cumsum([0, *(int(part.lines.max()) for part in parts[:-1])])
        return Samples(
            ids=np.concatenate([part.ids for part in parts]),
            answer=np.concatenate([part.answer for part in parts]),
            offsets=np.concatenate([[0], np.cumsum(lengths)]),
            lines=np.concatenate([p.lines + first for p, first in zip(parts, before, strict=True)]),
            records=sum(part.records for part in parts),
            skipped=skipped,
            systems=systems,
        )

    def _select(self, chosen: BoolArray) -> "Samples":
        """The chosen [n] samples, in their order."""
        tokens, lines = np.repeat(chosen, self.lengths), self.lines[chosen]
        offsets = np.concatenate([[0], np.cumsum(self.lengths[chosen])])
        records = len(np.unique(lines))
        return Samples(self.ids[tokens], self.answer[tokens], offsets, lines, records, Skipped())


def _windows(flat: np.ndarray[Any, Any], width: int) -> np.ndarray[Any, Any]:
    """Every stretch of `width` values, as a view [n - width + 1, width]."""
    return np.lib.stride_tricks.sliding_window_view(flat, width)


def held_out(share: float, dialogues: int) -> int:
    """Dialogues that `val_size` takes of so many. Raises TrainError where a side stays empty."""
    count = round(share * dialogues) if share < 1 else int(share)
    if not 0 < count < dialogues:
        raise TrainError(f"val_size: {share:g} of {dialogues} dialogues leaves one side empty")
    return count


def read_samples(
    source: Source,
    tokenizer: Any,
    template: Template,
    *,
    cutoff_len: int,
    mask_history: bool = False,
    refuse_overlong: bool = False,
    max_records: int | None = None,
    progress: bool | None = False,
) -> Samples:
    """Reads, renders and tokenises a data set file.

    `cutoff_len` in tokens; longer samples are left out and named (or refused). With `mask_history`
    only the last answer of a dialogue carries loss. `progress` None shows a bar on terminals.
    Raises FileError with the line of a faulty record.
    """
    from tqdm import tqdm

    examples: list[Example] = []
    lines: list[int] = []
    skipped, records = Skipped(), 0
    systems, tools = Counter[str](), Counter[str]()
    renderer = partial(render, tokenizer=tokenizer, template=template, mask_history=mask_history)
    dialogues = islice(source.dialogues(), max_records)
    with tqdm(desc="tokenise", unit=" records", disable=None if progress is None else True) as bar:
        while chunk := list(islice(dialogues, _CHUNK)):
            records += len(chunk)
            systems.update(system_prompt(dialogue.messages) for dialogue in chunk)
            tools.update(json.dumps(dialogue.tools, ensure_ascii=False) for dialogue in chunk)
            for line, example in _examples(source, chunk, tokenizer, renderer, skipped):
                if len(example.ids) <= cutoff_len:
                    examples.append(example)
                    lines.append(line)
                elif refuse_overlong:
                    text = f"{len(example.ids)} tokens, over cutoff_len {cutoff_len}"
                    raise FileError(source.path, text, line)
                else:
                    skipped.add("over cutoff_len", f"{source.path}:{line}")
            bar.update(len(chunk))
    if not examples:
        raise FileError(source.path, f"no sample is left of {records} records")
    return replace(_flatten(examples, lines, records, skipped), systems=systems, tools=tools)


def system_prompt(messages: list[Message]) -> str:
    """The text of a leading system message, "" without one."""
    first = messages[0]
    return str(first["content"]) if first["role"] == "system" else ""


def _examples(
    source: Source,
    chunk: list[Dialogue],
    tokenizer: Any,
    renderer: Callable[..., list[Rendered]],
    skipped: Skipped,
) -> Iterable[tuple[int, Example]]:
    """Examples of some dialogues with their lines; empty answers are left out and counted."""
    lines: list[int] = []
    rendered: list[Rendered] = []
    for line, messages, tools in chunk:
        if any(map(_is_empty_answer, messages)):
            skipped.add("empty answer", f"{source.path}:{line}")
            continue
        try:
            pieces = renderer(messages, tools=tools)
        except TrainError as error:
            raise FileError(source.path, str(error), line) from None
        rendered += pieces
        lines += [line] * len(pieces)
    for line, example in zip(lines, tokenise(rendered, tokenizer), strict=True):
        if isinstance(example, TrainError):
            raise FileError(source.path, str(example), line)
        yield line, example


def _is_empty_answer(message: Message) -> bool:
    answers = message["role"] == "assistant"
    return answers and not message["content"].strip() and not message.get("tool_calls")


def _flatten(examples: list[Example], lines: list[int], records: int, skipped: Skipped) -> Samples:
    offsets = np.zeros(len(examples) + 1, dtype=np.int64)
    np.cumsum([len(example.ids) for example in examples], out=offsets[1:])
    ids = np.concatenate([example.ids for example in examples])
    answer = np.concatenate([example.answer for example in examples])
    return Samples(ids, answer, offsets, np.array(lines), records, skipped)
