"""The shipped model is what docs/results.md says: the pages, the files, and an answer."""

import hashlib
import json
import runpy
import subprocess
import sys

import pytest
from rf_eval.errors import EvalError
from tiny_chain import ROOT

MODEL = ROOT / "models" / "smollm2-135m-rf"
LIMIT = 16_000_000
REQUESTS = {
    "低通切比雪夫滤波器，通带边缘 1 GHz，阻带边缘 2 GHz，纹波 0.1 dB，阻带衰减 40 dB，阻抗 50 Ω": 6,
    "Chebyshev high-pass, passband edge 900 MHz, stopband edge 450 MHz, ripple 0.5 dB, "
    "stopband attenuation 50 dB, 75 ohm": 6,
    "2.4G BPF, BW 100M, 40dB @ 2.2G/2.6G, ripple 0.1dB, Z0=50": 4,
}


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(ROOT / "tools" / "make_results.py"))


def test_the_tables_are_those_of_the_files(script):
    for path in script["PAGES"]:
        text = path.read_text(encoding="utf-8")
        assert script["page"](text) == text, f"uv run tools/make_results.py, then commit {path}"
        assert "<!-- end -->" in text


def test_a_run_is_summed_up_from_its_own_files(script, tmp_path):
    (tmp_path / "trainer_log.jsonl").write_text(
        '{"current_steps": 10, "loss": 0.5, "elapsed_time": "0:00:01"}\n'
        '{"current_steps": 20, "loss": 0.25, "elapsed_time": "0:00:02"}\n'
        '{"current_steps": 20, "eval_loss": 0.3, "elapsed_time": "0:00:03"}\n'
    )
    record = json.loads((MODEL / "run.json").read_text(encoding="utf-8"))
    (tmp_path / "run.json").write_text(json.dumps(record), encoding="utf-8")
    (run,) = script["runs_in"](tmp_path)
    assert run["steps"] == 20
    assert run["samples"] == 20 * record["recipe"]["per_device_train_batch_size"]
    assert run["eval_loss"] == 0.3
    assert run["loss"] == {"10": 0.5, "20": 0.25}


def test_the_adapter_is_small_enough_and_its_run_is_the_recipe():
    assert (MODEL / "adapter_model.safetensors").stat().st_size <= LIMIT
    import yaml

    recipe = yaml.safe_load(
        (ROOT / "recipes/smollm2-135m/train-derive.yaml").read_text(encoding="utf-8")
    )
    ran = json.loads((MODEL / "run.json").read_text(encoding="utf-8"))["recipe"]
    for key, value in recipe.items():
        # a folder may be called anything; what is in it is compared below
        if key not in ("dataset_dir", "output_dir", "lora_target"):
            assert ran[key] == value, key


@pytest.mark.parametrize(("name", "split"), [("derives_test", "test")])
def test_the_recipe_makes_the_samples_that_were_answered(tmp_path, name, split):
    """The first records of val and test do not depend on how many are made for training."""
    command = [sys.executable, "-m", "rf_synth", "generate", "--recipe"]
    command += [str(ROOT / "recipes/smollm2-135m/synth-derive.yaml"), "--count", "train=60"]
    subprocess.run([*command, "--out", str(tmp_path / "data")], check=True, capture_output=True)
    made = hashlib.sha256((tmp_path / "data" / f"{split}.jsonl").read_bytes()).hexdigest()
    results = json.loads((ROOT / f"docs/results/{name}.results.json").read_text(encoding="utf-8"))
    assert results["data"]["sha256"] == made
    ran = json.loads((MODEL / "run.json").read_text(encoding="utf-8"))
    validated = ran["data"]["files"]["data/derive/val.jsonl"]
    val = (tmp_path / "data" / "val.jsonl").read_bytes()
    assert hashlib.sha256(val).hexdigest() == validated
    page = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    assert made in page


def test_doubts_are_counted_by_what_was_asked_for(tmp_path, monkeypatch):
    """A data set's own answers are right and not doubted; with another number they are both."""
    data = ROOT / "recipes/smollm2-135m/handwritten.jsonl"
    records = [json.loads(line) for line in data.read_text(encoding="utf-8").splitlines()]
    predictions, counts = tmp_path / "predictions.jsonl", tmp_path / "it.doubts.json"
    script = runpy.run_path(str(ROOT / "tools" / "count_doubts.py"))
    script["main"].__globals__["OUT"] = tmp_path
    monkeypatch.setattr(sys, "argv", ["count_doubts.py", "it", str(predictions), str(data)])
    for replaced in ({}, {'"La_target": ': '"La_target": 1'}):
        with predictions.open("w", encoding="utf-8") as file:
            for record in records:
                answer = record["messages"][-1]["content"]
                for old, new in replaced.items():
                    answer = answer.replace(old, new)
                line = {"id": record["id"], "turn": 1, "completion": answer}
                messages = {"messages": record["messages"][:-1]}
                file.write(json.dumps(line | messages, ensure_ascii=False) + "\n")
        script["main"]()
        counted = json.loads(counts.read_text(encoding="utf-8"))
        kind = "misread" if replaced else "right"
        assert counted[kind] == {"answers": 84, "doubted": 84 if replaced else 0}


@pytest.mark.parametrize("tool", ["count_doubts.py", "derivation_errors.py"])
def test_what_is_counted_for_the_results_belongs_together(tmp_path, monkeypatch, tool):
    """The ids of two data sets are alike; their prompts are not."""
    data, predictions = tmp_path / "test.jsonl", tmp_path / "predictions.jsonl"
    record = {"id": "test-000000", "meta": {"type": "full"}, "messages": _turns("fc = 1 GHz")}
    answer = {"id": "test-000000", "completion": "{}", "messages": _turns("fc = 2 GHz")[:1]}
    data.write_text(json.dumps(record) + "\n", encoding="utf-8")
    predictions.write_text(json.dumps(answer) + "\n", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", [tool, "it", str(predictions), str(data)])
    with pytest.raises(EvalError, match="'test-000000' answers another prompt"):
        runpy.run_path(str(ROOT / "tools" / tool))["main"]()


def _turns(request: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": request}, {"role": "assistant", "content": "{}"}]


def test_the_requests_written_by_hand_are_provable_and_those_that_were_answered():
    path = ROOT / "recipes/smollm2-135m/handwritten.jsonl"
    for other in (path, path.with_name("handwritten_val.jsonl")):
        command = [sys.executable, "-m", "rf_synth", "validate", str(other)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
    results = (ROOT / "docs/results/derives_handwritten.results.json").read_text(encoding="utf-8")
    assert json.loads(results)["data"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    adapter = hashlib.sha256((MODEL / "adapter_model.safetensors").read_bytes()).hexdigest()
    assert json.loads(results)["generated_by"]["adapter"]["sha256"] == adapter


@pytest.mark.slow
@pytest.mark.parametrize("request_text", REQUESTS)
def test_the_shipped_model_answers_right(tmp_path, request_text):
    command = [sys.executable, "-m", "rf_train", "chat", "recipes/smollm2-135m/inference.yaml"]
    answer = subprocess.run(
        [*command, "--once", request_text], cwd=ROOT, check=True, capture_output=True, text=True
    )
    found = json.loads(answer.stdout.strip().splitlines()[-1])
    assert found["order"] == REQUESTS[request_text]
