"""Records whose calls are turns of their own and that offer functions to the model."""

import json

import pytest
from rf_eval.backends import make_backend
from rf_eval.backends.hf_model import LoadedModel
from rf_eval.calls import find_call
from rf_eval.errors import EvalError
from rf_eval.samples import read_dataset, turns
from rf_jsonl import FileError

ARGUMENTS = '{"edge": "1 kHz", "ripple": "０．５分贝"}'
CALL = f'{{"name": "design_filter", "arguments": {ARGUMENTS}}}'
TEXT = f"<tool_call>\n{CALL}\n</tool_call>"
TOOL = {"type": "function", "function": {"name": "design_filter", "parameters": {}}}
FUNCTION = {"name": "design_filter", "arguments": ARGUMENTS}
LAST = {
    "text": {"role": "assistant", "content": TEXT},
    "turn": {"role": "function_call", "content": CALL},
    "openai": {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"type": "function", "function": FUNCTION}],
    },
}


def write(path, last, **more):
    asked = {"role": "user", "content": "low-pass 1 kHz"}
    record = {"id": "a", "messages": [asked, last], **more}
    path.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("form", LAST)
def test_every_way_of_writing_a_call_is_the_same_reference(tmp_path, form):
    data = read_dataset(write(tmp_path / "d.jsonl", LAST[form], tools=json.dumps([TOOL])))
    [sample] = turns(data.records[0])
    assert sample.expected_text == TEXT
    assert find_call(sample.expected_text).arguments == json.loads(ARGUMENTS)
    assert list(sample.tools) == [TOOL]
    assert sample.messages == [{"role": "user", "content": "low-pass 1 kHz"}]


@pytest.mark.parametrize(
    ("last", "tools", "reason"),
    [
        ({"role": "function_call", "content": "{"}, None, "a function_call turn is not JSON"),
        ({"role": "function_call", "content": "[1]"}, None, "a call is not {name, arguments}"),
        (LAST["openai"] | {"tool_calls": [1]}, None, "tool_calls is not a list of calls"),
        (LAST["turn"], "[", '"tools" is not JSON'),
        (LAST["turn"], [1], '"tools" is not a list of functions'),
    ],
)
def test_what_is_no_call_is_named_with_its_line(tmp_path, last, tools, reason):
    with pytest.raises(FileError) as caught:
        read_dataset(write(tmp_path / "d.jsonl", last, tools=tools))
    assert "d.jsonl:1: " in str(caught.value) and reason in str(caught.value)


class Template:
    """A tokenizer that writes down what its template is given."""

    def apply_chat_template(self, messages, **given):
        return json.dumps([messages, given.get("tools")])

    def __call__(self, texts, add_special_tokens):
        return {"input_ids": texts}


def test_hf_puts_a_sample_s_functions_into_its_prompt_and_the_run_s_otherwise(tmp_path):
    loaded = LoadedModel(None, Template(), ())
    run = {"enable_thinking": False, "tools": [{"type": "function", "function": {"name": "run"}}]}
    for more, expected in (({"tools": [TOOL]}, [TOOL]), ({}, run["tools"])):
        data = read_dataset(write(tmp_path / "d.jsonl", LAST["turn"], **more))
        [prompt] = loaded.tokenise(list(turns(data.records[0])), run)
        assert json.loads(prompt)[1] == expected


def test_cpu_refuses_functions_that_its_prompts_do_not_hold(tmp_path):
    from engine_models import save_model

    model = save_model(tmp_path / "model", "qwen3")
    backend = make_backend("cpu", {"model": str(model), "cache": str(tmp_path / "cache")})
    data = read_dataset(write(tmp_path / "d.jsonl", LAST["turn"], tools=[TOOL]))
    with pytest.raises(EvalError, match="sample a: offers functions"):
        next(backend.generate(list(turns(data.records[0]))))
