"""The trainer's prompts and the evaluator's are the same token ids, for every template.

rf-train and rf-eval load models and render prompts with code of their own: `rf-eval`'s two backends
read the run folder's files and know nothing of the trainer's templates.
"""

import os
from hashlib import sha256

import pytest
from rf_eval.backends.hf_model import load_without_weights
from rf_eval.backends.rendering import rendering_of_run
from rf_eval.engine.chat import CHAT_FILE, chat_settings, load_chat
from rf_eval.samples import Sample
from rf_jsonl import write_json
from rf_train.data.rendering import prompt_ids
from rf_train.data.templates import END, TEMPLATES, apply_template
from rf_train.model.loading import load_tokenizer
from tiny_chain import make_tiny_model

REASONING = (
    "{% if tools %}<|im_start|>system\n{{ tools | tojson }}<|im_end|>\n{% endif %}"
    "{% for m in messages %}\n    <|im_start|>{{ m.role }}\n{{ m.content | trim }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}"
    "{% endif %}"
)
"""A template of the form of Qwen3's: functions, and a think block that is empty when not wanted."""

TOOL = {"type": "function", "function": {"name": "design_filter", "parameters": {"类型": "<µ>"}}}

DIALOGUES = [
    [("user", "LPF 1 GHz, 40 dB @ 2 GHz\n")],
    [("system", "你是滤波器设计助手。"), ("user", " 带通，中心 2.4 GHz，Ω=50 ")],
    [("system", "Be brief."), ("user", "4th?"), ("assistant", "{}"), ("user", "<|im_end|> é")],
]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny-model")
    make_tiny_model(folder)
    return folder


@pytest.mark.parametrize("source", ["tiny", "qwen3"])
@pytest.mark.parametrize("with_tool", [False, True], ids=["plain", "tool"])
@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_trainer_and_both_backends_see_the_same_ids(name, with_tool, source, tiny, tmp_path):
    folder = tiny if source == "tiny" else os.environ.get("RF_QWEN3_TOKENIZER")
    if folder is None:
        pytest.skip("RF_QWEN3_TOKENIZER is not set")
    tokenizer = load_tokenizer(str(folder))
    if source == "tiny":
        tokenizer.chat_template = REASONING
    template = TEMPLATES[name].offering([TOOL] if with_tool else [])
    apply_template(tokenizer, template)
    tokenizer.save_pretrained(tmp_path)
    rendering = {
        "chat_template_sha256": sha256(tokenizer.chat_template.encode()).hexdigest(),
        "chat_template_kwargs": template.kwargs,
        "stop": [END],
    }
    write_json(tmp_path / "run.json", {"rendering": rendering})

    found = rendering_of_run(tmp_path)
    on_gpu = load_without_weights(found)
    write_json(tmp_path / CHAT_FILE, chat_settings(found, tmp_path))
    on_cpu = load_chat(tmp_path)
    for turns in DIALOGUES:
        messages = [{"role": role, "content": text} for role, text in turns]
        trained = prompt_ids(messages, tokenizer, template)
        sample = Sample("a", messages, "{}")
        assert on_gpu.tokenise([sample], found.kwargs) == [trained]
        assert on_cpu.prompt(messages) == trained
