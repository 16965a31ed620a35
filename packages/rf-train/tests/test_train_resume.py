"""Stopping and going on: kill -9, Ctrl-C, a full disk; what a resume accepts and refuses."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import torch
from rf_jsonl import locked_folder
from rf_train.cli import run
from rf_train.files.checkpoint_folders import list_checkpoints
from rf_train.training import checkpoints
from rf_train.training.identity import differences
from safetensors.torch import load_file, save_file

TIMES = ("elapsed_time", "remaining_time", "tokens_per_second")


def log_of(folder: Path) -> list[dict]:
    lines = (folder / "trainer_log.jsonl").read_text(encoding="utf-8").splitlines()
    return [{k: v for k, v in json.loads(line).items() if k not in TIMES} for line in lines]


def results_of(folder: Path) -> dict[str, float]:
    results = json.loads((folder / "all_results.json").read_text(encoding="utf-8"))
    return {k: v for k, v in results.items() if "second" not in k and "runtime" not in k}


def assert_equal_runs(one: Path, other: Path) -> None:
    """Bit for bit, but for times: the log, the results and the adapter; the same files."""
    assert log_of(one) == log_of(other)
    assert results_of(one) == results_of(other)
    assert sorted(p.name for p in one.iterdir()) == sorted(p.name for p in other.iterdir())
    first, second = (load_file(f / "adapter_model.safetensors") for f in (one, other))
    assert first.keys() == second.keys()
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name]), name


WATCHED = {
    "max_steps": 12,
    "save_steps": 3,
    "save_total_limit": 2,
    "val_size": 0.2,
    "eval_steps": 4,
    "load_best_model_at_end": True,
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the runs are forked")
def test_kill_and_resume_is_the_uninterrupted_run(tmp_path, write_recipe):
    """Three runs, each killed one to four times at moments drawn over the length of a run."""
    folders = [tmp_path / f"run-{number}" for number in range(4)]
    recipes = [str(write_recipe(f"{f.name}.yaml", output_dir=str(f), **WATCHED)) for f in folders]
    script = Path(__file__).with_name("killed_runs.py")
    done = subprocess.run(
        [sys.executable, str(script), json.dumps(recipes), "4", "1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    runs = json.loads(done.stdout.splitlines()[-1])["runs"]
    assert [run["code"] for run in runs] == [0, 0, 0, 0]
    assert all(run["killed_at"] for run in runs[1:])
    for folder in folders[1:]:
        assert_equal_runs(folder, folders[0])


def test_ten_steps_are_five_and_a_resume_and_five(tmp_path, uninterrupted, write_recipe):
    """The first half stops by itself in the middle of a log line's window."""
    folder = tmp_path / "halves"
    recipe = write_recipe(output_dir=str(folder))
    stops = iter([False] * 4 + [True])  # behind the fifth step
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rf_train.training.loop.stop_requested", lambda *_: next(stops))
        assert run(["train", str(recipe)]) == 130
    assert not (folder / "train_results.json").exists()
    assert [line["current_steps"] for line in log_of(folder)] == [2, 4]
    with open(folder / "trainer_log.jsonl", "ab") as file:
        file.write(b'{"current_steps": 9, "tot')  # a line that a kill cut short
    (folder / ".checkpoint-7.rf-tmp").mkdir()
    assert run(["train", str(recipe), "--resume"]) == 0
    assert_equal_runs(folder, uninterrupted)


@pytest.mark.parametrize("early", [False, True])
def test_a_run_killed_behind_its_last_step_takes_no_more(tmp_path, write_recipe, early):
    """By the number of steps or by early stopping; the rate never falls, so a step would show."""
    keys = {"lr_scheduler_type": "constant"}
    if early:
        keys |= {"val_size": 0.3, "eval_steps": 1, "early_stopping_steps": 2, "max_steps": 40}
        keys |= {"learning_rate": 100.0, "load_best_model_at_end": True}
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert run(["train", str(write_recipe(output_dir=str(whole), **keys))]) == 0
    shutil.copytree(whole, killed)
    for name in ("adapter_model.safetensors", "all_results.json", "train_results.json"):
        (killed / name).unlink()
    unfinished(killed)
    recipe = write_recipe(output_dir=str(killed), **keys)
    assert run(["train", str(recipe), "--resume"]) == 0
    assert_equal_runs(killed, whole)


def unfinished(folder: Path) -> None:
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    del record["finished"]
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")


def test_what_is_half_deleted_is_no_checkpoint(tmp_path, uninterrupted, monkeypatch):
    """Its name goes first, and the next start clears the rest away."""
    folder = tmp_path / "copy"
    shutil.copytree(uninterrupted, folder)
    monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)  # a kill before the first file
    checkpoints.rotate(folder, 1, None)
    assert [step for step, _ in list_checkpoints(folder)] == [10]
    assert (folder / ".checkpoint-5.old.rf-tmp" / "progress.json").exists()
    monkeypatch.undo()
    with locked_folder(folder):
        pass
    assert [path.name for path in folder.glob("*checkpoint-*")] == ["checkpoint-10"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_ctrl_c_saves_and_says_how_to_go_on(tmp_path, write_recipe, capsys):
    """The log's first line is written during a step, so the handler is in place by then."""
    folder = tmp_path / "stopped"
    log = folder / "trainer_log.jsonl"
    recipe = write_recipe(output_dir=str(folder), max_steps=2000)

    def interrupt():
        while not (log.exists() and log.stat().st_size):
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    assert run(["train", str(recipe)]) == 130
    output, errors = capsys.readouterr()
    assert "stopping after this step" in output
    assert "saved; continue with --resume" in errors
    step, _ = list_checkpoints(folder)[-1]
    assert f"stopped at step {step}" in errors


def test_a_complete_run_is_left_alone(uninterrupted, write_recipe, capsys):
    recipe = write_recipe(output_dir=str(uninterrupted))
    before = (uninterrupted / "run.json").read_bytes()
    for options in ([], ["--resume"], ["--resume", "--force"]):
        assert run(["train", str(recipe), *options]) == 0
        assert "unchanged" in capsys.readouterr().out
    assert (uninterrupted / "run.json").read_bytes() == before


def test_another_recipe_or_other_data_is_refused(tmp_path, uninterrupted, write_recipe, capsys):
    folder = tmp_path / "copy"
    shutil.copytree(uninterrupted, folder)
    recipe = write_recipe(output_dir=str(folder), learning_rate=5e-4)
    assert run(["train", str(recipe)]) == 1
    assert "holds a run already" in capsys.readouterr().err
    assert run(["train", str(recipe), "--resume"]) == 1
    assert "recipe learning_rate: 0.001 -> 0.0005" in capsys.readouterr().err
    with open(tmp_path / "train.jsonl", "a", encoding="utf-8") as file:
        file.write((tmp_path / "train.jsonl").read_text(encoding="utf-8").splitlines()[0] + "\n")
    assert run(["train", str(write_recipe(output_dir=str(folder))), "--resume"]) == 1
    assert "data train: " in capsys.readouterr().err
    assert run(["train", str(recipe), "--resume", "--force", "--set", "max_steps=1"]) == 0
    assert [line["current_steps"] for line in log_of(folder)] == [1]


def test_allowed_changes_continue_the_run(tmp_path, uninterrupted, write_recipe):
    folder = tmp_path / "longer"
    shutil.copytree(uninterrupted, folder)
    recipe = write_recipe(output_dir=str(folder), max_steps=12)
    assert run(["train", str(recipe), "--resume", "--allow-changes"]) == 0
    assert [line["current_steps"] for line in log_of(folder)] == [2, 4, 6, 8, 10, 12]


@pytest.mark.skipif(os.name == "nt", reason="POSIX resource limits")
@pytest.mark.parametrize("keys", [{}, {"finetuning_type": "full"}])
def test_a_full_disk_keeps_the_previous_checkpoint(
    tmp_path, write_recipe, capsys, monkeypatch, keys
):
    folder = tmp_path / "full"
    recipe = write_recipe(output_dir=str(folder), **keys)
    write = checkpoints.write_checkpoint
    monkeypatch.setattr(checkpoints, "write_checkpoint", without_room_at(10, write))
    assert run(["train", str(recipe)]) == 1
    assert capsys.readouterr().err.strip().startswith(f"rf-train: {folder}/checkpoint-10: ")
    assert [step for step, _ in list_checkpoints(folder)] == [5]
    assert not list(folder.glob(".checkpoint*"))
    monkeypatch.undo()
    assert run(["train", str(recipe), "--resume"]) == 0


def without_room_at(step, write):
    """`write_checkpoint` on a disk that takes 20,000 bytes per file at that step."""
    import resource

    def limited(folder, state, **keys):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        if state.step == step:
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
        try:
            return write(folder, state, **keys)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limited


def test_a_diverged_run_stops_and_saves_no_nonsense(tmp_path, write_recipe, capsys):
    folder = tmp_path / "diverged"
    keys = {"learning_rate": 1e30, "max_grad_norm": 0, "lr_scheduler_type": "constant"}
    recipe = write_recipe(output_dir=str(folder), save_steps=1, logging_steps=3, **keys)
    assert run(["train", str(recipe)]) == 1
    error = capsys.readouterr().err
    assert "step 2: the loss became NaN or infinite (the last checkpoint is checkpoint-1" in error
    assert [step for step, _ in list_checkpoints(folder)] == [1]


def test_a_pickled_adapter_is_refused(tmp_path, uninterrupted, write_recipe, capsys):
    folder = tmp_path / "copy"
    shutil.copytree(uninterrupted, folder)
    shutil.rmtree(folder / "checkpoint-10")
    adapter = folder / "checkpoint-5" / "adapter_model.safetensors"
    torch.save(load_file(adapter), folder / "checkpoint-5" / "adapter_model.bin")
    adapter.unlink()
    unfinished(folder)
    assert run(["train", str(write_recipe(output_dir=str(folder))), "--resume"]) == 1
    assert "adapter_model.bin: is a pickle" in capsys.readouterr().err


def test_another_tokenizer_is_refused(tmp_path, model_folder, write_recipe, capsys):
    """Its ids would be other ids, whatever the data's hash says."""
    base, folder = tmp_path / "base", tmp_path / "run"
    shutil.copytree(model_folder, base)
    recipe = write_recipe(output_dir=str(folder), model_name_or_path=str(base), max_steps=5)
    assert run(["train", str(recipe)]) == 0
    with open(base / "tokenizer.json", "a", encoding="utf-8") as file:
        file.write("\n")
    assert run(["train", str(recipe), "--resume"]) == 1
    assert "model tokenizer.json: " in capsys.readouterr().err


def test_a_key_that_an_older_version_lacked_counts_as_its_default():
    """A run begun before `mask_history` existed goes on, unless the recipe switches it on."""
    old = {"recipe": {"seed": 42}, "data": {}, "model": {}}
    assert differences(old, {**old, "recipe": {"seed": 42, "mask_history": False}}) == []
    changed = differences(old, {**old, "recipe": {"seed": 42, "mask_history": True}})
    assert changed == ["recipe mask_history: False -> True"]


def test_another_base_of_the_same_shape_is_refused(tmp_path, model_folder, write_recipe, capsys):
    base, folder = tmp_path / "base", tmp_path / "run"
    shutil.copytree(model_folder, base)
    recipe = write_recipe(output_dir=str(folder), model_name_or_path=str(base), max_steps=5)
    assert run(["train", str(recipe)]) == 0
    tensors = load_file(base / "model.safetensors")
    tensors["model.norm.weight"] *= 1.01
    save_file(tensors, base / "model.safetensors", metadata={"format": "pt"})
    assert run(["train", str(recipe), "--resume"]) == 1
    assert "model fingerprint: " in capsys.readouterr().err
    old = {"recipe": {}, "data": {}, "model": {"config": "c"}}  # of a version that took none
    assert differences(old, {**old, "model": {"config": "c", "fingerprint": "f"}}) == []


def test_one_dialogue_can_be_held_out(tmp_path, write_recipe, capsys):
    """`val_size: 1` is one dialogue, not all of them; resuming keeps it the same one."""
    keys = {"val_size": 1, "eval_steps": 2, "max_steps": 6, "save_steps": 3}
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    assert run(["train", str(write_recipe(output_dir=str(whole), **keys))]) == 0
    record = json.loads((whole / "run.json").read_text(encoding="utf-8"))
    assert (record["data"]["train"]["records"], record["data"]["eval"]["records"]) == (21, 1)
    stops = iter([False] * 2 + [True])
    recipe = write_recipe(output_dir=str(halves), **keys)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rf_train.training.loop.stop_requested", lambda *_: next(stops))
        assert run(["train", str(recipe)]) == 130
    assert run(["train", str(recipe), "--resume"]) == 0
    assert_equal_runs(halves, whole)
    for size in (22, 0.001):
        capsys.readouterr()
        assert run(["train", str(recipe), "--force", "--set", f"val_size={size}"]) == 1
        assert "of 22 dialogues leaves one side empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"lora_rank": 8}, "recipe lora_rank: 4 -> 8: the weights of its checkpoints do not fit"),
        ({"lora_target": "q_proj"}, "recipe lora_target: ['all'] -> ['q_proj']: the weights"),
        ({"finetuning_type": "full"}, "recipe finetuning_type: lora -> full: the weights"),
        ({"max_steps": 4}, "checkpoint-10: is beyond the 4 steps of this recipe"),
    ],
)
def test_changes_that_no_checkpoint_can_follow_are_refused(
    tmp_path, uninterrupted, write_recipe, capsys, keys, reason
):
    folder = tmp_path / "copy"
    shutil.copytree(uninterrupted, folder)
    recipe = write_recipe(output_dir=str(folder), **keys)
    assert run(["train", str(recipe), "--resume", "--allow-changes"]) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert reason in lines[0]
    if "max_steps" not in keys:
        before = json.loads((uninterrupted / "run.json").read_text(encoding="utf-8"))
        assert json.loads((folder / "run.json").read_text(encoding="utf-8")) == before


def test_a_base_of_other_shapes_is_one_line(tmp_path, uninterrupted, write_recipe, capsys):
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    source = json.loads((uninterrupted / "run.json").read_text(encoding="utf-8"))["model"]["path"]
    config, model = AutoConfig.from_pretrained(source, intermediate_size=128), tmp_path / "wider"
    AutoModelForCausalLM.from_config(config).save_pretrained(model)
    AutoTokenizer.from_pretrained(source).save_pretrained(model)
    folder = tmp_path / "copy"
    shutil.copytree(uninterrupted, folder)
    recipe = write_recipe(output_dir=str(folder), model_name_or_path=str(model), max_steps=12)
    assert run(["train", str(recipe), "--resume", "--allow-changes"]) == 1
    assert "weights do not fit: size mismatch for base_model" in capsys.readouterr().err


@pytest.mark.parametrize(
    "keys", [{"learning_rate": 4e-3}, {"weight_decay": 0.5}, {"lr_scheduler_type": "constant"}]
)
def test_allowed_changes_take_effect(tmp_path, uninterrupted, write_recipe, keys):
    """From the checkpoint on; the log before it is that of the old recipe."""
    folders = [tmp_path / "same", tmp_path / "changed"]
    for folder, changed in zip(folders, ({}, keys), strict=True):
        shutil.copytree(uninterrupted, folder)
        recipe = write_recipe(output_dir=str(folder), max_steps=14, **changed)
        assert run(["train", str(recipe), "--resume", "--allow-changes"]) == 0
    same, changed = (log_of(folder) for folder in folders)
    assert same[:5] == changed[:5]
    first, second = (load_file(f / "adapter_model.safetensors") for f in folders)
    assert any(not torch.equal(first[name], second[name]) for name in first)
    if "learning_rate" in keys:
        assert [line["lr"] for line in changed[5:]] == [4 * line["lr"] for line in same[5:]]


def test_the_same_batch_made_up_otherwise_is_the_same_run(
    tmp_path, uninterrupted, write_recipe, capsys
):
    """As on another number of devices (test_train_distributed.py); another batch is refused."""
    folder = tmp_path / "copy"
    shutil.copytree(uninterrupted, folder)
    unfinished(folder)
    keys = {"per_device_train_batch_size": 1, "gradient_accumulation_steps": 4}
    recipe = write_recipe(output_dir=str(folder), **keys)
    assert run(["train", str(recipe), "--resume"]) == 0
    assert_equal_runs(folder, uninterrupted)
    unfinished(folder)
    recipe = write_recipe(output_dir=str(folder), gradient_accumulation_steps=4, max_steps=12)
    capsys.readouterr()
    assert run(["train", str(recipe), "--resume"]) == 1
    assert "samples_per_step: 4 -> 8" in capsys.readouterr().err
    assert run(["train", str(recipe), "--resume", "--allow-changes"]) == 0
    assert [line["current_steps"] for line in log_of(folder)] == [2, 4, 6, 8, 10, 12]
