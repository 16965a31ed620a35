"""Other CPUs than this one, emulated: with fewer instructions the same answers, or one line."""

import json
import platform
import shutil
import subprocess
import sys

import pytest

pytest.importorskip("openvino", reason="needs the extra rf-eval[cpu]")
pytest.importorskip("torch", reason="needs the extra rf-eval[hf], to write a model")

from engine_models import save_model
from rf_eval.engine import load, prepare

EMULATOR = shutil.which("qemu-x86_64")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(EMULATOR is None, reason="needs qemu-x86_64 (Debian's qemu-user)"),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="runs this x86-64 Python"),
]
REQUESTS = [f"fc {number}.4 GHz" for number in range(3)]
ANSWER = """
import json, sys
from rf_eval.engine import load
from rf_eval.errors import EvalError

try:
    engine = load(sys.argv[1], threads=1)
    many = [[{"role": "user", "content": text}] for text in sys.argv[2:]]
    print(json.dumps([engine.answer(messages, 30) for messages in many]))
except EvalError as error:
    print(json.dumps(str(error)))
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("model"), "qwen3")


@pytest.fixture
def prepared(model, request, tmp_path):
    return prepare(model, precision=request.param, cache=tmp_path / "cache")


def answers_on(cpu, folder):
    """What the engine says on a CPU of that name: its answers, or its error."""
    command = [EMULATOR, "-cpu", cpu, sys.executable, "-c", ANSWER, str(folder), *REQUESTS]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("prepared", ["float32"], indirect=True)
def test_a_cpu_with_avx2_alone_answers_the_same(prepared):
    engine = load(prepared, threads=1)
    here = [engine.answer([{"role": "user", "content": text}], 30) for text in REQUESTS]
    assert answers_on("Haswell", prepared) == here


@pytest.mark.parametrize("prepared", ["int8", "int4"], indirect=True)
def test_quantised_models_answer_on_avx2(prepared):
    """Rounding differs between CPUs, and a random model's answers with it."""
    found = answers_on("Haswell", prepared)
    assert len(found) == len(REQUESTS)
    assert all(found)


@pytest.mark.parametrize("cpu", ["IvyBridge", "Nehalem"])
@pytest.mark.parametrize("prepared", ["float32", "int8"], indirect=True)
def test_a_cpu_without_avx2_is_refused_in_one_line(cpu, prepared):
    assert answers_on(cpu, prepared) == "openvino: this CPU is too old (on x86 it needs AVX2)"
