"""Answers held to a grammar while they are decoded: a JSON Schema or a Lark grammar."""

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
}  # how Python writes JSON, and so the training data


def tool_call_grammar(arguments: Schema, name: str) -> str:
    """A Lark grammar of one tool call in the Hermes form, its arguments held to a JSON Schema.

    The tags may stand on lines of their own: templates differ in that.
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
    """Makes matchers for one tokenizer; a grammar is compiled once."""

    def __init__(self, tokenizer_file: Path, stop_ids: tuple[int, ...]) -> None:
        with in_one_line():
            import llguidance

        self._library = llguidance
        text = tokenizer_file.read_text(encoding="utf-8")
        self._tokenizer = llguidance.LLTokenizer(text, eos_token=list(stop_ids))
        self._grammars: dict[str, Any] = {}

    def matcher(self, grammar: Schema | str, keep: bool = True) -> "Matcher":
        """A matcher at the start of a JSON Schema (a mapping) or a Lark grammar (a text).

        It is compiled once and kept, unless it is for one answer only. Raises EvalError for one
        that cannot be compiled.
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
    """Where one answer stands in its grammar."""

    def __init__(self, matcher: Any) -> None:
        self._matcher = matcher

    def best(self, logits: NDArray[np.float32]) -> int:
        """The likeliest token that the grammar allows here."""
        allowed = np.frombuffer(self._matcher.compute_logit_bias(), np.uint8)[: len(logits)]
        # A model may have more logits than its tokenizer has tokens.
        return int(np.where(allowed != 0, logits[: len(allowed)], -np.inf).argmax())

    def consume(self, token: int) -> None:
        """Steps over a token that `best` returned."""
        self._matcher.consume_token(token)

    def forced(self, limit: int) -> list[int]:
        """Tokens that must follow, as far as the grammar leaves no choice."""
        return list(self._matcher.compute_ff_tokens())[:limit]
