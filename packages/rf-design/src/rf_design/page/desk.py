"""Access to the model: one thread reads one conversation at a time, others queue."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from rf_design.errors import DesignError
from rf_design.page.errors import PageError
from rf_design.reading.conversation import Message, Reader, Reading, read_request

State = Literal["off", "loading", "ready", "failed"]
MOST_WAITING = 64
_REMEMBERED = 512


class RememberingReader:
    """Caches the model's answers, which depend only on the conversation.

    A second turn thus costs one reading instead of two.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._answers: OrderedDict[str, str] = OrderedDict()

    def answer_many(self, conversations: list[list[Message]]) -> list[str]:
        """One answer for each conversation, in the same order."""
        keys = [json.dumps(messages) for messages in conversations]
        new = {k: c for k, c in zip(keys, conversations, strict=True) if k not in self._answers}
        answers = self._reader.answer_many(list(new.values())) if new else []
        found = dict(zip(new, answers, strict=True))
        for key in keys:
            found.setdefault(key, self._answers.get(key, ""))
            self._answers[key] = found[key]
            self._answers.move_to_end(key)
        while len(self._answers) > _REMEMBERED:
            self._answers.popitem(last=False)
        return [found[key] for key in keys]


class Desk:
    """Reads conversations with the model that `load` returns; None means no model.

    waiting: how many conversations somebody waits for, the one in progress included.
    """

    def __init__(self, load: Callable[[], Reader] | None) -> None:
        self._load = load
        self._reader: Reader | None = None
        self.state: State = "off" if load is None else "loading"
        self.problem = ""
        self.waiting = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reading")

    def open(self) -> None:
        """Starts to load the model before the first sentence needs it."""
        if self._load is not None:
            self._thread.submit(self._open)

    def close(self) -> None:
        """Cancels queued readings; the one in progress completes."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def read(self, turns: tuple[str, ...], lang: str | None) -> Reading:
        """The conversation as a call and its result. Raises PageError.

        Cancelling removes it from the queue; a reading in progress completes.
        """
        if self.state in ("off", "failed"):
            raise self._no_model()
        if self.waiting >= MOST_WAITING:
            raise PageError(
                503, "Too many requests are waiting for the model; try again in a moment.",
                "等待模型的请求过多，请稍后再试。",
            )  # fmt: skip
        self.waiting += 1
        try:
            return await asyncio.wrap_future(self._thread.submit(self._read, turns, lang))
        finally:
            self.waiting -= 1

    def _open(self) -> None:
        assert self._load is not None
        try:
            self._reader = RememberingReader(self._load())
            self.state = "ready"
        except DesignError as error:
            self.state, self.problem = "failed", str(error)

    def _read(self, turns: tuple[str, ...], lang: str | None) -> Reading:
        if self._reader is None:
            raise self._no_model()
        return read_request(turns, self._reader, lang)

    def _no_model(self) -> PageError:
        why = f" ({self.problem})" if self.problem else ""
        return PageError(
            503, f"There is no model to read sentences{why}. The form works without it.",
            f"没有可用于阅读句子的模型{why}。表单无需模型即可使用。",
        )  # fmt: skip
