"""The commands that write, and what their output may look like at any moment."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from children import Ended, Job
from rf_jsonl import loads

APPENDED = ("trainer_log.jsonl", "predictions.jsonl")
"""Grow while a command runs; a kill may cut their last line short."""
JOURNALS = ("run.json", "predictions.meta.json", "figures.json")
"""Say what is under way or has failed, so they stand there in other forms too."""


@dataclass(frozen=True)
class Writer:
    """How a command is run, and how a run that came to grief goes on.

    words: the command, `{recipe}` and `{out}` to be filled in; again: what a second run adds in a
    folder that only this command has touched; replace: what lets it replace another's output.
    changed: (text, another) in its recipe, for other output in the same place.
    """

    words: str
    recipe: str
    changed: tuple[str, str]
    again: str = ""
    replace: str = "--force"

    def job(self, work: Path, place: Path, more: str = "", *, other: bool = False) -> Job:
        """This command in the folder `work`, writing to `place/out`."""
        recipe, out = work / ("other" if other else "recipe"), place / "out"
        words = f"{self.words} {more}".format(recipe=recipe, out=out).split()
        return Job(tuple(words), work, place)


FIGS = """
inputs: [run, results, data]
only: [training_loss_curve]
lang: en
width: column
"""
MERGE = """
model_name_or_path: tiny-model
adapter_name_or_path: run
merge_base: original
export_size: 0.0002
"""
WRITERS = {
    "generate": Writer(
        "rf-synth generate --recipe {recipe}/synth.yaml --workers 1 --out {out}",
        "synth.yaml", ("count: 30", "count: 31"),
    ),
    "train": Writer(
        "rf-train train {recipe}/train.yaml --set output_dir={out}",
        "train.yaml", ("1.0e-3", "2.0e-3"), again="--resume", replace="--resume --force",
    ),
    "evaluate": Writer(
        "rf-eval run --recipe {recipe}/eval.yaml --out {out}",
        "eval.yaml", ("max_new_tokens: 8", "max_new_tokens: 7"),
        again="--resume", replace="--resume --force",
    ),
    "render": Writer(
        "rf-figs render --recipe {recipe}/figs.yaml --jobs 1 --out {out}",
        "figs.yaml", ("width: column", "width: page"),
    ),
    "merge": Writer(
        "rf-train merge {recipe}/merge.yaml --verify 1 --set export_dir={out}",
        "merge.yaml", ("merge_base: original", "merge_base: dequantized"),
    ),
}  # fmt: skip

_START = re.compile(rb'"start": \{[^{}]*\},?\s*')
"""How long a start took; a run that is continued behind its last step has none."""
_MEASURED = re.compile(
    rb'"(started|finished|created|elapsed|elapsed_time|remaining_time|seconds|tokens_per_second'
    rb"|peak_memory_bytes|micro_batch_tokens"
    rb'|train_runtime|train_(?:samples|steps|tokens)_per_second)": *("[^"]*"|[0-9.e+-]+)'
)
"""What clocks and the state of the machine say; everything else is the same bytes every time."""


def content(place: Path) -> dict[str, bytes]:
    """The files below a place by name, without locks and what is under construction."""
    return {
        path.relative_to(place).as_posix(): _comparable(path, place)
        for path in sorted(place.rglob("*"))
        if path.is_file() and not _is_hidden(path.relative_to(place))
    }


def _comparable(path: Path, place: Path) -> bytes:
    data = path.read_bytes().replace(str(place).encode(), b"PLACE")
    return _MEASURED.sub(rb'"\1": 0', _START.sub(b"", data))


def comparable_to(whole: dict[str, bytes], found: dict[str, bytes]) -> dict[str, bytes]:
    """What was found, without the checkpoint that an interrupted training makes of its own."""
    steps = {name.split("/")[1] for name in whole}
    return {
        name: data
        for name, data in found.items()
        if not name.split("/")[1].startswith("checkpoint-") or name.split("/")[1] in steps
    }


def assert_made_good(ended: Ended, place: Path, whole: dict[str, bytes]) -> None:
    """A run that ended well, with the bytes of an undisturbed one and nothing besides."""
    assert ended.code == 0, ended.said
    found = comparable_to(whole, content(place))
    assert found.keys() == whole.keys()
    for name, data in found.items():
        at = next((i for i, (a, b) in enumerate(zip(data, whole[name], strict=False)) if a != b), 0)
        assert data == whole[name], (name, data[at - 80 : at + 80], whole[name][at - 80 : at + 80])
    assert leftovers(place) == []


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def leftovers(place: Path) -> list[str]:
    """What a finished command should not leave: hidden files and folders other than locks."""
    hidden = (path for path in place.rglob(".*") if path.name != ".rf-lock")
    return sorted(path.relative_to(place).as_posix() for path in hidden)


def assert_old_or_new(now: dict[str, bytes], old: dict[str, bytes], new: dict[str, bytes]) -> None:
    """Whatever has its final name is the old file or the complete new one."""
    for name, data in now.items():
        if data in (old.get(name), new.get(name)):
            continue
        base = name.rpartition("/")[2]
        if base in APPENDED:
            assert any(_begins(data, whole.get(name, b"")) for whole in (old, new)), name
        elif base in JOURNALS:
            assert isinstance(json.loads(data), dict)
        else:
            raise AssertionError(f"{name}: {len(data)} bytes, neither old nor new")


def _begins(data: bytes, whole: bytes) -> bool:
    """Whether these are whole lines that `whole` begins with, and at most a piece of one more."""
    *lines, rest = data.split(b"\n")
    for line in lines:
        loads(line)
    return whole.split(b"\n")[: len(lines)] == lines and b"\n" not in rest


def assert_refused(ended: Ended) -> None:
    """Exit code 1 and one line of complaint, the last; no traceback."""
    assert ended.code == 1, ended.said
    assert "Traceback" not in ended.said
    complaints = re.findall(r"^rf-\w+: .*", ended.said, re.MULTILINE)
    assert complaints == [ended.last_line], ended.said
