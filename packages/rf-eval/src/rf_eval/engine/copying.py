"""Calls with copied values: a grammar per request that constrains values to its words.

A model that reads requests should copy values. Under this constraint it cannot invent or truncate a
number or misspell a unit; it only decides which value belongs to which key.
"""

import json
import re
from collections.abc import Mapping, Sequence

from rf_eval.engine.grammar import Schema

Messages = Sequence[Mapping[str, str]]
_SPELLED = (
    "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    "|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
    "|hundred|thousand|oh|point"
)
_PIECE = re.compile(
    r"\bf0(?=\d)"  # a centre frequency without a space before its number
    r"|\d+(?:\.\d+)?(?:e[+-]?\d+)?[\u2070-\u2079\u00b2\u00b3\u00b9\u207b]*"  # number, exponent
    r"|[零〇一二两三四五六七八九十百千]+(?:点[零〇一二三四五六七八九]+)?"  # Chinese numeral
    rf"|\b(?:{_SPELLED})(?:[ -](?:and )?(?:{_SPELLED}))*\b"  # English number words
    r"|[GMk]?Hz|dBc?"
    r"|[a-z]+(?-i:(?<=[a-z])(?=[A-Z]))"  # words without a space: ChebBPF
    r"|[a-z]+|\s+|.",
    re.IGNORECASE,
)
"""Units of copying: whole numbers and words; everything else by character."""
_FORBIDDEN = str.maketrans({'"': " ", "\\": " "})
"""Characters that JSON strings must escape; values do not contain them."""


def copied_call_grammar(arguments: Schema, name: str, messages: Messages) -> str:
    """A Lark grammar of one tool call in the Hermes format with values copied from a dialogue.

    Parameters
    ----------
    arguments
        The JSON Schema of the arguments, all of them strings. Keys appear in its order, each at
        most once.
    name
        The function's name.
    messages
        The dialogue. Every value is a span of whole words and numbers in the user's turns, or two
        such spans separated by a space, such as a number and a unit printed elsewhere.
    """
    keys = list(arguments["properties"])
    rules = [
        f"start: {_literal('<tool_call>')} /\\n?/ {_literal(_head(name))} arguments "
        f"{_literal('}}')} /\\n?/ {_literal('</tool_call>')}",
        "arguments: " + "\n    | ".join(['""', *(f"key_{i} after_{i}" for i in range(len(keys)))]),
    ]
    for i, key in enumerate(keys):
        after = f'(", " key_{i + 1})? after_{i + 1}' if i + 1 < len(keys) else '""'
        rules.append(f'key_{i}: {_literal(json.dumps(key) + ": " + chr(34))} VALUE "\\""')
        rules.append(f"after_{i}: {after}")
    rules.append(f"SPAN: %regex {json.dumps({'substring_chunks': _pieces(user_words(messages))})}")
    rules.append('VALUE: SPAN (" " SPAN)?')
    return "\n".join(rules) + "\n"


def user_words(messages: Messages) -> str:
    """The user's turns of a dialogue, joined."""
    return "\n".join(m["content"] for m in messages if m["role"] == "user")


def _pieces(text: str) -> list[str]:
    plain = " ".join(text.translate(_FORBIDDEN).split())
    return [match[0] for match in _PIECE.finditer(plain)]


def _head(name: str) -> str:
    return f'{{"name": {json.dumps(name)}, "arguments": {{'


def _literal(text: str) -> str:
    return json.dumps(text)
