"""The same bytes from the same inputs: again, in another process, with another hash seed."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from rf_figs.output import write_outcomes
from rf_figs.render import Job, draw_job
from rf_jsonl import read_json, sha256_file


def test_a_fresh_process_with_another_hash_seed_writes_the_same_bytes(
    handmade_once, rendered, tmp_path
):
    out = tmp_path / "again"
    command = [sys.executable, "-m", "rf_figs", "render", "--inputs", ".", "--out", str(out)]
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "20",
        "LC_ALL": "ja_JP.UTF-8",
        "MPLCONFIGDIR": str(tmp_path / "mpl"),
    }
    (tmp_path / "mpl").mkdir()
    # A personal matplotlibrc must have no say.
    (tmp_path / "mpl" / "matplotlibrc").write_text("font.size: 20\naxes.grid: True\n")
    subprocess.run([*command, "--jobs", "1"], check=True, cwd=handmade_once, env=environment)
    first = {p.name: sha256_file(p) for p in rendered.iterdir() if p.suffix}
    second = {p.name: sha256_file(p) for p in out.iterdir() if p.suffix}
    assert len(first) > 60
    assert first == second


def test_twice_in_one_process(handmade_once):
    job = Job("order_accuracy_by_band", (handmade_once,))
    assert draw_job(job).files == draw_job(job).files


def test_manifest_names_every_file_by_its_hash(handmade_once, rendered):
    manifest = read_json(rendered / "figures.json")
    listed = {}
    for entry in manifest["figures"].values():
        listed.update(entry["files"])
        assert entry["inputs"]
        for path, digest in entry["inputs"].items():
            assert sha256_file(handmade_once / path) == digest
    there = {p.name for p in rendered.iterdir() if p.name not in ("figures.json", ".rf-lock")}
    assert set(listed) == there
    for name, entry in listed.items():
        assert entry["sha256"] == sha256_file(rendered / name)
        assert entry["bytes"] == (rendered / name).stat().st_size


def test_no_file_holds_a_date_or_a_path(handmade_once, rendered):
    for path in rendered.iterdir():
        data = path.read_bytes()
        assert b"CreationDate" not in data
        assert bytes(str(handmade_once), "utf-8") not in data
        assert bytes(str(Path.home()), "utf-8") not in data or str(Path.home()) == "/"


def test_manifest_follows_its_schema(rendered, handmade, tmp_path):
    from jsonschema import Draft202012Validator

    text = files("rf_figs").joinpath("schemas/figures.schema.json").read_text(encoding="utf-8")
    validator = Draft202012Validator(json.loads(text))
    validator.check_schema(validator.schema)
    manifest = read_json(rendered / "figures.json")
    validator.validate(manifest)
    nothing = tmp_path / "nothing"
    outcomes = [draw_job(Job("training_config", (nothing,)))]
    (handmade / "run" / "run.json").write_text("{", encoding="utf-8")
    outcomes += [draw_job(Job("training_loss_curve", (nothing,)))]
    broken = draw_job(Job("training_config", (handmade,)))
    outcomes.append(replace(broken, name="broken"))
    write_outcomes(tmp_path / "o", outcomes, manifest["options"], force=False)
    skipped = read_json(tmp_path / "o" / "figures.json")
    validator.validate(skipped)
    del skipped["figures"]["training_config"]["skipped"]
    assert not validator.is_valid(skipped)
