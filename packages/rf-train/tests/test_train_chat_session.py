"""A whole conversation, with a model that has learned one dialogue by heart; typed into a real
terminal, sent through pipes, written down as predictions."""

import codecs
import io
import json
import os
import re
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from rf_train.cli import run
from safetensors.torch import load_file, save_file

DIALOGUE = [
    {"role": "system", "content": "你是滤波器设计助手。"},
    {"role": "user", "content": "低通，截止 1.2 GHz"},
    {"role": "assistant", "content": "缺少衰减，要多少 dB？"},
    {"role": "user", "content": "40 dB"},
    {"role": "assistant", "content": '{"fc": 1200000000, "order": 7}'},
]
SYSTEM, FIRST, QUESTION, SECOND, RESULT = (message["content"] for message in DIALOGUE)
WEIGHTS = "model.safetensors"
PATIENCE = 300  # seconds until a terminal that says nothing is given up


def write_yaml(path: Path, **keys) -> str:
    path.write_text(yaml.safe_dump(keys, allow_unicode=True), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def learned(tmp_path_factory, model_folder):
    """The run folder of a tiny model that was trained until it knew the dialogue by heart."""
    folder = tmp_path_factory.mktemp("learned")
    data = folder / "train.jsonl"
    record = json.dumps({"id": "s", "messages": DIALOGUE}, ensure_ascii=False)
    data.write_text((record + "\n") * 4, encoding="utf-8")
    recipe = write_yaml(
        folder / "train.yaml",
        model_name_or_path=str(model_folder),
        lora_rank=32,
        dataset=str(data),
        template="chatml",
        per_device_train_batch_size=4,
        max_steps=80,
        learning_rate=5e-3,
        output_dir=str(folder / "run"),
    )
    assert run(["train", recipe]) == 0
    return folder / "run"


@pytest.fixture
def recipe(tmp_path, model_folder, learned):
    return write_yaml(
        tmp_path / "inference.yaml",
        model_name_or_path=str(model_folder),
        adapter_name_or_path=str(learned),
        max_new_tokens=60,
    )


def test_a_run_records_the_system_prompts_of_its_data(learned):
    rendering = json.loads((learned / "run.json").read_text(encoding="utf-8"))["rendering"]
    assert rendering["system_prompts"] == [{"text": SYSTEM, "records": 4}]


def test_another_base_of_the_same_shape_is_refused(tmp_path, model_folder, learned, recipe, capsys):
    """Its weights tell; a base that was moved is the same one, and only its name is remarked."""
    other, moved = tmp_path / "other", tmp_path / "moved"
    for folder in (other, moved):
        shutil.copytree(model_folder, folder)
    weights = {name: tensor + 1 for name, tensor in load_file(other / WEIGHTS).items()}
    save_file(weights, other / WEIGHTS, metadata={"format": "pt"})
    once = ["chat", recipe, "--once", FIRST, "--set", "max_new_tokens=2"]
    assert run([*once, "--set", f"model_name_or_path={other}"]) == 1
    said = capsys.readouterr().err
    assert f"{other} is not what the adapter was trained on" in said
    assert "(the weights differ); allow_other_base: true answers anyway" in said
    consent = ["--set", "allow_other_base=true"]
    assert run([*once, "--set", f"model_name_or_path={other}", *consent]) == 0
    assert "(the weights differ)" in capsys.readouterr().err
    assert run([*once, "--set", f"model_name_or_path={moved}"]) == 0
    assert "is not what" not in capsys.readouterr().err


# -- once ----------------------------------------------------------------------------------------


def test_once_prints_the_answer_and_nothing_else(recipe, capfd):
    capfd.readouterr()
    assert run(["chat", recipe, "--once", FIRST]) == 0
    said = capfd.readouterr()
    assert said.out == QUESTION + "\n"
    assert SYSTEM in said.err
    assert "chatml, as" in said.err


@pytest.fixture
def typed(monkeypatch):
    """Gives the commands of this process bytes to read as their standard input."""

    def give(content: bytes) -> None:
        stream = io.TextIOWrapper(io.BytesIO(content), encoding="ascii")
        monkeypatch.setattr(sys, "stdin", stream)

    return give


def test_once_reads_standard_input_and_tells_of_a_cut(recipe, typed, capfd):
    typed(f"{FIRST}\n".encode())
    capfd.readouterr()
    assert run(["chat", recipe, "--once", "-", "--set", "max_new_tokens=3"]) == 0
    said = capfd.readouterr()
    assert QUESTION.startswith(said.out.rstrip("\n\ufffd"))
    assert "cut off after 3 tokens" in said.err
    typed(b"40 dB \xff")
    assert run(["chat", recipe, "--once", "-"]) == 1
    assert capfd.readouterr().err.strip() == "rf-train: <stdin>:1: not UTF-8 at byte 7"


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_question_is_one_line(recipe, capsys, text):
    assert run(["chat", recipe, "--once", text]) == 1
    assert capsys.readouterr().err.strip() == "rf-train: --once: expected a question, found nothing"


def test_answers_become_predictions(recipe, tmp_path, capfd):
    """The lines hold what evaluation asks of a prediction, and an id is answered only once."""
    file = tmp_path / "out" / "answers.jsonl"
    once = ["chat", recipe, "--once", FIRST, "--jsonl", str(file)]
    assert run([*once, "--id", "t-1"]) == 0
    assert run([*once, "--id", "t-2", "--set", "max_new_tokens=2"]) == 0
    first, second = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    assert {key: first[key] for key in ("id", "turn", "completion", "finish_reason")} == {
        "id": "t-1",
        "turn": 1,
        "completion": QUESTION,
        "finish_reason": "stop",
    }
    assert first["messages"] == DIALOGUE[:2]
    assert "history" not in first
    assert (second["finish_reason"], second["completion_tokens"]) == ("length", 2)
    capfd.readouterr()
    assert run([*once, "--id", "t-2"]) == 1
    assert f"{file}:2: holds an answer with the id 't-2' already" in capfd.readouterr().err


def test_with_a_tool_predictions_hold_call_and_result(recipe, tmp_path, capfd):
    """This model writes no call, so the tool is not asked and both are null."""
    file = tmp_path / "answers.jsonl"
    once = ["chat", recipe, "--once", FIRST, "--jsonl", str(file)]
    assert run([*once, "--set", f"tool={sys.executable} -c pass"]) == 0
    assert "-c pass" in capfd.readouterr().err
    [record] = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert (record["completion"], record["call"], record["result"]) == (QUESTION, None, None)


def test_a_tool_that_is_not_there_is_one_line(recipe, capsys):
    assert run(["chat", recipe, "--once", FIRST, "--set", "tool=no-such-command"]) == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("rf-train: tool: 'no-such-command': no such command")


def test_an_id_without_a_file_is_wrong_usage(recipe, capsys):
    assert run(["chat", recipe, "--once", "x", "--id", "a"]) == 2
    assert "--jsonl" in capsys.readouterr().err


def test_questions_from_a_pipe_are_one_dialogue(recipe, tmp_path, typed, capfd):
    """As in a terminal, but without a prompt; a broken byte is no reason to end."""
    file = tmp_path / "answers.jsonl"
    typed(f"{FIRST}\n{SECOND}\n/new\n\\\n/brew\n{FIRST}\n".encode() + b"\xff\n")
    assert run(["chat", recipe, "--jsonl", str(file)]) == 0
    said = capfd.readouterr().out
    assert said.index(QUESTION) < said.index(RESULT) < said.index("(new dialogue)")
    assert "(unknown command /brew; /help lists them)" in said
    assert "> " not in said
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert lines[1]["messages"] == DIALOGUE[:4]
    assert [(line["turn"], line.get("history")) for line in lines] == [
        (1, None),
        (2, "own"),
        (1, None),
        (2, "own"),
    ]
    assert lines[0]["id"] == lines[1]["id"]
    assert lines[2]["id"] == lines[3]["id"] == f"{lines[0]['id']}-2"
    assert lines[3]["messages"][-1]["content"] == "\ufffd"


# -- a terminal ----------------------------------------------------------------------------------


# The terminal becomes the program's own, so that its Ctrl-C reaches it, and the program listens
# to it even where the tests were started by something that does not.
IN_A_TERMINAL = """
import fcntl, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGINT, signal.default_int_handler)
from rf_train.cli import main
main(sys.argv[1:])
"""


class Terminal:
    """A program in a pseudo-terminal of its own: what a person at a keyboard can do with it."""

    def __init__(self, *arguments: str) -> None:
        import pty

        self.master, slave = pty.openpty()
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG"))}
        self.process = subprocess.Popen(
            [sys.executable, "-c", IN_A_TERMINAL, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env=environment | {"TERM": "xterm"},
        )
        os.close(slave)
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.said = ""

    def type(self, text: str) -> None:
        os.write(self.master, text.encode("utf-8"))

    def wait_for(self, pattern: str) -> None:
        """Reads until `pattern` matches behind what was waited for before."""
        while not (found := re.search(pattern, self.said)):
            assert self._read(), f"ended without {pattern!r}: {self.said!r}"
        self.said = self.said[found.end() :]

    def leave(self) -> int:
        """Waits for the end of the program; returns its exit code."""
        while self._read():
            pass
        return self.process.wait(timeout=PATIENCE)

    def interrupt(self, pattern: str) -> None:
        """Ctrl-C until it is heard: one between prompt and reading waits for the next key."""
        for _ in range(PATIENCE // 10):
            self.type("\x03")
            if select.select([self.master], [], [], 10.0)[0]:
                return self.wait_for(pattern)
        raise AssertionError(f"deaf to Ctrl-C after {self.said!r}")

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)

    def _read(self) -> bool:
        """Reads what has come; False at the end of the program."""
        ready, _, _ = select.select([self.master], [], [], PATIENCE)
        assert ready, f"silent for {PATIENCE} s after {self.said!r}"
        try:
            self.said += self._decoder.decode(os.read(self.master, 65536))
        except OSError:  # how Linux tells that nobody is at the other end any more
            return False
        return True


@pytest.fixture
def terminal():
    opened = []

    def start(*arguments: str) -> Terminal:
        opened.append(Terminal(*arguments))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX pseudo-terminal")


@posix
def test_a_dialogue_in_a_terminal(recipe, terminal):
    """Chinese typed and corrected, an answer streamed, a follow-up understood, Ctrl-D."""
    screen = terminal("chat", recipe)
    screen.wait_for("\n> ")
    screen.type("低通道\x7f，截止 1.2 GHz\r")  # one character too many, taken back
    screen.wait_for(re.escape(QUESTION))
    screen.wait_for("\n> ")
    screen.type(SECOND + "\r")
    screen.wait_for(re.escape(RESULT))  # only who remembers the first question knows
    screen.wait_for('"order": 7\r\n')  # once more, indented
    screen.wait_for("\n> ")
    screen.type("\x04")
    assert screen.leave() == 0
    assert "Traceback" not in screen.said


@posix
def test_ctrl_c_ends_an_answer_and_not_the_session(tmp_path, model_folder, terminal):
    """Random weights repeat themselves without end; a dialogue goes on as if not asked."""
    file = tmp_path / "answers.jsonl"
    endless = write_yaml(
        tmp_path / "endless.yaml",
        model_name_or_path=make_endless(model_folder, tmp_path / "endless"),
        template="chatml",
        max_new_tokens=10**6,
    )
    screen = terminal("chat", endless, "--jsonl", str(file))
    screen.wait_for("\n> ")
    for question in ("一", "二"):
        screen.type(question + "\r")
        screen.wait_for(question + r"\r\n\s*\S")  # the answer has begun
        screen.type("\x03")
        screen.wait_for("stopped; question and answer are dropped")
        screen.wait_for("\n> ")
    screen.type("/help\r")
    screen.wait_for("/quit")
    screen.wait_for("\n> ")
    screen.interrupt("Ctrl-C again leaves")  # one that came too late for an answer
    screen.wait_for("\n> ")
    screen.interrupt("rf-train: stopped\r\n")
    assert screen.leave() == 130
    assert file.read_text(encoding="utf-8") == ""


def make_endless(model_folder: Path, folder: Path) -> str:
    """The tiny random model with room for answers that nobody waits for."""
    import shutil

    shutil.copytree(model_folder, folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["max_position_embeddings"] = 10**7
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return str(folder)
