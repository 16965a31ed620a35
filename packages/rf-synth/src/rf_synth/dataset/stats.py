"""Counts of what a data set consists of."""

from collections import Counter
from hashlib import blake2b
from pathlib import Path
from typing import Any

import rf_jsonl

from rf_synth.dataset.recipe_keys import SPLITS
from rf_synth.language.reading import skeleton

GROUPS = ("type", "band", "lang", "order", "margin", "missing", "phrasing")
MARGIN_EDGES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5)


def stats(path: Path) -> dict[str, Any]:
    """Counts by split of a folder, or of one file under its stem. Raises FileError."""
    return {file.stem: _file_stats(file) for file in split_files(path)}


def split_files(path: Path) -> list[Path]:
    """The JSONL files of a data-set folder, or the file `path`. Raises FileError without any."""
    if not path.is_dir():
        return [path]
    files = [path / f"{split}.jsonl" for split in SPLITS if (path / f"{split}.jsonl").exists()]
    if not files:
        raise rf_jsonl.FileError(path, "holds no train, val, test or test_ood.jsonl")
    return files


def _file_stats(path: Path) -> dict[str, Any]:
    """Counts by each of GROUPS (`missing` by number of missing values), and of whole records."""
    counters = {name: Counter[Any]() for name in GROUPS}
    skeletons: set[bytes] = set()
    characters = records = rounds = corrected = 0
    for number, record in rf_jsonl.read_jsonl(path):
        try:
            messages = record["messages"]
            _count(record["meta"], counters)
            text = skeleton(messages[1]["content"])
            characters += sum(len(message["content"]) for message in messages)
            rounds += len(messages) == 7
            corrected += bool(record["meta"]["corrected"])
        except (KeyError, IndexError, TypeError) as error:
            raise rf_jsonl.FileError(path, f"not an rf-synth record: {error}", number) from None
        skeletons.add(blake2b(text.encode(), digest_size=8).digest())
        records += 1
    return {
        "records": records,
        "distinct_skeletons": len(skeletons),
        "families": len(counters["phrasing"]),
        "second_rounds": rounds,
        "corrections": corrected,
        "mean_characters": round(characters / records, 1),
        **{name: dict(sorted(counter.items())) for name, counter in counters.items()},
    }


def _count(meta: dict[str, Any], counters: dict[str, Counter[Any]]) -> None:
    for name in ("type", "band", "lang", "phrasing"):
        if not isinstance(meta[name], str):
            raise TypeError(f"{name} is {meta[name]!r}, expected a text")
        counters[name][meta[name]] += 1
    if meta["order"] is not None:
        if type(meta["order"]) is not int:
            raise TypeError(f"order is {meta['order']!r}, expected a whole number")
        counters["order"][meta["order"]] += 1
        counters["margin"][_margin_bin(meta["margin"])] += 1
    counters["missing"][len(meta["missing"])] += 1


def _margin_bin(margin: float) -> str:
    high = next((edge for edge in MARGIN_EDGES[1:] if margin <= edge), None)
    if high is None:
        raise TypeError(f"margin is {margin!r}, expected a number up to 0.5")
    return f"{MARGIN_EDGES[MARGIN_EDGES.index(high) - 1]:g}-{high:g}"
