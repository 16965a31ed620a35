"""The model that reads requests: its files are prepared once, then loaded in under a second."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rf_jsonl import FileError, expanded

from rf_design.errors import DesignError
from rf_design.solving import CALL_NAME

if TYPE_CHECKING:
    from concurrent.futures import Future

    from rf_design.reading.conversation import Message

MODEL_VARIABLE = "RF_DESIGN_MODEL"
DEFAULT_ADAPTER = Path("models") / "smollm2-135m-rf-tool"
_MAX_NEW_TOKENS = 320

Progress = Callable[[str], None]


class EngineReader:
    """The engine of rf-eval as a reader of requests, restricted to words of the request."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def answer_many(self, conversations: "list[list[Message]]") -> list[str]:
        """One answer per conversation, in the same order."""
        limits = {"max_new_tokens": _MAX_NEW_TOKENS, "grammar": call_grammar}
        with _one_error():
            if len(conversations) == 1:
                return [self._engine.answer(conversations[0], **limits)]
            return list(self._engine.answer_many(conversations, **limits))


def call_grammar(messages: "Sequence[Message]" = ()) -> str:
    """A Lark grammar of one call of `design_filter` with values copied from the user's turns."""
    from rf_eval.engine import copied_call_grammar
    from rf_synth.schemas import load_schema

    return copied_call_grammar(load_schema("call"), CALL_NAME, messages)


def adapter_folder(stated: Path | None = None) -> Path:
    """The adapter to use: the stated one, that in RF_DESIGN_MODEL, or the repository's.

    Raises DesignError if there is none.
    """
    variable = os.environ.get(MODEL_VARIABLE)
    named = stated or (Path(expanded(variable)) if variable else None)
    if named is not None:
        if not named.is_dir():
            raise DesignError(
                f"{named}: no such folder, expected a trained adapter",
                f"{named}：没有这个文件夹，应为训练好的适配器",
            )
        return named
    here = Path.cwd()
    for root in (here, *here.parents, *Path(__file__).resolve().parents):
        if (root / DEFAULT_ADAPTER).is_dir():
            return root / DEFAULT_ADAPTER
    raise DesignError(
        f"no model to read requests with: give --model FOLDER or set {MODEL_VARIABLE}; "
        "--call and --spec need none",
        f"没有可用来读取需求的模型：请用 --model 指定文件夹，或设置 {MODEL_VARIABLE}；"
        "--call 和 --spec 不需要模型",
    )


def prepare_model(stated: Path | None, progress: Progress) -> Path:
    """Builds the engine's files unless they exist; returns their folder. Raises DesignError."""
    adapter = adapter_folder(stated)
    with _one_error():
        from rf_eval.engine import prepare

        return Path(prepare("embedded", adapter=adapter, progress=progress))


@cache
def installed_model(
    stated: Path | None = None, progress: Progress = lambda _: None
) -> EngineReader:
    """The model, loaded once per process; its files are prepared if necessary."""
    return _loaded(prepare_model(stated, progress))


def load_in_thread(stated: Path | None, progress: Progress) -> "Future[EngineReader]":
    """The installed model, loading in another thread.

    Missing files are prepared before this returns. Raises DesignError.
    """
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(_loaded, prepare_model(stated, progress))
    finally:
        pool.shutdown(wait=False)


@cache
def _loaded(folder: Path) -> EngineReader:
    with _one_error():
        from rf_eval.engine import load

        from rf_design.reading.typical import typical_answers

        engine = load(folder, grammar=call_grammar())
        engine.expect(typical_answers())
        return EngineReader(engine)


@contextmanager
def _one_error() -> Iterator[None]:
    """Converts the engine's errors, including a missing package, to DesignError."""
    from rf_eval.errors import EvalError

    try:
        yield
    except (EvalError, FileError) as error:
        raise DesignError(str(error)) from None
    except ImportError as error:
        raise DesignError(
            f"reading requests needs {error.name}: install rf-design[model]",
            f"读取需求需要 {error.name}：请安装 rf-design[model]",
        ) from None
