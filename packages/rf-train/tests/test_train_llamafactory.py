"""Every key of a LLaMA-Factory recipe is done, refused by name, or without effect."""

import importlib.util
import json
import os
from pathlib import Path

import pytest
import torch
from llamafactory_keys import LLAMA_FACTORY
from rf_train.budget.strategy import StepLoad, fastest_strategy
from rf_train.cli import run
from rf_train.errors import TrainError
from rf_train.inference.recipe import INFERENCE
from rf_train.merge.recipe import MERGING
from rf_train.model.architectures import architecture
from rf_train.model.structure import structure_of
from rf_train.recipe.file import resolve
from rf_train.recipe.training import TRAINING
from safetensors.torch import load_file

ROOT = Path(__file__).parents[3]
BASE = {"model_name_or_path": "m"}


def test_the_table_in_the_documents_is_that_of_the_code():
    spec = importlib.util.spec_from_file_location(
        "make_llamafactory_keys", ROOT / "tools/make_llamafactory_keys.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = (ROOT / "docs/llamafactory-keys.md").read_text(encoding="utf-8")
    assert page == module.page()
    for name in LLAMA_FACTORY:
        assert f"| `{name}` |" in page, name


@pytest.mark.parametrize("kind", [MERGING, INFERENCE])
def test_recipes_for_merging_and_answering_know_them_too(kind):
    """A key of a training recipe is said to be one, not `no such key`."""
    assert set(LLAMA_FACTORY) <= {*kind.keys, *kind.without_effect, *kind.refused}


def test_what_has_no_effect_leaves_the_recipe_as_it_is():
    plain, _ = resolve(BASE)
    for name in TRAINING.without_effect:
        value = "steps" if "strategy" in name else True
        value = "eval_loss" if name == "metric_for_best_model" else value
        recipe, (remark,) = resolve(BASE | {name: value})
        assert recipe == plain
        assert remark.startswith(f"{name}: no effect here (")


def test_what_is_refused_is_refused_unless_it_asks_for_nothing():
    for name in TRAINING.refused:
        with pytest.raises(TrainError, match=f"^{name}: a key of LLaMA-Factory that rf-train does"):
            resolve(BASE | {name: 0.125})
        for value in (None, *TRAINING.neutral[name]):
            recipe, (remark,) = resolve(BASE | {name: value})
            assert recipe == resolve(BASE)[0]
            assert remark == f"{name}: not offered here, and not asked for"


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"neat_packing": True, "packing": False}, "neat_packing: asks for packing, but packing"),
        ({"neat_packing": True, "cut": "plain"}, "neat_packing: a plain cut lays nothing"),
        ({"enable_thinking": True, "template": "qwen3"}, "enable_thinking: template qwen3 is"),
        ({"eval_strategy": "epoch"}, "eval_strategy: 'epoch' is not offered, only steps"),
        ({"save_strategy": "best"}, "save_strategy: 'best' is not offered, only steps"),
        ({"metric_for_best_model": "rouge"}, "metric_for_best_model: 'rouge' is not measured"),
        ({"save_safetensors": False}, "save_safetensors: only safetensors are written"),
        ({"freeze_vision_tower": False}, "freeze_vision_tower: a key of LLaMA-Factory"),
        ({"resume_from_checkpoint": "x"}, "does not support; say --resume on the command line"),
    ],
)
def test_values_that_would_have_an_effect_are_refused(keys, reason):
    with pytest.raises(TrainError, match=reason):
        resolve(BASE | keys)


@pytest.mark.parametrize(
    "keys",
    [
        {"neat_packing": True},
        {"neat_packing": True, "packing": True},
        {"enable_thinking": True, "template": "qwen3_nothink"},
        {"enable_thinking": False, "template": "qwen3"},
        {"eval_strategy": False},  # YAML's no
        {"save_strategy": "no"},
        {"metric_for_best_model": "eval_loss", "greater_is_better": False},
        {"freeze_vision_tower": True, "label_smoothing_factor": 0.0, "num_beams": 1},
    ],
)
def test_values_that_ask_for_what_happens_here_are_read(keys):
    resolve(BASE | keys)


def test_all_linear_layers_have_two_names():
    assert resolve(BASE | {"lora_target": "all-linear"})[0] == resolve(BASE)[0]


def test_advice_names_no_key_that_is_set():
    with pytest.raises(TrainError, match=r"lora_rnk: no such key(?!.*lora_rank)"):
        resolve(BASE | {"lora_rnk": 8, "lora_rank": 8})
    shape, load = structure_of(architecture("Qwen3-8B")), StepLoad(5792, 700, 100)
    for keys, named in [({}, True), ({"quantization_bit": 4}, False)]:
        with pytest.raises(TrainError) as caught:
            fastest_strategy(resolve(BASE | keys)[0], shape, load, 2e9)
        assert ("quantization_bit: 4" in str(caught.value)) is named


def test_data_seed_changes_the_order_of_samples_alone(tmp_path, write_recipe):
    """After one step A is still as drawn: B starts at zero, so A has no gradient in that step."""
    keys = {"max_steps": 1, "val_size": 0.2, "seed": 7}
    weights = {}
    for name, seeds in {
        "default": {},
        "equal": {"data_seed": 7},
        "other order": {"data_seed": 8},
        "other seed": {"seed": 8},
    }.items():
        recipe = write_recipe(output_dir=str(tmp_path / name), **keys | seeds)
        assert run(["train", str(recipe)]) == 0
        weights[name] = load_file(tmp_path / name / "adapter_model.safetensors")

    def same(one: str, other: str, part: str) -> bool:
        names = [name for name in weights[one] if part in name]
        return all(torch.equal(weights[one][name], weights[other][name]) for name in names)

    assert same("default", "equal", "lora_")
    assert same("default", "other order", "lora_A")
    assert not same("default", "other order", "lora_B")
    assert not same("default", "other seed", "lora_A")
    held_out = {
        name: json.loads((tmp_path / name / "run.json").read_text(encoding="utf-8"))["data"]["eval"]
        for name in weights
    }
    assert held_out["default"] == held_out["other order"] != held_out["other seed"]


def test_a_resumed_run_keeps_its_order(tmp_path, write_recipe, capsys):
    """Another `data_seed` is another run; the value of `seed` is the default."""
    recipe = str(write_recipe(output_dir=str(tmp_path / "run"), max_steps=1, seed=7))
    assert run(["train", recipe]) == 0
    assert run(["train", recipe, "--resume", "--set", "data_seed=7"]) == 0
    assert "unchanged: the run is complete" in capsys.readouterr().out
    assert run(["train", recipe, "--resume", "--set", "data_seed=8"]) == 1
    assert "recipe data_seed: None -> 8" in capsys.readouterr().err


def test_use_cpu_hides_every_gpu(write_recipe, monkeypatch):
    """Before anything has asked for one, so that libraries see none either."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    assert run(["train", str(write_recipe(use_cpu=True, max_steps=1))]) == 0
    assert os.environ["CUDA_VISIBLE_DEVICES"] == ""


def test_use_cpu_says_where_it_comes_too_late(capsys, write_recipe, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    for command in ("train", "plan"):
        assert run([command, str(write_recipe(use_cpu=True))]) == 1
        assert "use_cpu: this process uses a GPU already" in capsys.readouterr().err


def test_several_data_sets_are_read_one_behind_the_other(
    capsys, tmp_path, write_recipe, write_data
):
    """As one file with the lines of both would be, bit by bit; `max_samples` counts in each."""
    one, other = write_data(tmp_path / "one.jsonl", 14), write_data(tmp_path / "other.jsonl", 8)
    (tmp_path / "both.jsonl").write_bytes(one.read_bytes() + other.read_bytes())
    keys = {"max_steps": 3, "val_size": 0.2, "eval_steps": 3, "dataset_dir": str(tmp_path)}
    for name, dataset in [("a", "both"), ("b", "one, other")]:
        recipe = write_recipe(dataset=dataset, output_dir=str(tmp_path / name), **keys)
        assert run(["train", str(recipe)]) == 0
    first, second = (load_file(tmp_path / n / "adapter_model.safetensors") for n in "ab")
    assert all(torch.equal(first[name], second[name]) for name in first)
    record = json.loads((tmp_path / "b/run.json").read_text(encoding="utf-8"))
    assert set(record["data"]["files"]) == {one.as_posix(), other.as_posix()}
    assert set(record["identity"]["data"]) == {"train", "train 2"}
    capsys.readouterr()
    assert run(["plan", str(recipe), "--set", "max_samples=5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["data"]["records"] == 8  # of 10, without 2 held out
    for names, reason in [("one,one", "is named before"), ("one,", "a name is missing")]:
        assert run(["train", str(recipe), "--set", f"dataset={names}"]) == 1
        assert reason in capsys.readouterr().err
