"""Calls answered by real commands: those that work, that die, that hang, and that talk nonsense."""

import json
import sys

import pytest
from rf_eval.backends import make_backend
from rf_eval.calls import find_call
from rf_eval.cli import run_command as run
from rf_eval.errors import EvalError
from rf_eval.runs import generate
from rf_eval.samples import read_dataset
from rf_eval.tools import Tool, command_line

ECHO = """
import json, sys
for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps({"id": question["id"], "said": question["arguments"]}), flush=True)
"""
DIES_AT = """
import json, os, sys
for line in sys.stdin:
    question = json.loads(line)
    if question["arguments"].get("poison"):
        fuse = question["arguments"]["poison"]
        if fuse == "always" or not os.path.exists(fuse):
            if fuse != "always":
                open(fuse, "w").close()
            sys.exit("Traceback: cannot digest this")
    print(json.dumps({"id": question["id"], "ok": True}), flush=True)
"""
SLEEPS = "import sys, time\nfor line in sys.stdin: time.sleep(600)"
HOARDS = "import sys\nsys.stdout.write(sys.stdin.read())"
LIES = """
import json, sys
for line in sys.stdin:
    print(json.dumps({"id": "another"}), flush=True)
"""


@pytest.fixture
def script(tmp_path):
    def write(source, name="tool.py"):
        path = tmp_path / name
        path.write_text(source, encoding="utf-8")
        return [sys.executable, str(path)]

    return write


def ask(command, questions, timeout=20.0):
    with Tool(command, timeout) as tool:
        return list(tool.answer(questions))


def test_many_questions_are_under_way_and_answered_in_order(script):
    questions = [
        (f"q{i}", {"width": "±120 Hz", "n": str(i), "pad": "x" * 500}) for i in range(2000)
    ]
    answers = ask(script(ECHO), questions)
    assert [answer["said"] for answer in answers] == [arguments for _, arguments in questions]


def test_one_process_serves_every_batch(script):
    source = "import os" + ECHO.replace('"said"', '"pid": os.getpid(), "said"')
    with Tool(script(source)) as tool:
        pids = {answer["pid"] for _ in range(5) for answer in tool.answer([("a", {}), ("b", {})])}
    assert len(pids) == 1


def test_a_tool_that_dies_once_is_started_again(script, tmp_path):
    fuse = str(tmp_path / "fuse")
    questions = [("a", {}), ("b", {"poison": fuse}), ("c", {})]
    assert ask(script(DIES_AT), questions) == [{"ok": True}] * 3


def test_a_tool_that_dies_twice_at_one_call_ends_with_its_last_words(script):
    with Tool(script(DIES_AT)) as tool:
        answers = tool.answer([("a", {}), ("b", {"poison": "always"}), ("c", {})])
        assert next(answers) == {"ok": True}
        with pytest.raises(EvalError, match="exit code 1: Traceback: cannot digest this at id 'b'"):
            next(answers)


@pytest.mark.parametrize("source", [SLEEPS, HOARDS], ids=["sleeps", "waits for the end"])
def test_a_slow_tool_ends_within_its_time_limit(script, source):
    with pytest.raises(EvalError, match=r"gave no answer within 0.3 s at id 'a', twice"):
        ask(script(source), [("a", {})], timeout=0.3)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (LIES, "answered another id than 'a'"),
        ("input(); print('hello', flush=True)", "did not answer a JSON object"),
        ("input(); print('[1]', flush=True)", "did not answer a JSON object"),
        ("input(); print('{\"x\": NaN}', flush=True)", "did not answer a JSON object"),
        ("", "ended with exit code 0"),
        ("import os; os.close(1); import time; input(); time.sleep(0.1)", "exit code"),
    ],
)
def test_what_is_no_answer_is_told_in_one_line(script, source, reason):
    with pytest.raises(EvalError, match=reason) as caught:
        ask(script(source), [("a", {})])
    assert "\n" not in str(caught.value)


def test_a_command_that_does_not_exist_is_told_before_the_model_is_asked(data_file, tmp_path):
    class Untouched:
        def describe(self):
            return {"model": None, "adapter": None, "rendering": None, "decoding": None}

        def generate(self, samples):
            raise AssertionError("the model was asked")

    with pytest.raises(EvalError, match="'no-such-tool' cannot be started"):
        generate(
            read_dataset(data_file), "x", Untouched(), tmp_path / "o", tool=Tool("no-such-tool -")
        )


@pytest.mark.parametrize("command", ["", "  ", "'open"])
def test_a_command_that_is_none(command):
    with pytest.raises(EvalError, match="tool"):
        command_line(command)


CALL = '{"name": "design_filter", "arguments": {"ripple": "0.1 dB"}}'


@pytest.mark.parametrize(
    ("text", "form", "repairs"),
    [
        (f"<tool_call>{CALL}</tool_call>", "tags", ()),
        (f"<tool_call>\n{CALL}\n</tool_call>\n", "tags", ()),
        (f"<think>\n\n</think>\n\n<tool_call>{CALL}</tool_call>", "tags", ("think block",)),
        (f"<tool_call>{CALL}", "tags", ("a tool_call that never closes",)),
        (f"Sure: <tool_call>{CALL}</tool_call>", "tags", ("text around the call",)),
        (
            f"<tool_call>{{}}</tool_call><tool_call>{CALL}</tool_call>",
            "tags",
            ("several calls, the last taken",),
        ),
        (CALL, "object", ()),
        (f"```json\n{CALL}\n```", "object", ("code fence",)),
        ('{"ripple": "0.1 dB"}', "arguments", ()),
        (json.dumps({"name": "f", "arguments": '{"ripple": "0.1 dB"}'}), "object",
         ("arguments as a text",)),
    ],
)  # fmt: skip
def test_calls_are_found_in_every_form(text, form, repairs):
    call = find_call(text)
    assert call.arguments == {"ripple": "0.1 dB"}
    assert (call.form, call.repairs) == (form, repairs)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Which ripple?", "no call in the text"),
        ('<tool_call>{"name": "design_filter", "arguments": {"ripple": "0.1', "cannot be read"),
        ('<tool_call>{"name": "f", "arguments": [1]}</tool_call>', "arguments are no object"),
        ('<tool_call>{"name": "f", "arguments": "{"}</tool_call>', "arguments are no object"),
        ('<tool_call>{"name": "f", "arguments": {"a": "1", "a": "2"}}</tool_call>', "duplicate"),
        ('<tool_call>{"name": "f", "arguments": {"a": "1"}</tool_call>', "no name and arguments"),
        ("<tool_call>" * 100_001, "longer than"),
        ("<tool_call>" * 50_000, "cannot be read"),
        ("{" * 500_000, "cannot be read"),
    ],
    ids=range(9),
)
def test_what_is_no_call_has_a_reason(text, reason):
    assert reason in find_call(text)


def test_a_call_that_the_token_limit_cut_is_none():
    assert "token limit" in find_call(f"<tool_call>{CALL}", "length")


def test_a_dead_tool_ends_the_run_and_the_run_resumes(call_data, script, tmp_path, capsys):
    """The third answer kills the tool; what was answered is kept, the rest comes on --resume."""
    out, fuse = tmp_path / "o", tmp_path / "mended"
    source = DIES_AT.replace('question["arguments"].get("poison")', 'question["id"] == "c-002"')
    source = source.replace('question["arguments"]["poison"]', repr(str(fuse)))
    source = source.replace('open(fuse, "w").close()', "pass")
    command = " ".join(script(source))
    arguments = ["generate", "--data", str(call_data), "--backend", "reference", "--out", str(out)]
    assert run([*arguments, "--tool", command]) == 1
    said = capsys.readouterr().err.strip()
    assert said.count("\n") == 0 and "cannot digest this at id 'c-002'" in said
    kept = (out / "predictions.jsonl").read_bytes()
    assert kept.count(b"\n") == 2
    fuse.touch()
    assert run([*arguments, "--tool", command]) == 1
    assert "unfinished" in capsys.readouterr().err
    assert run([*arguments, "--tool", command, "--resume"]) == 0
    whole = (out / "predictions.jsonl").read_bytes()
    assert whole.startswith(kept)
    made = [json.loads(line) for line in whole.splitlines()]
    assert len({(r["id"], r["turn"], r.get("history")) for r in made}) == len(made)
    assert all(r["result"] == {"ok": True} for r in made if r["call"])


def test_another_tool_is_another_run(call_data, script, tmp_path, capsys):
    out = tmp_path / "o"
    arguments = ["generate", "--data", str(call_data), "--backend", "reference", "--out", str(out)]
    assert run([*arguments, "--tool", " ".join(script(ECHO))]) == 0
    assert run([*arguments, "--tool", " ".join(script(ECHO, "other.py"))]) == 1
    assert "was made by another model" in capsys.readouterr().err


def test_the_tool_speaks_in_the_model_s_own_first_turn(call_data, call_tool, tmp_path):
    """After its own first turn the model sees the tool's question, not its call."""
    data = read_dataset(call_data)
    first = {
        "c-006": '<tool_call>{"name": "design_filter", "arguments": {"band": "LPF"}}</tool_call>'
    }
    answers = tmp_path / "answers.jsonl"
    lines = []
    for turn, history in ((1, None), (2, "own"), (2, "reference")):
        text = first["c-006"] if turn == 1 else "{}"
        lines.append({"id": "c-006", "turn": turn, "history": history, "completion": text})
    answers.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    (tmp_path / "one").mkdir()
    one = tmp_path / "one" / "test.jsonl"
    record = next(r for r in data.records if r["id"] == "c-006")
    one.write_text(json.dumps(record) + "\n", encoding="utf-8")
    backend = make_backend("replay", {"file": str(answers)})
    done = generate(read_dataset(one), "replay", backend, tmp_path / "o", tool=Tool(call_tool))
    own = done.predictions[("c-006", 2, "own")]["messages"]
    assert own[2] == {"role": "assistant", "content": "What ripple may the pass band have?"}


def test_a_recipe_names_the_tool_and_a_model_may_do_without(call_data, call_tool, tmp_path):
    recipe = tmp_path / "eval.yaml"
    recipe.write_text(
        f"data: {call_data.as_posix()}\nout: {(tmp_path / 'res').as_posix()}\n"
        f"tool: {json.dumps(' '.join(call_tool))}\ntool_timeout: 20\nmodels:\n"
        "  read: {backend: reference}\n  alone: {backend: reference, tool: false}\n",
        encoding="utf-8",
    )
    assert run(["run", "--recipe", str(recipe)]) == 0
    read = (tmp_path / "res" / "read" / "predictions.jsonl").read_text(encoding="utf-8")
    alone = (tmp_path / "res" / "alone" / "predictions.jsonl").read_text(encoding="utf-8")
    assert '"status": "designed"' in read and '"result"' not in alone


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("tool: 7", "tool: expected a command, found 7"),
        ("tool: ''", "tool: expected a command, found ''"),
        ("tool_timeout: 0", "tool_timeout: expected seconds above 0, found 0"),
        ("tool_schema: [1]", "tool_schema: expected a path, found [1]"),
    ],
)
def test_a_recipe_s_tool_must_be_one(call_data, tmp_path, capsys, line, reason):
    recipe = tmp_path / "eval.yaml"
    recipe.write_text(
        f"data: {call_data.as_posix()}\nout: {tmp_path.as_posix()}\n{line}\n"
        "models: {a: {backend: reference}}\n",
        encoding="utf-8",
    )
    assert run(["run", "--recipe", str(recipe)]) == 1
    assert f"eval.yaml:3: {reason}" in capsys.readouterr().err
