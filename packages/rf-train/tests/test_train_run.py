"""Whole runs of the command on a two-layer model: files, log, resuming, stopping, refusing."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
import torch
from rf_train.cli import run
from safetensors.torch import load_file

TIMES = ("elapsed_time", "remaining_time", "tokens_per_second")


def log_of(folder: Path) -> list[dict]:
    lines = (folder / "trainer_log.jsonl").read_text(encoding="utf-8").splitlines()
    return [{k: v for k, v in json.loads(line).items() if k not in TIMES} for line in lines]


def adapter_of(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "adapter_model.safetensors")


def assert_equal_runs(one: Path, other: Path) -> None:
    """Bit for bit: the log but for its times, and the adapter."""
    assert log_of(one) == log_of(other)
    first, second = adapter_of(one), adapter_of(other)
    assert first.keys() == second.keys()
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name]), name


def test_a_run_folder_holds_what_the_contract_says(uninterrupted):
    names = {path.name for path in uninterrupted.iterdir()}
    assert names >= {
        "adapter_model.safetensors",
        "adapter_config.json",
        "tokenizer.json",
        "chat_template.jinja",
        "trainer_log.jsonl",
        "train_results.json",
        "all_results.json",
        "run.json",
        "checkpoint-5",
        "checkpoint-10",
    }
    log = log_of(uninterrupted)
    assert [line["current_steps"] for line in log] == [2, 4, 6, 8, 10]
    assert all(line["total_steps"] == 10 and line["loss"] > 0 for line in log)
    assert [line["percentage"] for line in log] == [20, 40, 60, 80, 100]
    results = json.loads((uninterrupted / "train_results.json").read_text())
    assert list(results) == [
        "epoch",
        "total_flos",
        "train_loss",
        "train_runtime",
        "train_samples_per_second",
        "train_steps_per_second",
    ]
    assert results["train_loss"] == pytest.approx(sum(x["loss"] for x in log) / 5)
    assert results["epoch"] == pytest.approx(10 / 6, abs=1e-4)


def test_the_record_tells_the_truth(uninterrupted, model_folder):
    record = json.loads((uninterrupted / "run.json").read_text(encoding="utf-8"))
    # r (in + out) over q, k, v, o, gate, up, down of both layers
    sizes = [(48, 64), (48, 32), (48, 32), (64, 48), (48, 96), (48, 96), (96, 48)]
    assert record["truth"]["trainable_parameters"] == 2 * 4 * sum(a + b for a, b in sizes)
    assert record["truth"]["quantised_linears"] == 0
    assert record["truth"]["adapter_dtype"] == "float32"
    assert record["model"]["path"] == str(model_folder)
    assert record["rendering"]["stop"] == ["<|im_end|>"]
    assert record["data"]["train"]["records"] == 22
    assert record["recipe"]["lora_alpha"] is None
    assert record["recipe"]["cutoff_len"] == 2048
    assert record["finished"] >= record["started"]


def test_the_files_meet_their_schemas(uninterrupted):
    import jsonschema

    schemas = Path(__file__).parents[1] / "src/rf_train/schemas"

    def check(name: str, record: dict) -> None:
        schema = json.loads((schemas / f"{name}.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(record, schema)

    check("run", json.loads((uninterrupted / "run.json").read_text(encoding="utf-8")))
    check("train_results", json.loads((uninterrupted / "train_results.json").read_text()))
    for line in (uninterrupted / "trainer_log.jsonl").read_text().splitlines():
        check("trainer_log", json.loads(line))


@pytest.mark.skipif(os.name == "nt", reason="POSIX file modes")
@pytest.mark.parametrize("keys", [{}, {"finetuning_type": "full"}])
def test_weights_have_the_mode_of_any_new_file(tmp_path, write_recipe, keys):
    folder = tmp_path / "modes"
    recipe = write_recipe(output_dir=str(folder), max_steps=1, **keys)
    before = os.umask(0o027)
    try:
        assert run(["train", str(recipe)]) == 0
    finally:
        os.umask(before)
    written = list(folder.rglob("*.safetensors"))
    assert len(written) == 3  # the run's, its checkpoint's and the optimiser's
    assert {path.stat().st_mode & 0o777 for path in [*written, folder / "run.json"]} == {0o640}
    assert not list(folder.rglob(".mode*"))


def test_training_changes_the_adapter_and_lowers_the_loss(uninterrupted):
    log = log_of(uninterrupted)
    assert log[-1]["loss"] < log[0]["loss"]
    ups = [t for name, t in adapter_of(uninterrupted).items() if "lora_B" in name]
    assert len(ups) == 14
    assert all(float(t.abs().max()) > 0 for t in ups)  # they start at zero


def test_one_step_at_a_low_rate_moves_every_adapter_a_little(tmp_path, write_recipe):
    folder = tmp_path / "low"
    keys = {"max_steps": 1, "learning_rate": 1e-6, "lr_scheduler_type": "constant"}
    assert run(["train", str(write_recipe(output_dir=str(folder), **keys))]) == 0
    ups = [t for name, t in adapter_of(folder).items() if "lora_B" in name]
    # AdamW's first step is the rate times the sign of the gradient
    assert all(0 < float(t.abs().max()) <= 1.01e-6 for t in ups)


def test_every_step_logs_the_mean_over_its_answer_tokens(
    tmp_path, write_recipe, model_folder, tokenizer
):
    """Six steps of 4, 4, 4, 4, 4 and 2 samples at a rate of nearly nothing: the base model's own
    loss of each, by transformers' forward pass, a sample at a time."""
    from rf_train.data.schedule import Schedule
    from rf_train.data.sources import Source
    from rf_train.data.templates import TEMPLATES
    from rf_train.data.tokenised import read_samples
    from transformers import AutoModelForCausalLM

    keys = {"learning_rate": 1e-12, "lora_dropout": 0.0, "max_steps": 6, "logging_steps": 1}
    folder = tmp_path / "still"
    assert run(["train", str(write_recipe(output_dir=str(folder), **keys))]) == 0
    source = Source(tmp_path / "train.jsonl")
    samples = read_samples(source, tokenizer, TEMPLATES["chatml"], cutoff_len=2048)
    model = AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float32)

    def losses(index):
        ids, marks = (torch.from_numpy(part.copy()) for part in samples.sample(index))
        with torch.no_grad():
            logits = model(input_ids=ids.long()[None]).logits[0]
        each = torch.nn.functional.cross_entropy(logits[:-1], ids[1:].long(), reduction="none")
        return each[marks[1:]]

    steps = [Schedule(22, 4, 6, seed=42).step(number) for number in range(6)]
    assert [len(step) for step in steps] == [4, 4, 4, 4, 4, 2]
    expected = [float(torch.cat([losses(i) for i in step]).mean()) for step in steps]
    assert [line["loss"] for line in log_of(folder)] == pytest.approx(expected, rel=1e-5)


def test_the_same_seed_gives_the_same_run(tmp_path, uninterrupted, write_recipe):
    again, other = tmp_path / "again", tmp_path / "other"
    assert run(["train", str(write_recipe(output_dir=str(again)))]) == 0
    assert_equal_runs(again, uninterrupted)
    assert run(["train", str(write_recipe(output_dir=str(other), seed=7))]) == 0
    assert log_of(other) != log_of(uninterrupted)


def test_how_a_step_is_cut_does_not_change_the_run(tmp_path, write_recipe):
    """Same data, same losses: one batch, four of one, padded, recomputed, all logits."""
    ways = {
        "packed": {},
        "plain": {"cut": "plain", "per_device_train_batch_size": 1,
                  "gradient_accumulation_steps": 4, "answer_logits_only": False},
        "padded": {"packing": False, "micro_batch_tokens": 200},
        "recomputed": {"gradient_checkpointing": True, "micro_batch_tokens": 150},
    }  # fmt: skip
    curves = {}
    for name, keys in ways.items():
        folder = tmp_path / name
        recipe = write_recipe(output_dir=str(folder), lora_dropout=0.0, max_steps=7, **keys)
        assert run(["train", str(recipe)]) == 0
        curves[name] = [line["loss"] for line in log_of(folder)]
    for curve in curves.values():
        assert curve == pytest.approx(curves["packed"], rel=1e-4)


def test_validation_picks_the_best_checkpoint_and_stops(tmp_path, write_recipe):
    """A rate that destroys the model: sooner or later two evaluations bring no gain."""
    folder = tmp_path / "watched"
    recipe = write_recipe(
        output_dir=str(folder),
        val_size=0.3,
        eval_steps=1,
        early_stopping_steps=2,
        load_best_model_at_end=True,
        learning_rate=100.0,
        lr_scheduler_type="constant",
        save_total_limit=1,
        max_steps=40,
    )
    assert run(["train", str(recipe)]) == 0
    losses = [line["eval_loss"] for line in log_of(folder) if "eval_loss" in line]
    best = losses.index(min(losses)) + 1
    assert len(losses) == best + 2 < 40
    kept = load_file(folder / f"checkpoint-{best}" / "adapter_model.safetensors")
    assert all(torch.equal(t, kept[name]) for name, t in adapter_of(folder).items())


def test_tensorboard_is_written_where_asked(tmp_path, write_recipe):
    pytest.importorskip("tensorboard")
    folder = tmp_path / "board"
    recipe = write_recipe(output_dir=str(folder), report_to="tensorboard", max_steps=2)
    assert run(["train", str(recipe)]) == 0
    [events] = folder.rglob("events.out.tfevents.*")
    scalars = scalars_of(events)
    [line] = log_of(folder)
    assert scalars["train/loss"] == [(2, pytest.approx(line["loss"]))]
    assert scalars["train/learning_rate"] == [(2, pytest.approx(line["lr"]))]
    assert scalars["train/grad_norm"] == [(2, pytest.approx(line["grad_norm"]))]


def scalars_of(path):
    """Name → [(step, value)] of a TensorBoard file, read by TensorBoard itself."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(path)).Reload()
    return {
        name: [(event.step, event.value) for event in found.Scalars(name)]
        for name in found.Tags()["scalars"]
    }


def test_one_process_uses_one_of_two_visible_gpus_and_says_so(monkeypatch):
    """No DataParallel, which would cut every micro-batch in two and average the halves."""
    from rf_train.model.device import pick_device
    from rf_train.training.distributed import unused_devices_remark

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert pick_device() == torch.device("cuda", 0)
    assert "2 GPUs are visible, one process uses the first" in unused_devices_remark()
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert pick_device() == torch.device("cuda", 1)
    assert unused_devices_remark() is None


def test_the_model_is_not_replicated_over_visible_gpus(tmp_path, write_recipe, monkeypatch, capsys):
    """A whole run with two devices in sight of the trainer, which itself computes on the CPU."""
    from rf_train.training import announce, loop

    seen = []
    accumulate = loop.accumulate_gradients
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(announce, "unused_devices_remark", lambda: "2 GPUs are visible")
    monkeypatch.setattr(
        loop, "accumulate_gradients", lambda job, step: seen.append(job) or accumulate(job, step)
    )
    assert run(["train", str(write_recipe(output_dir=str(tmp_path / "run"), max_steps=1))]) == 0
    assert "2 GPUs are visible" in capsys.readouterr().out
    [job] = seen
    assert job.parallel is job.model
    assert not any(isinstance(m, torch.nn.DataParallel) for m in job.parallel.modules())


def test_a_missing_reporter_is_named(tmp_path, write_recipe, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    recipe = write_recipe(output_dir=str(tmp_path / "board"), report_to="tensorboard")
    assert run(["train", str(recipe)]) == 1
    assert "report_to: not installed (pip install" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"model_name_or_path": "/no/such/model"}, "/no/such/model: no such model folder"),
        ({"model_name_or_path": "embedded:GPT-5"}, "only embedded:SmolLM2-135M-Instruct"),
        ({"dataset": "missing.jsonl"}, "missing.jsonl: no such file"),
        ({"dataset": None}, "dataset: is missing"),
        ({"lora_target": "q_prj"}, "lora_target: "),
        ({"template": "qwen3"}, "template: qwen3 is the tokenizer's own"),
        ({"val_size": 500}, "leaves one side empty"),
        ({"memory_gb": 0.001}, "does not fit: the longest sample"),
        ({"cutoff_len": 8}, "no sample is left of 22 records"),
    ],
)
def test_bad_input_is_one_line(tmp_path, write_recipe, capsys, keys, reason):
    recipe = write_recipe(output_dir=str(tmp_path / "bad"), **keys)
    assert run(["train", str(recipe)]) == 1
    errors = capsys.readouterr().err.strip().splitlines()
    assert reason in errors[-1]
    assert errors[-1].startswith("rf-train: ")


def test_pickled_weights_are_refused(tmp_path, model_folder, write_recipe, capsys):
    folder = tmp_path / "pickled"
    shutil.copytree(model_folder, folder)
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    recipe = write_recipe(model_name_or_path=str(folder), output_dir=str(tmp_path / "p"))
    assert run(["train", str(recipe)]) == 1
    assert "pytorch_model.bin), only safetensors are read" in capsys.readouterr().err


def test_quantised_training_counts_its_layers(tmp_path, write_recipe):
    folder = tmp_path / "nf4"
    recipe = write_recipe(output_dir=str(folder), quantization_bit=4, max_steps=2)
    assert run(["train", str(recipe)]) == 0
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert record["truth"]["quantised_linears"] == 14
    assert "nf4 quantised" in record["truth"]["frozen_weights"]


def test_a_layer_that_is_not_quantised_stops_the_run(make_model):
    """What the published run may have missed: the count is compared, not only printed."""
    from rf_train.errors import TrainError
    from rf_train.model.answer_loss_model import AnswerLossModel
    from rf_train.model.loading import quantised_linear
    from rf_train.model.lora import attach_adapter
    from rf_train.recipe.file import resolve
    from rf_train.training.record import model_facts

    recipe, _ = resolve({"model_name_or_path": "m", "quantization_bit": 4})
    model = make_model().requires_grad_(False)
    linears = [(m, name) for m in model.model.modules() for name, child in m.named_children()
               if isinstance(child, torch.nn.Linear)]  # fmt: skip
    for module, name in linears[:-1]:
        setattr(module, name, quantised_linear(getattr(module, name), recipe))
    with pytest.raises(TrainError, match=r"13 layers were quantised, 1 linear layers were not"):
        model_facts(AnswerLossModel(attach_adapter(model, recipe)), recipe)


def test_full_training_writes_a_whole_model(tmp_path, write_recipe):
    folder = tmp_path / "whole"
    recipe = write_recipe(
        output_dir=str(folder), finetuning_type="full", max_steps=2, logging_steps=1
    )
    assert run(["train", str(recipe)]) == 0
    from transformers import AutoModelForCausalLM

    assert AutoModelForCausalLM.from_pretrained(folder).config.model_type == "qwen3"
    assert len(log_of(folder)) == 2


def test_a_smaller_model_leaves_no_weights_of_the_larger(tmp_path, write_recipe):
    """A reader takes all `model*.safetensors` of a folder for one model."""
    folder = tmp_path / "whole"
    keys = {"output_dir": str(folder), "finetuning_type": "full", "max_steps": 1}
    assert run(["train", str(write_recipe(**keys))]) == 0
    shutil.copy(folder / "model.safetensors", folder / "model-00002-of-00002.safetensors")
    (folder / "model.safetensors.index.json").write_text("{}", encoding="utf-8")
    (folder / "model-notes.txt").touch()
    assert run(["train", str(write_recipe(**keys, learning_rate=2e-3)), "--force"]) == 0
    assert sorted(path.name for path in folder.glob("model*")) == [
        "model-notes.txt",
        "model.safetensors",
    ]


@pytest.mark.parametrize("start", ["model_name_or_path", "adapter_name_or_path"])
@pytest.mark.parametrize("place", ["", "checkpoint-1"])
def test_a_run_does_not_write_over_what_it_starts_from(
    tmp_path, model_folder, write_recipe, capsys, start, place
):
    folder = tmp_path / "first"
    kind = "full" if start == "model_name_or_path" else "lora"
    keys = {"output_dir": str(folder), "max_steps": 1, "save_steps": 1}
    assert run(["train", str(write_recipe(**keys, finetuning_type=kind))]) == 0
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    recipe = write_recipe(**keys, **{start: str(folder / place)})
    assert run(["train", str(recipe), "--force"]) == 1
    error = capsys.readouterr().err
    assert f"output_dir: {folder} holds what the run starts from ({start})" in error
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
