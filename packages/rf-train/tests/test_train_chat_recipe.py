"""Inference recipes: what contradicts the run is an error with its place; 4 bits on a CPU."""

import json

import pytest
import torch
import yaml
from rf_jsonl import FileError
from rf_train.cli import run
from rf_train.errors import TrainError
from rf_train.inference.recipe import INFERENCE
from rf_train.recipe.file import load_keys

FIRST = [5, 6, 7, 8, 9]


@pytest.fixture
def write_inference(tmp_path, model_folder):
    def write(**keys):
        content = {"model_name_or_path": str(model_folder), "template": "chatml"} | keys
        path = tmp_path / "inference.yaml"
        path.write_text(yaml.safe_dump({k: v for k, v in content.items() if v is not None}))
        return path

    return write


@pytest.fixture
def run_folder(tmp_path, tokenizer):
    """What a run leaves that was stopped behind its first checkpoint."""
    folder = tmp_path / "run"
    (folder / "checkpoint-5").mkdir(parents=True)
    (folder / "checkpoint-5" / "adapter_model.safetensors").touch()
    (folder / "checkpoint-5" / "progress.json").write_text("{}", encoding="utf-8")
    rendering = {
        "template": "qwen3",
        "chat_template_sha256": "0" * 64,
        "chat_template_kwargs": {"enable_thinking": False},
        "stop": ["<|im_end|>"],
    }
    (folder / "run.json").write_text(json.dumps({"rendering": rendering}), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("keys", "line", "reason"),
    [
        ({"temprature": 1}, 3, "temprature: no such key, did you mean temperature?"),
        ({"template": "qwen"}, 2, "template: 'qwen' is not known, did you mean qwen3?"),
        ({"template": None}, None, "template: is missing, and no run.json of a run names it"),
        ({"num_beams": 4}, 2, "num_beams: beam search is not offered"),
        ({"temperature": 0.2}, 2, "temperature: concerns sampling, which needs do_sample: true"),
        ({"max_new_tokens": 0}, 1, "max_new_tokens: expected a whole number of at least 1"),
        ({"quantization_bit": 8}, 2, "quantization_bit: 8 is not known"),
        ({"adapter_name_or_path": "/none"}, 1, "adapter_name_or_path: /none: no such folder"),
    ],
)
def test_a_bad_recipe_is_one_line_with_its_place(write_inference, capsys, keys, line, reason):
    path = write_inference(**keys)
    assert run(["chat", str(path), "--once", "x"]) == 1
    (said,) = capsys.readouterr().err.strip().splitlines()
    place = f"{path}:{line}" if line else str(path)
    assert said.startswith(f"rf-train: {place}: {reason}")


def test_a_template_that_contradicts_the_run_is_an_error(write_inference, run_folder):
    adapter = run_folder / "checkpoint-5"
    path = write_inference(adapter_name_or_path=str(adapter))
    with pytest.raises(FileError, match=r"inference.yaml:3: template: chatml, but .*qwen3"):
        load_keys(INFERENCE, path)
    with pytest.raises(TrainError, match="--set template: chatml, but"):
        load_keys(INFERENCE, write_inference(adapter_name_or_path=str(adapter), template=None),
                  ["template=chatml"])  # fmt: skip
    recipe, _ = load_keys(INFERENCE, write_inference(adapter_name_or_path=str(adapter)),
                          ["template=qwen3"])  # fmt: skip
    assert recipe.run().template == "qwen3"


def test_an_unfinished_run_points_to_its_checkpoint(write_inference, run_folder):
    path = write_inference(adapter_name_or_path=str(run_folder), template=None)
    with pytest.raises(FileError, match=r"holds no adapter_model.safetensors .*checkpoint-5 has"):
        load_keys(INFERENCE, path)
    (run_folder / "adapter_model.bin").touch()
    with pytest.raises(FileError, match="holds a pickle"):
        load_keys(INFERENCE, path)


def test_a_chat_template_that_is_not_the_trained_one_is_an_error(
    write_inference, run_folder, model_folder, capsys
):
    record = json.loads((run_folder / "run.json").read_text(encoding="utf-8"))
    record["rendering"] |= {"template": "chatml", "chat_template_kwargs": {}}
    (run_folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    path = write_inference(adapter_name_or_path=str(run_folder / "checkpoint-5"))
    assert run(["chat", str(path), "--once", "x"]) == 1
    assert f"{run_folder}: was trained with another chat template" in capsys.readouterr().err


def test_an_adapter_of_another_model_is_one_line(write_inference, tmp_path, make_model, capsys):
    from peft import LoraConfig, get_peft_model
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.for_model(
        "qwen3", hidden_size=32, intermediate_size=64, num_hidden_layers=2, head_dim=16,
        num_attention_heads=2, num_key_value_heads=2, vocab_size=512,
    )  # fmt: skip
    other = AutoModelForCausalLM.from_config(config)
    lora = LoraConfig(r=2, target_modules=["q_proj"], task_type="CAUSAL_LM")
    get_peft_model(other, lora).save_pretrained(tmp_path / "other")
    path = write_inference(adapter_name_or_path=str(tmp_path / "other"))
    assert run(["chat", str(path), "--once", "x"]) == 1
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert f"{tmp_path / 'other'}: cannot load the adapter: size mismatch" in last


def test_four_bits_on_a_cpu_are_dequantised_once(write_inference):
    """bitsandbytes' own layers are the oracle: same logits, without their way of multiplying."""
    from rf_train.inference.load import load_chat_model
    from rf_train.model.loading import load_model

    recipe, _ = load_keys(INFERENCE, write_inference(quantization_bit=4))
    chat_model = load_chat_model(recipe)
    assert "nf4 weights, kept dequantised in float32" in chat_model.details["model"]
    quantised = load_model(
        recipe.loading(bf16=False), recipe.model_name_or_path, torch.device("cpu")
    )
    quantised.set_attn_implementation("sdpa")
    quantised.train()  # in evaluation mode its layers repack their weights for another kernel
    ids = torch.tensor([FIRST])
    with torch.inference_mode():
        expected = quantised(ids).logits
        found = chat_model.generator.model(ids).logits
    assert torch.allclose(found, expected, atol=1e-4)
