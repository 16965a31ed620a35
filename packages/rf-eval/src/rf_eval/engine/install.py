"""The library that computes: whether it is installed, its version, its errors in one line."""

import importlib
import importlib.metadata
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from rf_eval.errors import EvalError

ENGINE_NAME = "openvino"
_CONVERSION = "openvino.tools.ovc"
_EXTRA = "install the extra rf-eval[cpu]"


def engine_version() -> str:
    """The installed OpenVINO's version. Raises EvalError without one."""
    try:
        return importlib.metadata.version(ENGINE_NAME)
    except importlib.metadata.PackageNotFoundError:
        raise EvalError(f"the engine needs {ENGINE_NAME}: {_EXTRA}") from None


def import_openvino() -> Any:
    """OpenVINO without its tools for converting models, which are not needed here.

    They take a third of the time that the import takes, and send usage statistics.
    Raises ImportError.
    """
    if ENGINE_NAME in sys.modules:
        return sys.modules[ENGINE_NAME]
    sys.modules[_CONVERSION] = None  # type: ignore[assignment]  # makes its import fail
    try:
        return importlib.import_module(ENGINE_NAME)
    finally:
        del sys.modules[_CONVERSION]


@cache
def openvino_core() -> Any:
    """The one Core of this process, which lives as long as it does. Raises ImportError.

    Each Core has a CPU plugin of its own, which gives the thread an alternate signal stack and puts
    back, when it goes, the one it found. Cores that do not end in reverse order leave a stack that
    is freed already, and the next signal, such as Ctrl-C, ends the process.
    """
    return import_openvino().Core()


@contextmanager
def in_one_line() -> Iterator[None]:
    """Turns missing packages, lack of memory and OpenVINO's own errors into an EvalError."""
    try:
        yield
    except ImportError as error:
        raise EvalError(f"the engine needs {error.name or error}: {_EXTRA}") from None
    except MemoryError:
        raise EvalError("out of memory") from None
    except RuntimeError as error:
        raise EvalError(_told(str(error))) from None


def _told(message: str) -> str:
    """The last line that says something; OpenVINO puts the places in its source before it."""
    if "alloc" in message:
        return "out of memory"
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    reasons = [line for line in lines if not line.startswith(("Exception from", "Check '"))]
    return f"{ENGINE_NAME}: {(reasons or lines or ['failed without a message'])[-1]}"
