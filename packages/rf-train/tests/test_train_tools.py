"""Functions and calls: what the model's own template makes of them, in training as at inference."""

import json
import os
from dataclasses import replace

import pytest
from rf_jsonl import FileError
from rf_train.data.rendering import prompt_ids
from rf_train.data.sources import Source, find_source
from rf_train.data.templates import TEMPLATES, apply_template
from rf_train.data.tokenised import read_samples
from rf_train.inference.trained_rendering import resolve_template, trained_rendering

ARGUMENTS = '{"family": "切比雪夫", "edge": "2π×10 kHz", "att1": "40 dB"}'
CALL = f'{{"name": "design_filter", "arguments": {ARGUMENTS}}}'
FUNCTION = {"name": "design_filter", "parameters": {"type": "object", "properties": {}}}
TOOL = {"type": "function", "function": FUNCTION}
ASKED = [
    {"role": "system", "content": "只回复一次调用。"},
    {"role": "user", "content": "低通 2π×10 kHz, 40 dB"},
]
OPENAI = {
    "role": "assistant",
    "content": None,
    "tool_calls": [
        {"type": "function", "function": {"name": "design_filter", "arguments": ARGUMENTS}}
    ],
}
# What the tests need of a template with tools, in the way of Qwen3's.
TEMPLATE = (
    "{% if tools %}<|im_start|>tools\n{% for t in tools %}{{ t | tojson }}\n{% endfor %}"
    "<|im_end|>\n{% endif %}"
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% if m.role == 'assistant' and loop.last %}<think>\n\n</think>\n\n{% endif %}{{ m.content }}"
    "{% for c in m.tool_calls %}<tool_call>\n"
    '{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments }}}\n</tool_call>'
    "{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)


@pytest.fixture
def own(tokenizer):
    """A tokenizer whose own template renders tools."""
    before, tokenizer.chat_template = tokenizer.chat_template, TEMPLATE
    yield tokenizer
    tokenizer.chat_template = before


@pytest.fixture
def qwen3():
    folder = os.environ.get("RF_QWEN3_TOKENIZER")
    if not folder:
        pytest.skip("RF_QWEN3_TOKENIZER names no folder with the official tokenizer")
    from rf_train.model.loading import load_tokenizer

    loaded = load_tokenizer(folder)
    apply_template(loaded, TEMPLATES["qwen3"])
    return loaded


def write(path, *records):
    lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]
    path.write_text("".join(lines), encoding="utf-8")
    return Source(path)


def samples_of(source, tokenizer, name="qwen3"):
    return read_samples(source, tokenizer, TEMPLATES[name], cutoff_len=4096, mask_history=True)


def same_ids(tmp_path, tokenizer):
    """A call as a function_call turn and as tool_calls, functions as text and as a list."""
    turn = {"role": "function_call", "content": CALL}
    stated = [json.dumps([TOOL]), [TOOL], json.dumps([FUNCTION])]
    records = [
        {"messages": [*ASKED, last], "tools": tools}
        for tools, last in zip(stated, [turn, OPENAI, turn], strict=True)
    ]
    samples = samples_of(write(tmp_path / "calls.jsonl", *records), tokenizer)
    ids, answer = samples.sample(0)
    for index in (1, 2):
        assert samples.sample(index)[0].tolist() == ids.tolist()
    template = TEMPLATES["qwen3"].offering([TOOL])
    prompt = prompt_ids(ASKED, tokenizer, template)
    assert ids[: len(prompt)].tolist() == prompt
    assert int(answer.argmax()) == len(prompt)
    said = tokenizer.decode(ids[answer])
    assert said == f"<tool_call>\n{CALL}\n</tool_call><|im_end|>"
    assert list(samples.summary.tools.values()) == [3]
    return tokenizer.decode(prompt)


def test_a_call_is_rendered_as_inference_prompts_for_it(tmp_path, own):
    prompt = same_ids(tmp_path, own)
    assert prompt.count("design_filter") == 1
    assert prompt.endswith("<think>\n\n</think>\n\n")


def test_qwen3_renders_a_call_as_inference_prompts_for_it(tmp_path, qwen3):
    """With the official tokenizer, and against its template fed with OpenAI's own messages."""
    prompt = same_ids(tmp_path, qwen3)
    whole = qwen3.apply_chat_template(
        [*ASKED, OPENAI | {"content": ""}], tools=[TOOL], tokenize=False, enable_thinking=False
    )
    assert whole == f"{prompt}<tool_call>\n{CALL}\n</tool_call><|im_end|>\n"


def test_names_of_llama_factory_s_registry(tmp_path, own):
    turns = [
        {"from": "human", "value": "low-pass"},
        {"from": "function_call", "value": CALL},
        {"from": "observation", "value": "order 5"},
        {"from": "gpt", "value": "Five."},
    ]
    write(tmp_path / "talks.jsonl", {"conversations": turns, "functions": json.dumps([TOOL])})
    columns = {"messages": "conversations", "tools": "functions"}
    entry = {"file_name": "talks.jsonl", "formatting": "sharegpt", "columns": columns}
    (tmp_path / "dataset_info.json").write_text(json.dumps({"talks": entry}), encoding="utf-8")
    ((_, messages, tools),) = find_source("talks", str(tmp_path)).dialogues()
    assert [message["role"] for message in messages] == ["user", "assistant", "tool", "assistant"]
    assert messages[1]["tool_calls"][0]["function"]["arguments"] == ARGUMENTS
    assert tools == (TOOL,)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"messages": [*ASKED, {"role": "function_call", "content": "{"}]}, "not JSON"),
        ({"messages": [*ASKED, {"role": "function_call", "content": "{}"}]}, "name, arguments"),
        ({"messages": [*ASKED, OPENAI | {"tool_calls": "x"}]}, "not a list of calls"),
        ({"messages": [*ASKED, OPENAI], "tools": "[1]"}, "not a list of functions"),
        ({"messages": [*ASKED, OPENAI], "tools": "["}, "tools is not JSON"),
    ],
)
def test_what_is_no_call_is_named_with_its_line(tmp_path, record, reason):
    source = write(tmp_path / "bad.jsonl", {"messages": [*ASKED, OPENAI]}, record)
    with pytest.raises(FileError, match=f"bad.jsonl:2: .*{reason}"):
        list(source.dialogues())


def test_a_template_that_leaves_functions_out_is_refused(tmp_path, own):
    source = write(tmp_path / "calls.jsonl", {"messages": [*ASKED, OPENAI], "tools": [TOOL]})
    with pytest.raises(FileError, match=r"jsonl:1: offers tools .* chatml does not render"):
        samples_of(source, own, "chatml")
    own.chat_template = TEMPLATE.replace("tool_calls", "other")
    with pytest.raises(FileError, match="qwen3 does not render"):
        samples_of(source, own)


def test_a_run_remembers_the_functions_it_offered(tmp_path, own):
    """What chat, merge and evaluation get from `run.json` renders the prompts of the training."""
    from rf_train.training.record import _tools

    messages = [*ASKED, OPENAI]
    same = samples_of(
        write(tmp_path / "a.jsonl", *[{"messages": messages, "tools": [TOOL]}] * 2), own
    )
    assert _tools(same) == [TOOL]
    mixed = write(
        tmp_path / "b.jsonl", {"messages": messages, "tools": [TOOL]}, {"messages": messages}
    )
    assert _tools(samples_of(mixed, own)) == []

    from hashlib import sha256

    kwargs = TEMPLATES["qwen3"].offering([TOOL]).kwargs
    digest = sha256(TEMPLATE.encode()).hexdigest()
    rendering = {"template": "qwen3", "chat_template_sha256": digest, "stop": ["<|im_end|>"]}
    record = {"rendering": rendering | {"chat_template_kwargs": kwargs}}
    (tmp_path / "run.json").write_text(json.dumps(record), encoding="utf-8")
    run = trained_rendering(str(tmp_path))
    template = resolve_template(None, run)
    run.apply(own, template)
    assert template == replace(TEMPLATES["qwen3"], kwargs=kwargs)
    ids, marks = same.sample(0)
    assert prompt_ids(ASKED, own, template) == ids[~marks].tolist()
