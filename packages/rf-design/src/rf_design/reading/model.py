"""The model that reads requests: its files are prepared once, then loaded in under a second."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from rf_design.errors import DesignError
from rf_design.reading.conversation import Message

MODEL_VARIABLE = "RF_DESIGN_MODEL"
DEFAULT_ADAPTER = Path("models") / "smollm2-135m-rf-call"
_MAX_NEW_TOKENS = 320


class EngineReader:
    """The engine of rf-eval as a reader of requests."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def answer_many(self, conversations: list[list[Message]]) -> list[str]:
        """One answer for each conversation, in the same order."""
        if len(conversations) == 1:
            return [self._engine.answer(conversations[0], max_new_tokens=_MAX_NEW_TOKENS)]
        return list(self._engine.answer_many(conversations, max_new_tokens=_MAX_NEW_TOKENS))


def adapter_folder(stated: Path | None = None) -> Path:
    """The adapter to use: the stated one, that of the environment, or the repository's own.

    Raises DesignError where there is none.
    """
    named = stated or (Path(os.environ[MODEL_VARIABLE]) if MODEL_VARIABLE in os.environ else None)
    if named is not None:
        if not named.is_dir():
            raise DesignError(f"{named}: no such folder, expected a trained adapter")
        return named
    here = Path.cwd()
    for root in (here, *here.parents, *Path(__file__).resolve().parents):
        if (root / DEFAULT_ADAPTER).is_dir():
            return root / DEFAULT_ADAPTER
    raise DesignError(
        f"no model to read requests with: give --model FOLDER or set {MODEL_VARIABLE}; "
        "--call and --spec need none"
    )


def prepare_model(stated: Path | None, progress: Callable[[str], None]) -> Path:
    """Builds the engine's files unless they are there; returns their folder."""
    from rf_eval.engine import prepare

    return Path(
        prepare(base="embedded", adapter=adapter_folder(stated), cache=None, progress=progress)
    )


@cache
def installed_model(
    stated: Path | None = None, progress: Callable[[str], None] = lambda _: None
) -> EngineReader:
    """The model, loaded once in a process; its files are prepared if need be."""
    from rf_eval.engine import load

    return EngineReader(load(prepare_model(stated, progress)))
