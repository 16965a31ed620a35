"""Two CPU processes compute what one process computes: whole weights (torchrun) or divided ones."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from rf_train.cli import run
from safetensors.torch import load_file

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="torchrun needs gloo over POSIX sockets"),
]


def losses(folder):
    lines = (folder / "trainer_log.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["loss"] for line in lines if "eval_loss" not in line]


def torchrun(recipe, *options, processes=2):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    launcher = ["-m", "torch.distributed.run", "--nproc_per_node", str(processes)]
    command = [*launcher, "--master_port", str(port), "-m", "rf_train", "train", str(recipe)]
    return subprocess.run(
        [sys.executable, *command, *options],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
        timeout=1200,
    )


KEYS = {
    "lora_dropout": 0.0,
    "share_prefix": True,
    "max_steps": 8,
    "logging_steps": 1,
    "save_steps": 4,
}


@pytest.fixture(autouse=True)
def prompts(tmp_path, write_recipe):
    """Gives every dialogue one of two prompts, so that there is something to share."""
    path, texts = (
        tmp_path / "train.jsonl",
        ["Answer with one JSON object.", "只输出一个 JSON 对象。"],
    )
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for number, record in enumerate(records):
        record["messages"].insert(0, {"role": "system", "content": texts[number % 3 == 0]})
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")


@pytest.fixture
def alone(tmp_path, write_recipe):
    """One process that computes every sample whole; two share what all samples begin with."""
    folder, keys = tmp_path / "alone", KEYS | {"share_prefix": False}
    assert run(["train", str(write_recipe(output_dir=str(folder), **keys))]) == 0
    return folder


@pytest.mark.landing
def test_two_processes_have_the_trajectory_of_one(tmp_path, write_recipe, alone):
    """The same global batch: half as many samples per device; the epoch's last step is partial."""
    folder = tmp_path / "two"
    halved = {"gradient_accumulation_steps": 1}
    recipe = write_recipe(output_dir=str(folder), **KEYS, **halved)
    done = torchrun(recipe)
    assert done.returncode == 0, done.stderr[-3000:]
    assert losses(folder) == pytest.approx(losses(alone), rel=2e-4)
    one, two = (load_file(f / "adapter_model.safetensors") for f in (alone, folder))
    assert one.keys() == two.keys()
    for name, tensor in one.items():
        assert float((tensor - two[name]).abs().max()) < 2e-3, name
    assert done.stdout.count("8 steps of 4 samples") == 1  # one process speaks
    assert "tokens computed once for all samples that share them" in done.stdout


def test_two_processes_resume(tmp_path, write_recipe, alone):
    folder = tmp_path / "two"
    keys = {"output_dir": str(folder), **KEYS, "gradient_accumulation_steps": 1}
    first = write_recipe("first.yaml", **keys)
    assert torchrun(first).returncode == 0
    for name in ("checkpoint-8", "run.json"):
        path = folder / name
        path.unlink() if path.is_file() else [p.unlink() for p in path.iterdir()] and path.rmdir()
    done = torchrun(first, "--resume")
    assert done.returncode == 0, done.stderr[-3000:]
    assert "continuing from" in done.stdout
    assert losses(folder) == pytest.approx(losses(alone), rel=2e-4)


SHARDED = {"gradient_accumulation_steps": 1, "fsdp": "full_shard auto_wrap"}
KEPT = SHARDED | {"fsdp": "shard_grad_op"}  # gathered once, for both passes
WAYS = {
    "lora": {},
    # tied weights, no clipping, recomputed activations, one validation sample for two processes
    "full": {"finetuning_type": "full", "max_grad_norm": 0.0, "gradient_checkpointing": True,
             "micro_batch_tokens": 100, "val_size": 1, "load_best_model_at_end": True},
}  # fmt: skip


def in_two_processes(*commands):
    """Runs commands in two processes each; returns the output of the first process of each."""
    script = Path(__file__).with_name("two_processes.py")
    done = subprocess.run(
        [sys.executable, str(script), "1200", json.dumps(commands)],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
        timeout=1800,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    results = json.loads(done.stdout.splitlines()[-1])
    for processes in results:
        assert [code for code, _ in processes] == [0, 0], processes[0][1][-3000:]
    return [processes[0][1] for processes in results]


def stopped_after_four(finished, folder):
    """A copy of a run of eight steps as it was after four."""
    shutil.copytree(finished, folder)
    shutil.rmtree(folder / "checkpoint-8")
    (folder / "run.json").unlink()
    return folder


@pytest.fixture(scope="module")
def tied_folder(tmp_path_factory, model_folder):
    """The tiny model with one weight for embedding and output head."""
    from transformers import AutoConfig, AutoModelForCausalLM

    folder = tmp_path_factory.mktemp("tied") / "model"
    shutil.copytree(model_folder, folder)
    config = AutoConfig.from_pretrained(model_folder, tie_word_embeddings=True)
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    return folder


@pytest.fixture
def recipe_of(write_recipe, model_folder, tied_folder):
    """A factory: (way, folder, keys) -> recipe of a run by that way into that folder."""

    def recipe(way, folder, **keys):
        model = tied_folder if way == "full" else model_folder
        content = {**KEYS, **WAYS[way], "model_name_or_path": str(model), **keys}
        return str(write_recipe(f"{folder.name}.yaml", output_dir=str(folder), **content))

    return recipe


@pytest.fixture(scope="module")
def runs_folder(tmp_path_factory):
    """Filled by the first test that needs these runs."""
    return tmp_path_factory.mktemp("sharded") / "runs"


@pytest.fixture
def runs(runs_folder, recipe_of):
    """WAY-alone: by one process; WAY-two: by two with divided weights; WAY-joined: begun by one
    and continued by two, which keep a layer whole between its passes."""
    if not runs_folder.exists():
        commands = []
        for way in WAYS:
            alone, two = runs_folder / f"{way}-alone", runs_folder / f"{way}-two"
            assert run(["train", recipe_of(way, alone)]) == 0
            joined = stopped_after_four(alone, runs_folder / f"{way}-joined")
            commands.append(["train", recipe_of(way, two, **SHARDED)])
            commands.append(["train", recipe_of(way, joined, **KEPT), "--resume"])
        names = ("full_shard", "shard_grad_op") * len(WAYS)
        for output, name in zip(in_two_processes(*commands), names, strict=True):
            assert f"sharding: {name} over 2 processes" in output
    return runs_folder


def assert_equal_tensors(one, two):
    one, two = load_file(one), load_file(two)
    assert {k: v.shape for k, v in one.items()} == {k: v.shape for k, v in two.items()}
    for name, tensor in one.items():
        assert float((tensor - two[name]).abs().max()) < 2e-3, name


def log_of(folder):
    lines = (folder / "trainer_log.jsonl").read_text(encoding="utf-8").splitlines()
    keys = ("current_steps", "loss", "eval_loss", "lr", "grad_norm")
    return [{k: v for k, v in json.loads(line).items() if k in keys} for line in lines]


def assert_equal_logs(one, two):
    """Losses, validation losses and gradient norms; the norm is that of all parts together."""
    one, two = log_of(one), log_of(two)
    assert len(one) == len(two)
    for first, second in zip(one, two, strict=True):
        assert second == pytest.approx(first, rel=2e-4)


@pytest.mark.parametrize("way", WAYS)
def test_divided_weights_have_the_trajectory_of_whole_ones(runs, way):
    alone, two = runs / f"{way}-alone", runs / f"{way}-two"
    assert_equal_logs(alone, two)
    weights = "model.safetensors" if way == "full" else "adapter_model.safetensors"
    for name in (weights, f"checkpoint-4/{weights}", "checkpoint-4/optimizer.safetensors"):
        assert_equal_tensors(alone / name, two / name)
    truths = [
        json.loads((f / "run.json").read_text(encoding="utf-8"))["truth"] for f in (alone, two)
    ]
    assert truths[0]["sharding"].startswith("none")
    assert truths[1]["sharding"].startswith("full_shard over 2 processes")
    assert truths[0]["trainable_parameters"] == truths[1]["trainable_parameters"]


@pytest.mark.parametrize("way", WAYS)
def test_a_run_goes_on_with_weights_divided_otherwise(tmp_path, runs, recipe_of, way):
    assert_equal_logs(runs / f"{way}-alone", runs / f"{way}-joined")
    parted = stopped_after_four(runs / f"{way}-two", tmp_path / "parted")
    assert run(["train", recipe_of(way, parted), "--resume"]) == 0
    assert_equal_logs(runs / f"{way}-alone", parted)


def test_a_sharded_run_ends_with_a_whole_model(runs):
    from transformers import AutoModelForCausalLM

    model, names = AutoModelForCausalLM.from_pretrained(runs / "full-two", output_loading_info=True)
    assert not names["missing_keys"] and not names["unexpected_keys"]
    assert model.lm_head.weight is model.model.embed_tokens.weight
