"""The reading model through Qwen3's own tool template, rehearsed: the recipes `*-tool.yaml` of
recipes/qwen3-8b-rf with a small model, from the data to a server whose client reads `tool_calls`.

Only the model's path and sizes are changed. The tokenizer is the official one. The small base is
taught one request first, so that it calls the function at all, as Qwen3-8B does.
"""

import importlib.util
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from server_processes import end_process, wait_until_answered
from test_published_chain import PUBLISHED_MODEL, RECIPES, ROOT, command, make_model, read

SMALL_DATA = "--count train=16 --count val=4 --count test=12 --count test_ood=4".split()
SMALLER = {
    "train-tool.yaml": {
        "per_device_train_batch_size": 4,
        "num_train_epochs": 1,
        "max_steps": 2,
        "learning_rate": 1e-6,
        "save_steps": 1,
        "logging_steps": 1,
    },
    "eval-tool.yaml": {"n": 3, "max_new_tokens": 64, "batch_size": 3},
    "inference-tool.yaml": {"max_new_tokens": 96},
}
TAUGHT = {
    "stage": "sft", "finetuning_type": "full", "template": "qwen3", "dataset": "taught.jsonl",
    "cutoff_len": 3072, "mask_history": True, "per_device_train_batch_size": 1, "max_steps": 120,
    "learning_rate": 1e-2, "lr_scheduler_type": "cosine", "logging_steps": 20, "save_steps": 500,
}  # fmt: skip
QUESTION = "Chebyshev low-pass, 1.2 GHz, 0.1 dB ripple, 40 dB at 2.4 GHz"
ARGUMENTS = {
    "family": "Chebyshev", "band": "low-pass", "edge": "1.2 GHz", "ripple": "0.1 dB",
    "stop1": "2.4 GHz", "att1": "40 dB",
}  # fmt: skip
SERVING = ("fastapi", "uvicorn", "openai")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("RF_QWEN3_TOKENIZER"),
        reason="RF_QWEN3_TOKENIZER names no folder with the official tokenizer",
    ),
]


def make_recipes(folder: Path, model: str) -> None:
    folder.mkdir()
    for path in RECIPES.glob("*-tool.yaml"):
        text = path.read_text(encoding="utf-8").replace(PUBLISHED_MODEL, model)
        content = yaml.safe_load(text) | SMALLER.get(path.name, {})
        if path.name == "pipeline-tool.yaml":
            content["stages"][0]["run"] += SMALL_DATA
        if path.name == "eval-tool.yaml":
            content["tool"] = f"{sys.executable} -m rf_synth solve --calls -"
        if path.name == "inference-tool.yaml":
            content["tool"] = f"{sys.executable} -m rf_synth solve --calls -"
        (folder / path.name).write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")


def taught_record(tool: str) -> dict:
    from rf_synth.styles.tool_call import SYSTEM_PROMPTS, as_function_call

    messages = [
        {"role": "system", "content": SYSTEM_PROMPTS["en"]},
        {"role": "user", "content": QUESTION},
        {"role": "function_call", "content": as_function_call(ARGUMENTS)},
    ]
    meta = {"type": "full", "lang": "en", "band": "lowpass", "call": ARGUMENTS}
    return {"id": "taught-000000", "messages": messages, "tools": tool, "meta": meta}


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory):
    """A folder in which a base model has been taught one call and the whole chain has run."""
    from rf_synth.styles.tool_call import compact_tool

    folder = tmp_path_factory.mktemp("tool-rehearsal")
    make_model(folder / "random-qwen3")
    line = json.dumps(taught_record(compact_tool()), ensure_ascii=False) + "\n"
    (folder / "taught.jsonl").write_text(line, encoding="utf-8")
    recipe = TAUGHT | {"model_name_or_path": "random-qwen3", "output_dir": "small-qwen3"}
    (folder / "teach.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    taught = command(folder, "-m", "rf_train", "train", "teach.yaml")
    assert taught.returncode == 0, taught.stderr
    make_recipes(folder / "qwen3-8b-rf", "small-qwen3")
    outcome = command(folder, str(ROOT / "pipeline.py"), "qwen3-8b-rf/pipeline-tool.yaml")
    assert outcome.returncode == 0, outcome.stderr + outcome.stdout[-3000:]
    return folder


def test_the_run_offers_the_function_and_evaluation_prompts_alike(rehearsed):
    """The function is recorded once; both models' prompts have the template's length."""
    from transformers import AutoTokenizer

    rendering = read(rehearsed, "runs/qwen3-8b-rf-tool/run.json")["rendering"]
    [tool] = rendering["chat_template_kwargs"]["tools"]
    assert tool["function"]["name"] == "design_filter"
    tokenizer = AutoTokenizer.from_pretrained(os.environ["RF_QWEN3_TOKENIZER"])
    for name in ("base", "tuned"):
        path = rehearsed / f"results/qwen3-8b-rf-tool/{name}/predictions.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines()
        for found in map(json.loads, lines):
            text = tokenizer.apply_chat_template(
                found["messages"], tools=[tool], tokenize=False, add_generation_prompt=True,
                enable_thinking=False,
            )  # fmt: skip
            assert found["prompt_tokens"] == len(tokenizer(text)["input_ids"]) > 1000


def test_a_conversation_reaches_the_solver(rehearsed):
    """`--once` shows the call and the solver's reply; `--jsonl` keeps both."""
    log = rehearsed / "talked.jsonl"
    outcome = command(
        rehearsed, "-m", "rf_train", "chat", "qwen3-8b-rf/inference-tool.yaml", "--once", QUESTION,
        "--jsonl", str(log), "--id", "taught-000000",
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stderr
    assert "<tool_call>" in outcome.stdout and "Order 6 (n = 5.45)" in outcome.stdout
    found = json.loads(log.read_text(encoding="utf-8"))
    assert found["call"] == {"name": "design_filter", "arguments": ARGUMENTS}
    assert found["result"]["status"] == "designed" and found["result"]["order"] == 6


@pytest.fixture
def served(rehearsed, tmp_path):
    """The address of `transformers serve` with thinking off."""
    uv = os.environ.get("UV", "uv")
    extra = [word for name in SERVING for word in ("--with", name)]
    start = [uv, "run", "--project", str(ROOT), "--no-sync", *extra, "transformers", "serve"]
    if all(importlib.util.find_spec(name) for name in SERVING):
        start = [str(Path(sys.executable).with_name("transformers")), "serve"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    start += ["--port", str(port), "--host", "127.0.0.1", "--device", "cpu", "--dtype", "float32"]
    start += ["--chat-template-kwargs", '{"enable_thinking": false}']
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    process = subprocess.Popen(start, env=environment, cwd=rehearsed)
    try:
        wait_until_answered(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        end_process(process)


CLIENT = """
import json, sys
from openai import OpenAI
url, model, record = sys.argv[1], sys.argv[2], json.load(open(sys.argv[3], encoding="utf-8"))
answer = OpenAI(base_url=url, api_key="none").chat.completions.create(
    model=model, messages=record["messages"][:2], tools=json.loads(record["tools"]),
    temperature=0, max_tokens=96,
)
[call] = answer.choices[0].message.tool_calls
print(json.dumps([call.function.name, json.loads(call.function.arguments),
                  answer.choices[0].finish_reason, answer.usage.prompt_tokens]))
"""


def test_a_server_hands_over_the_call(rehearsed, served):
    """OpenAI's own client reads `tool_calls`; rf-eval reads them too, and prompts as `hf` does."""
    model = str(rehearsed / "runs/qwen3-8b-rf-tool-merged")
    extra = [] if importlib.util.find_spec("openai") else ["--with", "openai"]
    client = ["run", "--project", str(ROOT), "--no-sync", *extra, "python", "-c", CLIENT]
    asked = subprocess.run(
        [os.environ.get("UV", "uv"), *client, served, model, "taught.jsonl"],
        cwd=rehearsed, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert asked.returncode == 0, asked.stderr
    name, arguments, reason, prompt_tokens = json.loads(asked.stdout)
    assert (name, arguments, reason) == ("design_filter", ARGUMENTS, "tool_calls")

    tool = f"{sys.executable} -m rf_synth solve --calls -"
    common = ["--data", "taught.jsonl", "--tool", tool, "--max-new-tokens", "96"]
    found = {}
    for backend, options in {
        "openai": ["--model", model, "--base-url", served],
        "hf": ["--model", model, "--run", "runs/qwen3-8b-rf-tool", "--dtype", "float32"],
    }.items():
        outcome = command(
            rehearsed, "-m", "rf_eval", "generate", "--backend", backend, *common, *options,
            "--out", f"by-{backend}",
        )  # fmt: skip
        assert outcome.returncode == 0, outcome.stderr
        text = (rehearsed / f"by-{backend}" / "predictions.jsonl").read_text(encoding="utf-8")
        found[backend] = json.loads(text)
    for key in ("completion", "call", "result", "prompt_tokens"):
        assert found["openai"][key] == found["hf"][key], key
    assert found["hf"]["prompt_tokens"] == prompt_tokens
    assert found["hf"]["result"]["order"] == 6
