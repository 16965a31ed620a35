"""What a model folder cannot make the engine do: reach out of its template, or the network.

That no socket is opened is seen to by the system, which kills a process that tries.
"""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("openvino", reason="needs the extra rf-eval[cpu]")
pytest.importorskip("torch", reason="needs the extra rf-eval[hf], to make a model")

from engine_models import save_model, save_tokenizer
from rf_eval.engine import load, prepare
from rf_eval.errors import EvalError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux's")

# A seccomp filter that kills the process at the system call socket(2), in whatever library.
NO_SOCKETS = """
import ctypes, os, platform, struct, sys
call = {"x86_64": 41, "aarch64": 198}[platform.machine()]
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
KILL, ALLOW = 0x80000000, 0x7FFF0000
program = [(LOAD, 0, 0, 0), (JUMP_EQUAL, 0, 1, call), (RETURN, 0, 0, KILL), (RETURN, 0, 0, ALLOW)]
code = b"".join(struct.pack("HBBI", *line) for line in program)
memory = ctypes.create_string_buffer(code)
header = struct.pack("HxxxxxxP", len(program), ctypes.addressof(memory))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.create_string_buffer(header)):
    sys.exit("refused: " + os.strerror(ctypes.get_errno()))
"""
ANSWER = """
from rf_eval.engine import load, prepare
engine = load(prepare(sys.argv[1], cache=sys.argv[2]))
messages = [{"role": "user", "content": "fc 2.4 GHz"}]
schema = {"type": "object", "additionalProperties": False}
print(len(engine.answer_many([messages] * 3, 20)), engine.answer(messages, 20, grammar=schema))
"""
SOCKET = """
import socket
print("opened", socket.socket())
"""


def run(code, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", NO_SOCKETS + code, *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    if done.stderr.startswith("refused"):
        pytest.skip(f"seccomp filters are not allowed here: {done.stderr.strip()}")
    return done


def test_the_filter_kills_what_opens_a_socket():
    done = run(SOCKET)
    assert done.returncode != 0 and "opened" not in done.stdout
    assert "SIGSYS" in str(done) or done.returncode == -31


def test_a_chat_template_stays_in_its_sandbox(tmp_path: Path):
    escape = "{{ ''.__class__.__mro__[1].__subclasses__() }}"
    model = save_model(tmp_path / "model", "qwen2")
    save_tokenizer(model, escape)
    engine = load(prepare(model, cache=tmp_path / "cache"))
    with pytest.raises(EvalError, match="the chat template fails: access to attribute"):
        engine.answer([{"role": "user", "content": "x"}])


def test_no_socket_is_opened(tmp_path: Path):
    model = save_model(tmp_path / "model", "qwen2")
    done = run(ANSWER, model, tmp_path / "cache")
    assert (done.returncode, done.stdout) == (0, "3 {}\n"), done.stderr


TOOLS = """
from rf_eval.engine import load, prepare
load(prepare(sys.argv[1], cache=sys.argv[2])).answer([{"role": "user", "content": "x"}], 3)
print([name for name in sys.modules if "telemetry" in name], "torch" in sys.modules)
import openvino.tools.ovc
"""


def test_what_sends_usage_statistics_is_not_imported(tmp_path: Path):
    """Nor torch; and whoever wants the conversion tools in the same process can have them."""
    done = run(TOOLS, save_model(tmp_path / "model", "qwen2"), tmp_path / "cache")
    assert (done.returncode, done.stdout) == (0, "[] False\n"), done.stderr
