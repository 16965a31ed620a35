"""The backend `cpu`: the engine behind `rf-eval generate`."""

import json
import shutil

import pytest
from rf_eval.backends import make_backend
from rf_eval.errors import EvalError
from rf_eval.runs import generate
from rf_eval.samples import Sample, read_dataset

pytest.importorskip("openvino", reason="needs the extra rf-eval[cpu]")
pytest.importorskip("torch", reason="needs the extra rf-eval[hf], to compare with transformers")

from engine_models import TEMPLATE, plain_answers, save_model
from rf_eval.backends.rendering import hash_text
from rf_jsonl import read_json, read_jsonl

TEXTS = ["设计一个低通滤波器", "a", "Design a band-pass filter " * 3, "fc 2.4 GHz", "x" * 40]
SAMPLES = [Sample(f"i{i}", [{"role": "user", "content": text}], "") for i, text in enumerate(TEXTS)]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("model"), "qwen3")


@pytest.fixture(scope="module")
def adapter(model, tmp_path_factory):
    """A run folder as a trainer leaves it: run.json, tokenizer, an adapter."""
    import peft
    import torch
    import transformers

    folder = tmp_path_factory.mktemp("run")
    torch.manual_seed(1)
    base = transformers.AutoModelForCausalLM.from_pretrained(model)
    config = peft.LoraConfig(r=4, target_modules=["q_proj"], init_lora_weights=False)
    peft.get_peft_model(base, config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(model / name, folder)
    rendering = {"chat_template_sha256": hash_text(TEMPLATE), "stop": ["<|im_end|>"]}
    content = {"model": {"path": str(model)}, "rendering": rendering}
    (folder / "run.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def backend(**options):
    return make_backend("cpu", {"max_new_tokens": 24, "precision": "float32"} | options)


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("RF_CACHE", str(tmp_path_factory.getbasetemp() / "cpu-cache"))


def test_a_run_answers_as_transformers_with_peft_does(model, adapter):
    found = [p for batch in backend(run=str(adapter)).generate(SAMPLES) for p in batch]
    by_id = {one.id: one.completion for one in found}
    expected = plain_answers(model, [s.messages for s in SAMPLES], adapter, tokens=24)
    assert [by_id[sample.id] for sample in SAMPLES] == expected
    assert all(one.seconds > 0 and one.prompt_tokens > 5 for one in found)


def test_engine_version_and_precision_decide_and_are_recorded(model, adapter):
    described = backend(run=str(adapter)).describe()
    assert described["model"]["precision"] == "float32"
    assert described["model"]["engine"]["name"] == "openvino"
    assert described["model"]["engine"]["version"].startswith("20")
    assert described["adapter"]["sha256"] and described["rendering"]["stop"] == ["<|im_end|>"]
    coarse = backend(run=str(adapter), precision="int8").describe()
    assert coarse != described and coarse["adapter"] == described["adapter"]


def test_an_interrupted_run_is_continued(model, data_file, tmp_path):
    data = read_dataset(data_file)
    whole = generate(data, "cpu", backend(model=str(model)), tmp_path / "whole", n=6)
    generate(data, "cpu", backend(model=str(model)), tmp_path / "part", n=6)
    file = tmp_path / "part" / "predictions.jsonl"
    lines = file.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[:2]) + lines[2][:40], "utf-8")
    meta = read_json(tmp_path / "part" / "predictions.meta.json")
    (tmp_path / "part" / "predictions.meta.json").write_text(
        json.dumps(meta | {"complete": False}), "utf-8"
    )
    again = generate(data, "cpu", backend(model=str(model)), tmp_path / "part", n=6, resume=True)
    texts = {key: record["completion"] for key, record in whole.predictions.items()}
    assert {key: record["completion"] for key, record in again.predictions.items()} == texts
    written = [record for _, record in read_jsonl(file)]
    assert len(written) == len(texts) and all(record["seconds"] > 0 for record in written)
    assert "openvino" in meta["versions"]


def test_answers_are_held_to_a_call(model, tmp_path):
    schema = tmp_path / "call.json"
    schema.write_text('{"type": "object", "additionalProperties": false}', encoding="utf-8")
    made = backend(model=str(model), call_schema=str(schema), max_new_tokens=80)
    texts = {
        one.completion.replace("\n", "") for batch in made.generate(SAMPLES[:2]) for one in batch
    }
    assert texts == {'<tool_call>{"name": "design_filter", "arguments": {}}</tool_call>'}
    assert "tool_call" in made.describe()["decoding"]["grammar"]


def test_the_values_of_a_call_are_copied_from_each_request(model, tmp_path):
    schema = tmp_path / "call.json"
    schema.write_text('{"properties": {"edge": {"type": "string"}}}', encoding="utf-8")
    made = backend(model=str(model), call_schema=str(schema), call_copied=True, max_new_tokens=200)
    for prediction in (one for batch in made.generate(SAMPLES) for one in batch):
        body = prediction.completion.removeprefix("<tool_call>").removesuffix("</tool_call>")
        value = json.loads(body)["arguments"].get("edge", "")
        said = next(sample for sample in SAMPLES if sample.id == prediction.id)
        assert all(word in said.messages[-1]["content"] for word in value.split())
    assert made.describe()["decoding"]["values"] == "copied"


def test_what_cannot_be_used_is_told_before_anything_is_loaded(model, tmp_path):
    with pytest.raises(EvalError, match="needs a model or a run folder"):
        backend()
    with pytest.raises(EvalError, match="precision 'int2'"):
        backend(model=str(model), precision="int2")
