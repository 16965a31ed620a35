"""The engine: messages in, the model's answers out, one at a time or in batches."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, read_json

from rf_eval.engine.chat import TOKENIZER_FILE, Chat, load_chat
from rf_eval.engine.copying import Messages
from rf_eval.engine.decoding import Decoder, Request
from rf_eval.engine.drafts import Phrasebook, PromptLookup
from rf_eval.engine.grammar import GrammarCompiler, Matcher, Schema
from rf_eval.engine.install import engine_version, in_one_line
from rf_eval.engine.paged_model import OpenedModel
from rf_eval.engine.prepare import RECORD_FILE, is_prepared
from rf_eval.engine.typical import typical_answers
from rf_eval.errors import EvalError

Grammar = Schema | str
GrammarOf = Callable[[Messages], str]
"""Creates a grammar per dialogue, such as one of words in the dialogue."""
DEFAULT_NEW_TOKENS = 1024
DEFAULT_BATCH = 32


@dataclass(frozen=True)
class Answer:
    """One answer: text, finish reason (`stop` or `length`), lengths in tokens, duration."""

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    seconds: float


class Engine:
    """A loaded model with greedy decoding; several threads may use it, one at a time.

    `about` describes the engine: `{"name", "version", "precision"}`.
    """

    def __init__(
        self,
        folder: Path,
        record: Mapping[str, Any],
        chat: Chat,
        decoder: Decoder,
        compiler: GrammarCompiler | None = None,
    ) -> None:
        self.chat = chat
        self.about = {**record["engine"], "precision": record["precision"]}
        self._folder, self._context = folder, int(record["context_length"])
        self._decoder = decoder
        self._compiler = compiler
        self._lock = threading.Lock()

    def answer(
        self,
        messages: Messages,
        max_new_tokens: int = DEFAULT_NEW_TOKENS,
        on_text: Callable[[str], None] | None = None,
        grammar: Grammar | GrammarOf | None = None,
    ) -> str:
        """The answer to a dialogue that ends with the user's turn.

        Parameters
        ----------
        messages
            `{"role", "content"}` each; the system message is computed once for all dialogues that
            start with it.
        max_new_tokens
            Maximum length of the answer.
        on_text
            Called with each new piece of the answer's text.
        grammar
            A JSON Schema (a mapping) or a Lark grammar (a string, see `tool_call_grammar`) that
            constrains the answer, or a function that returns one for the dialogue.

        Raises EvalError with one line. An interruption takes effect after the current pass.
        """
        stream = None if on_text is None else _TextStream(self.chat, on_text)
        request = self._request(0, messages, max_new_tokens, grammar)
        request.on_token = None if stream is None else stream.add
        with self._lock:
            for _ in self._decoder.run([request], 1):
                pass
        if stream is not None:
            stream.finish()
        return self.chat.text(request.generated)

    def answer_many(
        self,
        many: Sequence[Messages],
        max_new_tokens: int = DEFAULT_NEW_TOKENS,
        grammar: Grammar | GrammarOf | None = None,
        batch_size: int = DEFAULT_BATCH,
    ) -> list[str]:
        """The answers to many dialogues, in order, computed `batch_size` at a time."""
        texts = [""] * len(many)
        for number, answer in self.answers(many, max_new_tokens, grammar, batch_size):
            texts[number] = answer.text
        return texts

    def answers(
        self,
        many: Sequence[Messages],
        max_new_tokens: int = DEFAULT_NEW_TOKENS,
        grammar: Grammar | GrammarOf | None = None,
        batch_size: int = DEFAULT_BATCH,
    ) -> Iterator[tuple[int, Answer]]:
        """Yields `(index, answer)` of each dialogue as it finishes. Raises EvalError."""
        requests = [self._request(i, m, max_new_tokens, grammar) for i, m in enumerate(many)]
        requests.sort(key=lambda request: -len(request.ids))
        with self._lock:
            for done in self._decoder.run(requests, batch_size):
                yield (
                    done.number,
                    Answer(
                        text=self.chat.text(done.generated),
                        finish_reason=done.finish_reason or "length",
                        prompt_tokens=done.prompt_tokens,
                        completion_tokens=len(done.generated),
                        seconds=done.seconds,
                    ),
                )

    def expect(self, answers: Sequence[str]) -> None:
        """Registers typical answers: answers that resemble one take fewer passes.

        The content of answers does not depend on them. Earlier answers and the model's file of
        typical answers are used as well.
        """
        with self._lock:
            _expect(answers, self.chat, self._decoder.phrasebook)

    def _request(
        self,
        number: int,
        messages: Messages,
        max_new_tokens: int,
        grammar: Grammar | GrammarOf | None,
    ) -> Request:
        ids = self.chat.prompt(messages)
        room = self._context - len(ids)
        if room <= 0:
            most = self._context - 1
            raise EvalError(f"prompt {number + 1} has {len(ids)} tokens, the model reads {most}")
        prefix = min(_common(self.chat.system_prefix(messages), ids), len(ids) - 1)
        make_matcher = None if grammar is None else partial(self._matcher, grammar, messages)
        limit = max(1, min(max_new_tokens, room))
        lookup = PromptLookup(self._decoder.phrasebook)
        return Request(number, ids, prefix, limit, lookup, make_matcher)

    def _matcher(self, grammar: Grammar | GrammarOf, messages: Messages) -> Matcher:
        if callable(grammar):
            return self._grammars().matcher(grammar(messages), keep=False)
        return self._grammars().matcher(grammar)

    def _grammars(self) -> GrammarCompiler:
        if self._compiler is None:
            tokenizer = self._folder / TOKENIZER_FILE
            self._compiler = GrammarCompiler(tokenizer, self.chat.stop_ids)
        return self._compiler


def _expect(answers: Iterable[str], chat: Chat, phrasebook: Phrasebook) -> None:
    for answer in answers:
        phrasebook.add([*chat.ids(answer), *chat.stop_ids[:1]])


def _common(first: Sequence[int], second: Sequence[int]) -> int:
    """The length of the common prefix of two sequences."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(first), len(second)))


class _TextStream:
    """Emits the text of an answer as it grows, in whole characters.

    Only the last tokens are decoded again, starting with those of the last piece: some tokenizers
    decode a token differently at the start of a text.
    """

    def __init__(self, chat: Chat, on_text: Callable[[str], None]) -> None:
        self._chat, self._on_text = chat, on_text
        self._ids: list[int] = []
        self._last = self._new = 0

    def add(self, token: int) -> None:
        self._ids.append(token)
        known = self._chat.text(self._ids[self._last : self._new])
        text = self._chat.text(self._ids[self._last :])
        if len(text) > len(known) and not text.endswith("\ufffd"):  # the middle of a character
            self._pass_on(known, text)

    def finish(self) -> None:
        known = self._chat.text(self._ids[self._last : self._new])
        self._pass_on(known, self._chat.text(self._ids[self._last :]))

    def _pass_on(self, known: str, text: str) -> None:
        if len(text) > len(known):
            self._on_text(text[len(known) :])
        self._last, self._new = self._new, len(self._ids)


def load(
    folder: str | Path,
    threads: int | None = None,
    *,
    for_batches: bool = False,
    grammar: Grammar | None = None,
) -> Engine:
    """The engine for a folder that `prepare` returned.

    Parameters
    ----------
    folder
        What `prepare` returned.
    threads
        Number of threads of one pass; by default the number of physical cores.
    for_batches
        Optimise for many dialogues at a time: each takes half the memory, but single answers take
        longer.
    grammar
        A grammar to compile while the model is loaded; otherwise the first answer with it waits a
        quarter of a second.

    Raises FileError and EvalError with one line.
    """
    path = Path(folder)
    with in_one_line():
        if not is_prepared(path):
            raise FileError(
                path, "is not a complete prepared model (rf_eval.engine.prepare makes one)"
            )
        record = read_json(path / RECORD_FILE)
        made, version = record["engine"]["version"], engine_version()
        if made != version:
            reason = f"was prepared by version {made} of the engine, not {version}"
            raise FileError(path, reason)
        opened = OpenedModel(path, record["precision"], record["attention"])
        # Compiling takes longest and releases the GIL, so everything else is done meanwhile.
        with ThreadPoolExecutor(1) as pool:
            model = pool.submit(opened.compile, threads, for_batches=for_batches)
            chat = load_chat(path)
            phrasebook = Phrasebook(chat.digits())
            _expect(typical_answers(path), chat, phrasebook)
            compiler = None
            if grammar is not None:
                compiler = GrammarCompiler(path / TOKENIZER_FILE, chat.stop_ids)
                compiler.matcher(grammar)
            decoder = Decoder(model.result(), chat.stop_ids, phrasebook)
            return Engine(path, record, chat, decoder, compiler)
