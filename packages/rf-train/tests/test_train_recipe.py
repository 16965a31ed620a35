"""Recipes: LLaMA-Factory's keys are read, everything else is refused by name."""

import re

import pytest
from rf_jsonl import FileError
from rf_train.cli import run
from rf_train.errors import TrainError
from rf_train.recipe.file import load_recipe, resolve
from rf_train.recipe.keys import as_record
from rf_train.recipe.training import KEYS, SCHEDULERS

# The published study's file as LLaMA-Factory reads it, apart from its paths.
PUBLISHED = """
### model
model_name_or_path: /models/Qwen3-8B
quantization_bit: 4
quantization_method: bitsandbytes
### method
stage: sft
do_train: true
finetuning_type: lora
lora_rank: 8
lora_alpha: 16
lora_dropout: 0.05
lora_target: q_proj,v_proj
### dataset
dataset: filter_sft_zhmix_train
dataset_dir: data/filter_sft_zhmix
template: qwen3_nothink
cutoff_len: 2048
overwrite_cache: true
preprocessing_num_workers: 4
### output
output_dir: saves/qwen3-8b
logging_steps: 10
save_steps: 500
plot_loss: true
overwrite_output_dir: true
### train
per_device_train_batch_size: 1
gradient_accumulation_steps: 16
learning_rate: 1e-4
num_train_epochs: 2.0
lr_scheduler_type: cosine
warmup_ratio: 0.05
bf16: true
"""


def write(tmp_path, text):
    path = tmp_path / "train.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_published_file_is_read(tmp_path):
    recipe, remarks = load_recipe(write(tmp_path, PUBLISHED))
    assert recipe.learning_rate == 1e-4  # YAML 1.1 reads 1e-4 as text
    assert recipe.quantization_method == "bnb"
    assert recipe.lora_target == ("q_proj", "v_proj")
    assert recipe.samples_per_step() == 16
    assert (recipe.alpha, recipe.lora_dropout) == (16, 0.05)
    assert sorted(remark.split(":")[0] for remark in remarks) == [
        "overwrite_cache",
        "overwrite_output_dir",
        "plot_loss",
        "preprocessing_num_workers",
    ]


def test_every_default_is_in_the_record():
    recipe, _ = resolve({"model_name_or_path": "m"})
    assert list(as_record(recipe)) == list(KEYS)
    assert recipe.alpha == 2 * recipe.lora_rank


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("lora_rnk", 8, "lora_rnk: no such key, did you mean lora_rank?"),
        ("learning_rat", 1, "did you mean learning_rate?"),
        ("use_dora", True, "use_dora: a key of LLaMA-Factory that rf-train does not support"),
        ("deepspeed", "x.json", "does not support"),
        ("default_system", "be brief", "does not support"),
        ("label_smoothing_factor", 0.1, "does not support"),
        ("ignore_pad_token_for_loss", False, "does not support"),
        ("template", "qwen3_nothinks", "did you mean qwen3_nothink?"),
        ("quantization_method", "hqq", "'hqq' is not known"),
        ("quantization_bit", 8, "8 is not known"),
        ("stage", "dpo", "'dpo' is not known"),
        ("lr_scheduler_type", "cosin", "did you mean cosine?"),
        ("report_to", "wandb", "'wandb' is not known"),
        ("learning_rate", "fast", "expected a number"),
        ("learning_rate", 0, "expected a number above 0"),
        ("learning_rate", float("nan"), "expected a number"),
        ("learning_rate", float("inf"), "expected a number"),
        ("learning_rate", "1e999", "is beyond the range of a double"),
        ("lora_rank", 2.5, "expected a whole number"),
        ("lora_rank", 0, "expected a whole number of at least 1"),
        ("lora_rank", True, "expected a whole number"),
        ("bf16", "yes please", "expected true or false"),
        ("max_steps", 0, "0 steps train nothing"),
        ("lora_target", [], "expected a name or a list of names"),
        ("seed", None, "has no value"),
        ("lr_scheduler_type", "cosine_with_min_lr", "'cosine_with_min_lr' is not known"),
        ("early_stopping_steps", 2, "needs validation samples"),
        ("dataset_dir", 5, "expected a text"),
    ],
)
def test_bad_keys_and_values_are_refused(key, value, reason):
    with pytest.raises(TrainError, match=re.escape(reason)):
        resolve({"model_name_or_path": "m", key: value})


def test_every_argument_of_transformers_is_named():
    """A LLaMA-Factory recipe may hold any of them; none is `no such key`."""
    from dataclasses import fields

    from rf_train.recipe.training import TRAINING
    from transformers import TrainingArguments

    named = {*KEYS, *TRAINING.without_effect, *TRAINING.refused}
    assert {f.name for f in fields(TrainingArguments) if f.init} <= named
    assert not set(KEYS) & {*TRAINING.without_effect, *TRAINING.refused}
    assert not set(TRAINING.without_effect) & set(TRAINING.refused)
    assert set(TRAINING.neutral) <= set(TRAINING.refused)
    assert set(TRAINING.unless) <= set(TRAINING.without_effect)


def test_what_is_switched_off_is_not_refused():
    """LLaMA-Factory's own examples say `resume_from_checkpoint: null`."""
    keys = {"resume_from_checkpoint": None, "fp16": False, "ignore_pad_token_for_loss": None}
    _, remarks = resolve({"model_name_or_path": "m"} | keys)
    assert remarks == [f"{key}: not offered here, and not asked for" for key in keys]


@pytest.mark.parametrize("name", SCHEDULERS)
def test_every_schedule_can_be_made(name):
    import torch
    from rf_train.training.optimizer import make_optimizer, make_scheduler

    keys = {"lr_scheduler_type": name, "warmup_ratio": 0.2, "learning_rate": 2e-3}
    recipe, _ = resolve({"model_name_or_path": "m"} | keys)
    optimizer = make_optimizer(torch.nn.Linear(1, 1), recipe)
    schedule = make_scheduler(optimizer, recipe, 10)
    rates = []
    for _ in range(10):
        rates += schedule.get_last_lr()
        optimizer.step()
        schedule.step()
    assert max(rates) == pytest.approx(2e-3)
    assert (rates[1] < 2e-3) == (name != "constant")  # two steps warm up


def test_the_line_of_a_bad_key_is_named(tmp_path):
    path = write(tmp_path, "model_name_or_path: m\n# a remark\nlora_rnk: 8\n")
    with pytest.raises(FileError, match=r"train\.yaml:3: lora_rnk"):
        load_recipe(path)


@pytest.mark.parametrize(
    ("text", "line"), [("a: [1\n", 2), ("- 1\n", 1), ("", 1), ("a: b: c\n", 1)]
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path, text, line):
    with pytest.raises(FileError) as caught:
        load_recipe(write(tmp_path, text))
    assert caught.value.line == line


def test_changes_on_the_command_line_win(tmp_path):
    path = write(tmp_path, "model_name_or_path: m\nlora_rank: 4\n")
    recipe, _ = load_recipe(path, ["lora_rank=16", "lora_target=[q_proj, k_proj]"])
    assert (recipe.lora_rank, recipe.lora_target) == (16, ("q_proj", "k_proj"))
    with pytest.raises(TrainError, match="--set lora_rank: expected key=value"):
        load_recipe(path, ["lora_rank"])
    with pytest.raises(TrainError, match="--set lora_rank: expected a whole number of at least 1"):
        load_recipe(path, ["lora_rank=0"])  # not the file's fault: no line of it is named


def test_the_packaged_quickstart_is_the_shipped_one():
    from importlib import resources
    from pathlib import Path

    packaged = resources.files("rf_train").joinpath("recipe/quickstart.yaml").read_text("utf-8")
    shipped = Path(__file__).parents[3] / "recipes/quickstart/train.yaml"
    assert packaged == shipped.read_text(encoding="utf-8")


def test_all_shipped_recipes_are_valid():
    from pathlib import Path

    found = sorted((Path(__file__).parents[3] / "recipes").glob("*/train*.yaml"))
    assert found
    for path in found:
        load_recipe(path)


def test_sharding_is_named_as_elsewhere():
    for words in ("full_shard", "full_shard auto_wrap"):
        assert resolve({"model_name_or_path": "m", "fsdp": words})[0].fsdp == "full_shard"
    assert resolve({"model_name_or_path": "m", "fsdp": "auto_wrap shard_grad_op"})[0].fsdp == (
        "shard_grad_op"
    )


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"share_prefix": True, "cut": "plain"}, "share_prefix: a plain cut computes every sample"),
        ({"share_prefix": True, "packing": False}, "share_prefix: without packing every sample"),
        ({"share_prefix": True, "lora_dropout": 0.1}, "share_prefix: all samples would share the"),
        ({"fold_adapters": True, "finetuning_type": "full"}, "fold_adapters: full fine-tuning"),
        ({"fold_adapters": True, "quantization_bit": 4}, "fold_adapters: 4-bit weights cannot"),
        ({"fold_adapters": True, "lora_dropout": 0.1}, "fold_adapters: lora_dropout is for"),
        ({"fold_adapters": True, "fsdp": "full_shard"}, "fold_adapters: with fsdp no device"),
        ({"val_size": 0.1, "eval_dataset": "v"}, "val_size: eval_dataset names"),
        ({"lr_scheduler_type": "polynomial", "learning_rate": 1e-7}, "learning_rate: polynomial"),
        ({"fsdp": "full_shrad"}, "fsdp: 'full_shrad' is not known, did you mean full_shard?"),
        ({"fsdp": "hybrid_shard"}, r"fsdp: 'hybrid_shard' is not known"),
        ({"fsdp": "full_shard", "quantization_bit": 4}, "fsdp: 4-bit weights are not divided"),
        ({"fsdp": "full_shard", "fsdp_config": "x.json"}, "fsdp_config: a key of LLaMA-Factory"),
    ],
)
def test_keys_that_contradict_each_other_are_refused(keys, reason):
    with pytest.raises(TrainError, match=reason):
        resolve({"model_name_or_path": "m"} | keys)


def test_a_wrong_change_is_wrong_usage_and_a_wrong_file_is_not(tmp_path, capsys):
    recipe = write(tmp_path, PUBLISHED)
    for change, reason in (
        ("nosuch=1", "--set nosuch: no such key"),
        ("lora_rank=abc", "--set lora_rank: expected a whole number"),
        ("lora_rank", "--set lora_rank: expected key=value"),
        ("lora_rank=[", "--set lora_rank: not YAML: "),
    ):
        assert run(["plan", str(recipe), "--set", change]) == 2
        assert reason in capsys.readouterr().err
    recipe = write(tmp_path, PUBLISHED + "nosuch: 1\n")
    assert run(["plan", str(recipe), "--set", "lora_rank=4"]) == 1
    assert "train.yaml:35: nosuch: no such key" in capsys.readouterr().err
