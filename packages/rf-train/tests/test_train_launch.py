"""`--devices N`: a process per device, one line where one of them ends, and how a start is told."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rf_train.cli import run
from rf_train.files.names import LAUNCHED
from rf_train.recipe.file import load_recipe
from torch._dynamo.utils import counters

linux_only = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")


def children(parent):
    """Process ids and ranks of a process's children."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            above = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            variables = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        rank = next((v[5:].decode() for v in variables if v.startswith(b"RANK=")), None)
        if above == parent and rank is not None:
            found[rank] = int(folder.name)
    return found


def command(recipe, *options):
    return [sys.executable, "-m", "rf_train", "train", str(recipe), *options]


ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}
KEYS = {"lora_dropout": 0.0, "gradient_accumulation_steps": 1, "memory_gb": 4.0}


@pytest.mark.slow
def test_two_devices_have_the_trajectory_of_one(tmp_path, write_recipe):
    """The same global batch of four samples; the first process has the terminal."""
    folders = [tmp_path / "one", tmp_path / "two"]
    keys = {**KEYS, "max_steps": 4, "logging_steps": 1}
    alone = {**keys, "per_device_train_batch_size": 4}
    assert run(["train", str(write_recipe("1.yaml", output_dir=str(folders[0]), **alone))]) == 0
    both = write_recipe("2.yaml", output_dir=str(folders[1]), **keys)
    done = subprocess.run(
        command(both, "--devices", "2"), capture_output=True, text=True, env=ENVIRONMENT,
        check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("4 steps of 4 samples") == 1
    logs = [(f / "trainer_log.jsonl").read_text(encoding="utf-8").splitlines() for f in folders]
    one, two = ([json.loads(line)["loss"] for line in log] for log in logs)
    assert two == pytest.approx(one, rel=2e-4)


@pytest.mark.slow
@linux_only
@pytest.mark.parametrize("rank", ["0", "1"])
def test_a_killed_process_ends_all_with_one_line(tmp_path, write_recipe, rank):
    folder = tmp_path / "run"
    recipe = write_recipe(output_dir=str(folder), **KEYS, max_steps=100_000, save_steps=2)
    with open(tmp_path / "err", "w") as errors:
        launcher = subprocess.Popen(
            command(recipe, "--devices", "2"), stdout=subprocess.DEVNULL, stderr=errors,
            env=ENVIRONMENT,
        )  # fmt: skip
        try:
            until = time.monotonic() + 900
            while not list(folder.glob("checkpoint-*")) and launcher.poll() is None:
                assert time.monotonic() < until
                time.sleep(0.1)
            os.kill(children(launcher.pid)[rank], signal.SIGKILL)
            assert launcher.wait(600) == 1
        finally:
            launcher.terminate()  # where the test has failed; it would train on
    assert not children(launcher.pid)
    words = (tmp_path / "err").read_text(encoding="utf-8").splitlines()
    words = [line for line in words if line and not line.startswith("train:")]
    assert words == [
        f"rf-train: process {rank} of 2 (counted from 0) was ended by SIGKILL, the others were "
        "stopped; --resume continues at the last checkpoint"
    ]
    ends = write_recipe("on.yaml", output_dir=str(folder), **KEYS, max_steps=100_000, save_steps=2)
    assert load_recipe(ends, ())[0].max_steps == 100_000
    assert list(folder.glob("checkpoint-*"))


@pytest.mark.slow
def test_what_every_process_finds_wrong_is_said_once(tmp_path, write_recipe):
    recipe = write_recipe(dataset=str(tmp_path / "missing.jsonl"))
    done = subprocess.run(
        command(recipe, "--devices", "2"), capture_output=True, text=True, env=ENVIRONMENT,
        check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "missing.jsonl" in done.stderr


def test_torchrun_and_devices_exclude_each_other(write_recipe, monkeypatch, capsys):
    monkeypatch.setenv("RANK", "0")
    assert run(["train", str(write_recipe()), "--devices", "2"]) == 2
    assert "torchrun has already started the processes" in capsys.readouterr().err


def test_a_lost_peer_is_one_line_under_torchrun_and_none_under_our_launcher(monkeypatch):
    from rf_train.errors import PeerLost
    from rf_train.training.distributed import detect_lost_peers

    lost = RuntimeError("[pair.cc:534] Connection closed by peer [127.0.0.1]:9999")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with (
        pytest.raises(PeerLost, match="another process of this run has ended"),
        detect_lost_peers(),
    ):
        raise lost
    with pytest.raises(RuntimeError, match="another"), detect_lost_peers():
        raise RuntimeError("another fault")
    monkeypatch.setenv("WORLD_SIZE", "1")
    with pytest.raises(RuntimeError, match="closed by peer"), detect_lost_peers():
        raise lost
    assert LAUNCHED not in os.environ


def test_the_start_is_told_recorded_and_planned(tmp_path, write_recipe, capsys, monkeypatch):
    """A run that compiles nothing leaves nothing in the cache folder."""
    counters.clear()  # other tests of this process may have compiled layers
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR", raising=False)
    recipe = write_recipe(max_steps=1)
    assert run(["train", str(recipe)]) == 0
    assert "first step done" in capsys.readouterr().out
    start = json.loads((tmp_path / "run/run.json").read_text(encoding="utf-8"))["truth"]["start"]
    assert 0 < start["first_step_seconds"] < start["seconds_to_first_step"]
    assert not (tmp_path / "cache/rf-train/compiled").exists()
    assert run(["plan", str(recipe), "--json"]) == 0
    planned = json.loads(capsys.readouterr().out)["start"]
    assert planned == {"cache": str(tmp_path / "cache/rf-train/compiled")}


@pytest.mark.slow
def test_compiled_layers_are_found_again(tmp_path, write_recipe):
    """The second process compiles nothing, and the plan knows both starts."""
    environment = {**ENVIRONMENT, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environment.pop("TORCHINDUCTOR_CACHE_DIR", None)
    starts = []
    recipe = write_recipe(max_steps=1, lora_dropout=0.0, torch_compile=True)
    for _ in range(2):
        done = subprocess.run(
            command(recipe, "--force"), capture_output=True, text=True, env=environment,
            check=False, timeout=1800,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        record = json.loads((tmp_path / "run/run.json").read_text(encoding="utf-8"))
        starts.append(record["truth"]["start"])
    assert starts[0]["graphs_compiled"] > 0
    assert starts[1]["graphs_compiled"] == 0
    totals = [start["graphs_from_cache"] + start["graphs_compiled"] for start in starts]
    assert totals[0] == totals[1]
    plan = [sys.executable, "-m", "rf_train", "plan", str(recipe), "--json"]
    done = subprocess.run(plan, capture_output=True, text=True, env=environment, check=True)
    planned = json.loads(done.stdout)["start"]
    assert planned["cold"] == starts[0]
    assert planned["warm"] == starts[1]
