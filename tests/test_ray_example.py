"""`examples/ray` on a cluster of two node processes: a worker is killed, and every record is there.

The example has an environment of its own, which uv makes; what it needs is fetched the first time.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

EXAMPLE = Path(__file__).parents[1] / "examples" / "ray"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="Ray's workers are found by their titles"),
    pytest.mark.skipif(shutil.which("uv") is None, reason="uv makes the example's environment"),
]


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """The commands of an environment with the example in it."""
    folder = tmp_path_factory.mktemp("ray") / "venv"
    environment = os.environ | {"UV_PROJECT_ENVIRONMENT": str(folder)}
    environment.pop("VIRTUAL_ENV", None)
    subprocess.run(
        ["uv", "sync", "--quiet", "--frozen", "--python", sys.executable],
        cwd=EXAMPLE, env=environment, check=True,
    )  # fmt: skip
    return folder / "bin"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A tiny model, and 60 records in two JSONL files and a Parquet file of two row groups."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from engine_models import save_model

    folder = tmp_path_factory.mktemp("requests")
    (folder / "data").mkdir()
    (folder / "model").mkdir()
    save_model(folder / "model", "llama")
    records = [record(i) for i in range(60)]
    for name, part in (("a", records[:25]), ("b", records[25:30])):
        text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in part)
        (folder / "data" / f"{name}.jsonl").write_text(text, encoding="utf-8")
    columns = {"id": [one["id"] for one in records[30:]]}
    columns["messages"] = [one["messages"] for one in records[30:]]
    columns["meta"] = [json.dumps(one["meta"]) for one in records[30:]]
    pq.write_table(pa.table(columns), folder / "data" / "c.parquet", row_group_size=20)
    return folder


def record(i):
    answer = {"filter_type": "chebyshev", "filter_band": "lowpass", "ripple_db": 0.1}
    answer |= {"fc": 1e9 + i, "fs": 2e9, "R0": 50, "La_target": 40, "order": 5}
    messages = [
        {"role": "user", "content": f"设计第 {i} 个低通滤波器"},
        {"role": "assistant", "content": json.dumps(answer)},
    ]
    return {"id": f"r-{i:03d}", "messages": messages, "meta": {"type": "full", "lang": "zh"}}


def command(scripts, place, out, workers=2):
    return [
        scripts / "rf-ray-local", "2", scripts / "rf-ray-answer", place / "data", "--out", out,
        "--set", f"model={place / 'model'}", "--set", "max_new_tokens=24",
        "--set", "precision=float32", "--set", f"cache={place / 'cache'}",
        "--workers", str(workers), "--shard-size", "2",
    ]  # fmt: skip


def engines(process):
    """A worker of a command below each node process, by the process id of the node."""
    found = {}
    for one in psutil.Process(process.pid).children(recursive=True):
        with suppress(psutil.Error):  # it has ended since
            if one.cmdline() and one.cmdline()[0].startswith("ray::Engine"):
                found[one.ppid()] = one
    return found


def without_times(path):
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [{k: v for k, v in line.items() if k != "seconds"} for line in lines]


def test_a_killed_worker_costs_no_record(scripts, place, tmp_path):
    out = tmp_path / "out"
    process = subprocess.Popen(
        command(scripts, place, out), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    # The first shard may be scored before the second worker is there; 36 shards leave it time.
    while len(workers := engines(process)) < 2 or not list(out.glob("shards/*/scores.jsonl")):
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.05)
    next(iter(workers.values())).send_signal(signal.SIGKILL)
    said, _ = process.communicate(timeout=600)
    assert process.returncode == 0, said
    assert "60 answers to 60 requests" in said

    lines = without_times(out / "predictions.jsonl")
    assert [line["id"] for line in lines] == [f"r-{i:03d}" for i in range(60)]
    scores = (out / "scores.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in scores] == [line["id"] for line in lines]
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert results["samples"] == 60

    before = (out / "predictions.jsonl").read_bytes()
    again = subprocess.run(command(scripts, place, out), capture_output=True, check=False)
    assert again.returncode == 0, again.stderr
    assert (out / "predictions.jsonl").read_bytes() == before  # nothing was asked again

    alone = [scripts / "rf-eval", "generate", "--data", place / "data" / "a.jsonl"]
    alone += ["--backend", "cpu", "--model", place / "model", "--max-new-tokens", "24"]
    alone += ["--precision", "float32", "--out", tmp_path / "alone"]
    subprocess.run(alone, check=True, capture_output=True)
    one_machine = without_times(tmp_path / "alone" / "predictions.jsonl")
    assert sorted(one_machine, key=lambda line: line["id"]) == lines[:25]


def test_shards_of_a_data_set_are_the_data_set(scripts, tmp_path):
    options = ["--preset", "quickstart", "--count", "train=40", "--count", "val=10"]
    options += ["--count", "test=10", "--count", "test_ood=10"]
    made = [scripts / "rf-ray-local", "2", scripts / "rf-ray-synthesize", *options]
    made += ["--out", tmp_path / "out", "--shards", "3", "--workers", "2"]
    subprocess.run(made, check=True, capture_output=True)
    whole = [scripts / "rf-synth", "generate", *options, "--out", tmp_path / "whole"]
    subprocess.run(whole, check=True, capture_output=True)
    for split in ("train", "val", "test", "test_ood"):
        name = f"{split}.jsonl"
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_bad_input_is_one_line(scripts, place, tmp_path):
    (tmp_path / "bad.jsonl").write_text('{"id": "x"}\n', encoding="utf-8")
    wrong = command(scripts, place, tmp_path / "out")
    wrong[3] = tmp_path / "bad.jsonl"
    done = subprocess.run(wrong, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last == f'rf-ray-answer: {tmp_path}/bad.jsonl:1: neither "messages" nor "request"'
