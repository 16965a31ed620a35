"""The library that computes: whether it is installed, its version, its errors in one line."""

import importlib.metadata
from collections.abc import Iterator
from contextlib import contextmanager

from rf_eval.errors import EvalError

ENGINE_NAME = "openvino"
_EXTRA = "install the extra rf-eval[cpu]"


def engine_version() -> str:
    """The installed OpenVINO's version. Raises EvalError without one."""
    try:
        return importlib.metadata.version(ENGINE_NAME)
    except importlib.metadata.PackageNotFoundError:
        raise EvalError(f"the engine needs {ENGINE_NAME}: {_EXTRA}") from None


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
