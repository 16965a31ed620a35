"""Several processes answer as one does: the same file, whatever happens on the way."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pytest
from answering import Answering
from rf_eval.backends import make_backend, processes
from rf_eval.errors import EvalError
from rf_eval.predictions import read_predictions
from rf_eval.runs import generate
from rf_eval.samples import Sample, read_dataset

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")


def made(model, devices=None):
    options = {"model": str(model), "max_new_tokens": 16, "batch_size": 2, "dtype": "float32"}
    return make_backend("hf", options | ({} if devices is None else {"devices": devices}))


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory):
    from engine_models import save_model

    folder = tmp_path_factory.mktemp("model")
    save_model(folder, "llama")
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory, helpers):
    """48 samples with dialogues: more than two shards, and second turns that need the first."""
    folder = tmp_path_factory.mktemp("data")
    return read_dataset(helpers.write_lines(folder / "test.jsonl", helpers.make_records(48)))


@pytest.fixture(scope="module")
def one_process(tiny_model, data, tmp_path_factory):
    """What a run without `devices` writes."""
    out = tmp_path_factory.mktemp("one")
    generate(data, "hf", made(tiny_model), out)
    return (out / "predictions.jsonl").read_bytes()


def test_two_processes_write_the_file_of_one(tiny_model, data, one_process, tmp_path):
    backend = made(tiny_model, devices=2)
    assert backend.describe() == made(tiny_model).describe()  # devices decide nothing
    done = generate(data, "hf", backend, tmp_path)
    backend._processes.end()
    assert (tmp_path / "predictions.jsonl").read_bytes() == one_process
    assert {key[2] for key in done.predictions} == {None, "own", "reference"}


def command(model, data, out, *options):
    return [
        sys.executable, "-m", "rf_eval", "generate", "--data", str(data.path), "--backend", "hf",
        "--model", str(model), "--max-new-tokens", "16", "--batch-size", "2", "--dtype", "float32",
        "--out", str(out), *options,
    ]  # fmt: skip


def children_of(parent):
    """Process ids of the processes that another one has started as `spawn` does, in that order."""
    found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(child) for child in found if b"spawn_main" in command_line(child)]


def command_line(process):
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:  # it has ended meanwhile
        return b""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in Linux's /proc")
@pytest.mark.parametrize("victim", ["a worker", "all of it"])
def test_a_killed_run_is_continued_to_the_same_bytes(
    victim, tiny_model, data, one_process, tmp_path
):
    file = tmp_path / "predictions.jsonl"
    process = subprocess.Popen(
        command(tiny_model, data, tmp_path, "--devices", "2"),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while len(workers := children_of(process.pid)) < 2 and process.poll() is None:
        time.sleep(0.01)
    assert process.poll() is None, process.stderr.read()
    # It is still loading torch: the second shard stays with it, and the run cannot end before the
    # kill, however late that comes.
    os.kill(workers[1], signal.SIGSTOP)
    while not (file.exists() and file.stat().st_size) and process.poll() is None:
        time.sleep(0.01)
    assert process.poll() is None, process.stderr.read()
    os.kill(workers[1] if victim == "a worker" else process.pid, signal.SIGKILL)
    if victim == "all of it":
        os.kill(workers[1], signal.SIGCONT)  # it sees that nobody asks any more, and ends
    _, said = process.communicate(timeout=600)
    if victim == "a worker":
        assert process.returncode == 1
        last = said.strip().splitlines()[-1]
        assert last.startswith("rf-eval: process 1 of 2 (counted from 0) was ended by SIGKILL")
    half = file.read_bytes()
    assert one_process.startswith(half) and len(half) < len(one_process)
    again = subprocess.run(
        command(tiny_model, data, tmp_path, "--devices", "3", "--resume"),
        check=False,
        capture_output=True,
    )
    assert again.returncode == 0, again.stderr
    assert file.read_bytes() == one_process
    assert len(read_predictions(file)) == one_process.count(b"\n")


def shards(*texts):
    return [[Sample(f"i{i}", [{"role": "user", "content": t}], "")] for i, t in enumerate(texts)]


def test_shards_are_passed_on_in_their_order():
    pool = processes.Processes(Answering(), 2)
    for _ in range(2):  # the processes stay for a second round
        found = [one.completion for shard in pool.answer(shards("slow", *"abcd")) for one in shard]
        assert found == ["slow", "a", "b", "c", "d"]
    assert list(pool.answer([])) == []
    pool.end()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("fail", "out of memory with a batch of one"),
        ("end", r"process [01] of 2 \(counted from 0\) ended with 3; the others were stopped"),
    ],
)
def test_what_goes_wrong_in_one_process_ends_all_in_one_line(text, reason):
    pool = processes.Processes(Answering(), 2)
    passed_on = []
    with pytest.raises(EvalError, match=reason):
        for shard in pool.answer(shards("a", text, *"bcd")):
            passed_on += shard
    assert [one.completion for one in passed_on] in ([], ["a"])
    assert pool._workers == []


def test_every_process_sees_one_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert processes._devices(2) == ["0", "1"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,6,7")
    assert processes._devices(2) == ["4", "6"]
    with pytest.raises(EvalError, match="devices: 4 asked for, 3 visible"):
        processes._devices(4)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert processes._devices(2) == [None, None]
