"""The dialogues on which a merge is verified: the training's validation data if there are any."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, read_json, sha256_text

from rf_train.data.rendering import Message
from rf_train.data.sources import Source, find_each
from rf_train.errors import TrainError
from rf_train.files.names import RUN_NAME

# Requests as engineers write them, for adapters whose data is not available.
_BUILT_IN = (
    "设计一个切比雪夫低通滤波器，截止频率 1.2 GHz，2.4 GHz 处衰减 40 dB，纹波 0.1 dB，50 欧姆",
    "Design a Chebyshev band-pass filter: centre 2.4 GHz, bandwidth 200 MHz, 0.05 dB ripple, "
    "at least 35 dB at 2.1 GHz and at 2.75 GHz, 50 ohm.",
    "帮我做个高通，通带从 800M 起，400M 处至少压 50 dB，纹波 0.2 dB，系统阻抗 50 欧",
    "Chebyshev low-pass, edge 950 MHz, 30 dB at 1.3 GHz, 50 ohm. What order do I need?",
    "带通滤波器，中心频率 5.8 GHz，带宽 400 MHz，带外 5.3 GHz 和 6.4 GHz 处衰减不小于 30 dB",
    "I need a high-pass above 1.575 GHz, ripple 0.1 dB, stopband edge 1.1 GHz, 45 dB, 75 ohm.",
    "低通，fc = 150 MHz，fs = 210 MHz，La = 60 dB，纹波 0.5 dB，R0 = 50",
    "Band-pass for a 433.92 MHz receiver, 10 MHz wide, 40 dB at 415 MHz and 455 MHz, 0.1 dB.",
)


@dataclass(frozen=True)
class Prompts:
    """Dialogues and a description of their origin."""

    dialogues: list[list[Message]]
    origin: str


def select_prompts(count: int, file: Path | None, run: Path | None) -> Prompts:
    """`count` dialogues of `file`, else of the run's validation data, else built-in requests.

    Validation data that is gone or has changed is not used. Raises FileError where `file` cannot
    be read.
    """
    if file is not None:
        return Prompts(_first(Source(file), count), str(file))
    held_out, why = _validation_file(run) if run is not None else (None, "no run is recorded")
    if held_out is not None:
        return Prompts(_first(held_out, count), f"{held_out.path}, held out of the training")
    chosen = _BUILT_IN[: min(count, len(_BUILT_IN))]
    dialogues = [[{"role": "user", "content": text}] for text in chosen]
    return Prompts(dialogues, f"built-in requests ({why})")


def _first(source: Source, count: int) -> list[list[Message]]:
    return [dialogue.messages for dialogue in islice(source.dialogues(), count)]


def _validation_file(run: Path) -> tuple[Source | None, str]:
    """The validation file of a run, or None and the reason why it cannot be used."""
    record = read_json(run / RUN_NAME)
    recipe: dict[str, Any] = record.get("recipe") or {}
    files: dict[str, str] = (record.get("data") or {}).get("files") or {}
    if not recipe.get("eval_dataset"):
        return None, "the run had no validation file"
    try:
        folder = recipe.get("dataset_dir") or "data"
        source = find_each(recipe["eval_dataset"], folder, "validation")[0]
    except (FileError, TrainError):
        return None, "the run's validation file is gone"
    if files.get(source.path.as_posix()) != sha256_text(source.path):
        return None, "the run's validation file has changed"
    return source, ""


def prompt_and_answer(messages: Sequence[Message]) -> tuple[list[Message], list[Message]]:
    """The turns before the last answer, and those up to it (none where there is no answer)."""
    turns = [i for i, message in enumerate(messages) if message["role"] == "assistant"]
    if not turns:
        return list(messages), []
    return list(messages[: turns[-1]]), list(messages[: turns[-1] + 1])
