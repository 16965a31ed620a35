"""The verification of a merge, 4-bit bases, the model card, and greedy answers word by word."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from rf_train.cli import run
from safetensors.torch import load_file, save_file


def record_of(recipe: Path) -> dict:
    return json.loads((recipe.parent / "merged" / "merge.json").read_text(encoding="utf-8"))


def damage(folder: Path, name: str, change) -> None:
    path = folder / "model.safetensors"
    tensors = load_file(path)
    tensors[name] = change(tensors[name])
    save_file(tensors, path, metadata={"format": "pt"})


@pytest.fixture
def trained(tmp_path, write_recipe, write_data):
    """A factory: recipe keys -> folder of a finished run that has validation data."""

    def train(**keys) -> Path:
        held_out = write_data(tmp_path / "val.jsonl", 9)
        recipe = write_recipe("train.yaml", **({"eval_dataset": str(held_out)} | keys))
        assert run(["train", str(recipe)]) == 0
        return tmp_path / "run"

    return train


def greedy(model, tokenizer, questions: list[str]) -> list[list[int]]:
    """40 tokens after each question, by transformers' own generation."""
    found = []
    for question in questions:
        ids = tokenizer.apply_chat_template(
            [{"role": "user", "content": question}], add_generation_prompt=True, return_dict=False
        )
        with torch.inference_mode():
            output = model.generate(
                torch.tensor([ids]), max_new_tokens=40, do_sample=False, pad_token_id=0
            )
        found.append(output[0, len(ids) :].tolist())
    return found


def test_the_merged_model_answers_as_adapter_and_base_do(trained, model_folder, write_merge):
    """Greedy, token by token, on 50 requests, 22 of them from the training."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = trained(max_steps=30, learning_rate=1e-2)
    recipe = write_merge(model_folder, folder, template=None)
    assert run(["merge", str(recipe)]) == 0
    merged_folder = recipe.parent / "merged"
    tokenizer = AutoTokenizer.from_pretrained(merged_folder)
    questions = [f"low-pass {number} MHz " + "dB " * (number % 7) for number in range(50)]
    base = AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float32)
    untuned = greedy(base, tokenizer, questions)
    both = greedy(PeftModel.from_pretrained(base, folder).eval(), tokenizer, questions)
    merged = AutoModelForCausalLM.from_pretrained(merged_folder, dtype=torch.float32)
    assert greedy(merged, tokenizer, questions) == both
    assert both != untuned  # the adapter does something


def test_it_is_verified_on_the_runs_own_validation_data(
    trained, model_folder, write_merge, tmp_path, capsys
):
    recipe = write_merge(model_folder, trained(), template=None)
    assert run(["merge", str(recipe)]) == 0
    assert f"{tmp_path / 'val.jsonl'}, held out of the training" in capsys.readouterr().out
    found = record_of(recipe)["verification"]
    assert found["prompts"] == 4
    assert found["kl_mean"] <= 1e-9
    assert found["top1_agreement"] == 1.0
    with open(tmp_path / "val.jsonl", "a", encoding="utf-8") as file:
        file.write('{"messages": [{"role": "user", "content": "more"}]}\n')
    assert run(["merge", str(recipe), "--force"]) == 0
    out = capsys.readouterr().out
    assert "built-in requests (the run's validation file has changed)" in out
    assert run(["merge", str(recipe), "--force", "--verify-data", str(tmp_path / "val.jsonl")]) == 0
    assert f"prompts: {tmp_path / 'val.jsonl'}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "change"),
    [
        # v_proj: Qwen3 normalises queries and keys, so that a factor on those would cancel.
        ("model.layers.1.self_attn.v_proj.weight", lambda w: w * 1.05),
        ("model.layers.0.mlp.down_proj.weight", lambda w: w.flip(0)),
        ("lm_head.weight", lambda w: w * float("nan")),
    ],
)
def test_a_merged_model_that_answers_otherwise_fails(
    make_base, make_adapter, write_merge, capsys, name, change
):
    base = make_base()
    recipe = write_merge(base, make_adapter(base))
    assert run(["merge", str(recipe), "--verify", "0"]) == 0
    damage(recipe.parent / "merged", name, change)
    assert run(["merge", str(recipe)]) == 1
    assert "verification failed: mean KL" in capsys.readouterr().err


def test_a_failed_verification_leaves_nothing_under_the_name(
    make_base, make_adapter, write_merge, capsys, monkeypatch
):
    """The merge itself goes wrong here: every change is added at twice its scale."""
    from rf_train.files import peft_adapter as merge_adapter

    add = torch.Tensor.addmm_
    monkeypatch.setattr(
        merge_adapter.torch.Tensor, "addmm_", lambda w, b, a, alpha: add(w, b, a, alpha=2 * alpha)
    )
    base = make_base()
    recipe = write_merge(base, make_adapter(base))
    assert run(["merge", str(recipe)]) == 1
    assert "verification failed" in capsys.readouterr().err
    assert not (recipe.parent / "merged").exists()
    assert not list(recipe.parent.glob(".*merging"))


# -- adapters trained on quantised weights ---------------------------------------------------------


def dequantised_by_the_trainer(folder: Path, **keys) -> dict[str, torch.Tensor]:
    """The base as the trainer holds it: quantised by transformers, dequantised layer by layer."""
    from rf_train.model.loading import compute_dtype, load_model, use_resident_weights
    from rf_train.recipe.file import resolve

    recipe, _ = resolve({"model_name_or_path": str(folder), "quantization_bit": 4} | keys)
    model = load_model(recipe, str(folder), torch.device("cpu")).train()
    assert use_resident_weights(model, compute_dtype(recipe)) == 14
    return model.state_dict()


@pytest.mark.parametrize("keys", [{}, {"double_quantization": False, "quantization_type": "fp4"}])
def test_the_weights_of_the_training_can_be_merged_into(keys, trained, model_folder, write_merge):
    """Bit by bit those of bitsandbytes' Linear4bit, all quantised layers, touched or not."""
    folder = trained(quantization_bit=4, lora_target="q_proj", **keys)
    recipe = write_merge(model_folder, folder, template=None, merge_base="dequantized")
    assert run(["merge", str(recipe)]) == 0
    expected = dequantised_by_the_trainer(model_folder, **keys)
    merged = load_file(recipe.parent / "merged" / "model.safetensors")
    small = load_file(folder / "adapter_model.safetensors")
    for name, tensor in merged.items():
        stem = f"base_model.model.{name.removesuffix('.weight')}"
        if f"{stem}.lora_A.weight" not in small:
            assert torch.equal(tensor, expected[name]), name
            continue
        change = small[f"{stem}.lora_B.weight"] @ small[f"{stem}.lora_A.weight"]
        torch.testing.assert_close(tensor, expected[name] + 2 * change, rtol=1e-5, atol=1e-6)
    record = record_of(recipe)
    assert record["tensors"] == {"copied": 11, "merged": 2, "dequantised_only": 12}
    assert record["verification"]["kl_mean"] <= 1e-9  # base through 4 bits, adapter beside it


def in_fp8_by_the_trainer(folder: Path, **keys) -> dict[str, torch.Tensor]:
    """The linear weights as a training in FP8 multiplies by them."""
    from rf_train.model.fp8 import Fp8Linear, use_fp8_weights
    from rf_train.model.loading import load_model
    from rf_train.recipe.file import resolve

    recipe, _ = resolve({"model_name_or_path": str(folder), "bf16": True} | keys)
    model = load_model(recipe, str(folder), torch.device("cpu"))
    model.requires_grad_(False)
    assert use_fp8_weights(model.model) == 14
    return {
        f"model.{name}.weight": module.weight.float() * module.scales.t()
        for name, module in model.model.named_modules()
        if isinstance(module, Fp8Linear)
    }


@pytest.mark.parametrize("keys", [{}, {"quantization_bit": 4}])
def test_the_weights_of_an_fp8_training_can_be_merged_into(
    keys, trained, model_folder, write_merge, capsys
):
    """Only a GPU trains in FP8, so the run is one in bfloat16 whose record says fp8."""
    folder = trained(bf16=True, max_steps=2, lora_target="q_proj", **keys)
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    record["recipe"]["compute_dtype"] = "fp8"
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    recipe = write_merge(model_folder, folder, template=None, merge_base="dequantized")
    assert run(["merge", str(recipe)]) == 0
    merged = load_file(recipe.parent / "merged" / "model.safetensors")
    small = load_file(folder / "adapter_model.safetensors")
    for name, expected in in_fp8_by_the_trainer(model_folder, **keys).items():
        stem = f"base_model.model.{name.removesuffix('.weight')}"
        change = torch.zeros_like(expected)
        if f"{stem}.lora_A.weight" in small:
            change = 2 * small[f"{stem}.lora_B.weight"] @ small[f"{stem}.lora_A.weight"]
        torch.testing.assert_close(merged[name], expected + change, rtol=1e-5, atol=1e-6)
    assert record_of(recipe)["verification"]["kl_mean"] <= 1e-9
    capsys.readouterr()
    stored = write_merge(model_folder, folder, template=None)
    assert run(["merge", str(stored), "--force"]) == 0
    trained_on = "nf4, then fp8" if keys else "fp8"
    assert f"trained on {trained_on} weights, which differ slightly" in capsys.readouterr().out


@pytest.mark.slow
def test_it_needs_nothing_that_an_earlier_training_imported(trained, model_folder, write_merge):
    """In a process of its own, as from a shell."""
    recipe = write_merge(
        model_folder,
        trained(quantization_bit=4, max_steps=1, lora_target="q_proj"),
        template=None,
        merge_base="dequantized",
    )
    command = [sys.executable, "-m", "rf_train", "merge", str(recipe), "--verify", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    assert record_of(recipe)["tensors"]["dequantised_only"] > 0


def test_merging_a_4_bit_run_into_stored_weights_says_what_changes(
    trained, model_folder, write_merge, capsys
):
    recipe = write_merge(model_folder, trained(quantization_bit=4), template=None)
    capsys.readouterr()
    assert run(["merge", str(recipe)]) == 0
    out = capsys.readouterr().out
    assert "trained on nf4 weights, which differ slightly" in out
    assert "compared with the training's weights:" in out
    found = record_of(recipe)["verification"]
    assert found["kl_mean"] <= 1e-9 < found["against_training"]["kl_mean"]


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"quantization_type": "fp4"}, "quantization_type: fp4, but the run was trained with nf4"),
        ({"template": "qwen3_nothink"}, "was trained with chatml"),
    ],
)
def test_a_recipe_does_not_contradict_its_run(
    keys, reason, trained, model_folder, write_merge, capsys
):
    folder = trained(quantization_bit=4, max_steps=1)
    keys = {"template": None, "merge_base": "dequantized"} | keys
    assert run(["merge", str(write_merge(model_folder, folder, **keys))]) == 1
    assert reason in capsys.readouterr().err


def test_an_unquantised_run_has_nothing_to_dequantise(trained, model_folder, write_merge, capsys):
    recipe = write_merge(
        model_folder, trained(max_steps=1), template=None, merge_base="dequantized"
    )
    assert run(["merge", str(recipe)]) == 1
    assert "the run trained on unquantised weights" in capsys.readouterr().err
    recipe = write_merge(
        model_folder, recipe.parent / "run", template=None, merge_base="dequantized",
        quantization_type="nf4",
    )  # fmt: skip
    assert run(["merge", str(recipe)]) == 1
    assert "quantization_type: nf4, but the run was trained with 16-bit" in capsys.readouterr().err


def test_a_record_without_a_recipe_says_nothing_of_quantisation():
    from rf_train.merge.plan import _trained_on
    from rf_train.merge.recipe import MergeRecipe

    assert _trained_on(MergeRecipe(), {}) is None


# -- what comes along -----------------------------------------------------------------------------

METRICS = {
    "data": {"path": "data/filter_sft_zhmix/test.jsonl", "sha256": "0" * 64},
    "metrics": [
        {"metric": "order", "group": {}, "n": 199, "value": 0.83, "ci_low": 0.77, "ci_high": 0.88},
        {
            "metric": "order",
            "group": {"band": "lowpass"},
            "n": 9,
            "value": 1,
            "ci_low": 0,
            "ci_high": 1,
        },
    ],
}


def test_the_model_card_is_read_by_the_hub_library(trained, model_folder, write_merge, tmp_path):
    """Its metadata, metrics included, by huggingface_hub's own parser."""
    from huggingface_hub import ModelCard

    (tmp_path / "results.json").write_text(json.dumps(METRICS))
    recipe = write_merge(
        model_folder,
        trained(),
        template=None,
        metrics=str(tmp_path / "results.json"),
        license="apache-2.0",
    )
    assert run(["merge", str(recipe)]) == 0
    card = ModelCard.load(recipe.parent / "merged" / "README.md")
    assert card.data.base_model == model_folder.name
    assert card.data.datasets == ["train"]
    assert card.data.license == "apache-2.0"
    [result] = card.data.eval_results
    assert (result.metric_type, result.metric_value) == ("order", 0.83)
    assert (result.dataset_name, card.data.library_name) == ("filter_sft_zhmix", "transformers")
    assert "| order | 0.83 | 0.77 – 0.88 | 199 |" in card.text
    assert str(tmp_path) not in card.content  # no path of the machine it was made on


def test_the_record_meets_its_schema(trained, model_folder, write_merge):
    import jsonschema

    schema_path = Path(__file__).parents[1] / "src/rf_train/schemas/merge.schema.json"
    schema = json.loads(schema_path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    recipe = write_merge(model_folder, trained(quantization_bit=4, max_steps=1), template=None)
    assert run(["merge", str(recipe)]) == 0
    jsonschema.validate(record_of(recipe), schema)
    assert (recipe.parent / "merged/run.json").read_bytes() == (
        recipe.parent / "run/run.json"
    ).read_bytes()
