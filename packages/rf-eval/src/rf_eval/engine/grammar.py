"""Constrained decoding by a grammar: a JSON Schema or a Lark grammar."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rf_eval.engine.install import in_one_line
from rf_eval.errors import EvalError

Schema = Mapping[str, Any]
_TRAINED_JSON = {
    "whitespace_flexible": False,
    "item_separator": ", ",
    "key_separator": ": ",
}  # as Python's json module, which wrote the training data


def tool_call_grammar(arguments: Schema, name: str) -> str:
    """A Lark grammar of one tool call in the Hermes format, with arguments of a JSON Schema.

    The tags may be on separate lines, since templates differ.
    """
    call = {
        "type": "object",
        "properties": {"name": {"const": name}, "arguments": dict(arguments)},
        "required": ["name", "arguments"],
        "additionalProperties": False,
        "x-guidance": _TRAINED_JSON,
    }
    tags = r'start: "<tool_call>" /\n?/ call /\n?/ "</tool_call>"'
    return f"{tags}\ncall: %json {json.dumps(call)}\n"


class GrammarCompiler:
    """Creates matchers for one tokenizer and caches compiled grammars."""

    def __init__(self, tokenizer_file: Path, stop_ids: tuple[int, ...]) -> None:
        with in_one_line():
            import llguidance

        self._library = llguidance
        text = tokenizer_file.read_text(encoding="utf-8")
        self._tokenizer = llguidance.LLTokenizer(text, eos_token=list(stop_ids))
        self._grammars: dict[str, Any] = {}

    def matcher(self, grammar: Schema | str, keep: bool = True) -> "Matcher":
        """A matcher at the start of a JSON Schema (a mapping) or a Lark grammar (a string).

        With `keep` the compiled grammar is cached. Raises EvalError if it cannot be compiled.
        """
        if not keep:
            return Matcher(self._compiled(grammar))
        text = grammar if isinstance(grammar, str) else json.dumps(grammar)
        if text not in self._grammars:
            self._grammars[text] = self._compiled(grammar)
        return Matcher(self._grammars[text].deep_copy())

    def _compiled(self, grammar: Schema | str) -> Any:
        matchers = self._library.LLMatcher
        try:
            source = (
                matchers.grammar_from_lark(grammar)
                if isinstance(grammar, str)
                else matchers.grammar_from_json_schema(dict(grammar), overrides=_TRAINED_JSON)
            )
        except (ValueError, TypeError) as error:
            raise EvalError(f"the grammar cannot be used: {error}") from None
        found = matchers(self._tokenizer, source)
        if found.is_error():
            reason = found.get_error().splitlines()[0]
            raise EvalError(f"the grammar cannot be used: {reason}")
        return found


class Matcher:
    """The state of one answer in its grammar."""

    def __init__(self, matcher: Any) -> None:
        self._matcher = matcher

    def best(self, logits: NDArray[np.float32]) -> int:
        """The most likely token that the grammar allows."""
        allowed = np.frombuffer(self._matcher.compute_logit_bias(), np.uint8)[: len(logits)]
        # A model may have more logits than its tokenizer has tokens.
        return int(np.where(allowed != 0, logits[: len(allowed)], -np.inf).argmax())

    def consume(self, token: int) -> None:
        """Advances by a token that `best` returned."""
        self._matcher.consume_token(token)

    def forced(self, limit: int) -> list[int]:
        """The next tokens, as far as the grammar determines them."""
        return list(self._matcher.compute_ff_tokens())[:limit]
