"""The inference library: whether it is installed, its version, its errors in one line."""

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
    """The installed OpenVINO's version. Raises EvalError if there is none."""
    try:
        return importlib.metadata.version(ENGINE_NAME)
    except importlib.metadata.PackageNotFoundError:
        raise EvalError(f"the engine needs {ENGINE_NAME}: {_EXTRA}") from None


def import_openvino() -> Any:
    """OpenVINO without its model conversion tools, which are not needed.

    They take a third of the import time and send usage statistics. Raises ImportError.
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
    """The only Core of this process, which is never deleted. Raises ImportError.

    Each Core has a CPU plugin, which installs an alternate signal stack and restores the previous
    one when it is deleted. Unless Cores are deleted in reverse order, this leaves a stack that was
    freed, and the next signal, such as Ctrl-C, crashes the process.
    """
    return import_openvino().Core()


@contextmanager
def in_one_line() -> Iterator[None]:
    """Converts missing packages, lack of memory and OpenVINO's errors to EvalError."""
    try:
        yield
    except ImportError as error:
        raise EvalError(f"the engine needs {error.name or error}: {_EXTRA}") from None
    except MemoryError:
        raise EvalError("out of memory") from None
    except RuntimeError as error:
        raise EvalError(_reason(str(error))) from None


def _reason(message: str) -> str:
    """The last informative line; OpenVINO prints the locations in its source before it."""
    if "alloc" in message:
        return "out of memory"
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    reasons = [line for line in lines if not line.startswith(("Exception from", "Check '"))]
    return f"{ENGINE_NAME}: {(reasons or lines or ['failed without a message'])[-1]}"
