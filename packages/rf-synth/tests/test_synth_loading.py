"""The folder as others read it: `datasets.load_dataset` with the card's own configuration."""

import json

import pytest
from rf_synth.dataset.recipe import load_preset, override, resolve
from rf_synth.dataset.writer import write_dataset

SPLITS = {"train": "train", "val": "validation", "test": "test", "test_ood": "test_ood"}


def test_datasets_loads_the_folder(tmp_path):
    datasets = pytest.importorskip("datasets", reason="comes with the trainer only")
    values = load_preset("quickstart")
    for split in SPLITS:
        override(values, f"splits.{split}.count=60")
    folder = tmp_path / "data"
    write_dataset(resolve(values), folder)
    loaded = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
    assert set(loaded) == set(SPLITS.values())
    for split, name in SPLITS.items():
        lines = (folder / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
        rows = list(loaded[name])
        assert len(rows) == len(lines) == 60
        for row, line in zip(rows, lines, strict=True):
            record = json.loads(line)
            assert row["id"] == record["id"]
            assert row["messages"] == record["messages"]
            told = {k: v for k, v in row["meta"]["spec"].items() if v is not None}
            assert told.keys() == record["meta"]["spec"].keys()
            for key, value in record["meta"]["spec"].items():
                # its reader of numbers is right but for the last bit: 0.30000000000000004
                assert told[key] == (value if isinstance(value, str) else pytest.approx(value))
