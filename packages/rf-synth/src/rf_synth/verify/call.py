"""Checks records of style `tool-call`.

The call is compared with the request, by a number parser that is independent of the code that
printed the numbers, and with the solver's result.
"""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

import jsonschema_rs
import orjson

from rf_synth.calls import solve_call
from rf_synth.language.reading import has_han
from rf_synth.requests.slots import SLOT
from rf_synth.requests.voices import HELD_OUT, LANGS, TRAIN_ALONE, VALIDATION, all_requests
from rf_synth.requests.wordings import all_wordings
from rf_synth.schemas import load_schema
from rf_synth.styles.tool_call import SYSTEM_PROMPTS, answer_turn, compact_tool

Record = dict[str, Any]
_STATUS = {"full": "designed", "followup_question": "incomplete", "outside": "outside"}
_NUMBER = (
    r"(?<![\d.])(?<!\d,)(?<![eE][+-])"
    r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<!\w)\d{1,3}(?: \d{3})+(?:\.\d+)?"
    r"|\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?|\.\d+)"
)
_QUANTITY = re.compile(
    rf"({_NUMBER})\s*(?:[GMk]Hz|Hz|dBc?\b|decibels?|分贝|兆赫|吉赫|千赫|赫兹|Ω|ohms?\b|欧姆?)",
    re.IGNORECASE,
)
_NARROW = {0xFF01 + i: 0x21 + i for i in range(94) if chr(0x21 + i).isalnum() or i == 13}
"""Full-width digits, letters and full stop to ASCII; other punctuation is unchanged."""
_DIGITS = re.compile(_NUMBER)


class CallChecker:
    """Checks records of style `tool-call` one by one, without state."""

    def __init__(self) -> None:
        self._call = jsonschema_rs.validator_for(load_schema("call"))

    def problems(self, record: Record, split: str) -> list[str]:
        """What is wrong with a record of `split` that conforms to the schema."""
        meta, messages = record["meta"], record["messages"]
        found = list(turn_problems(record, split))
        found += _prompt_problems(record)
        call = meta.get("call")
        if not isinstance(call, dict) or not self._call.is_valid(call):
            error = next(self._call.iter_errors(call))
            return [*found, f"meta.call: {error.message[:120]}"]
        if messages[-1] != answer_turn(call, messages[-1]["role"]):
            found.append("the last turn is not meta.call as style tool-call writes it")
        found += _tools_problems(record)
        said = "\n".join(m["content"] for m in messages if m["role"] == "user")
        found += copy_problems(call, said)
        found += unread_problems(call, said, meta)
        return found + list(_result_problems(call, meta))


def turn_problems(record: Record, split: str) -> Iterator[str]:
    """What is wrong with the turns, id, language and voice of a record."""
    meta, messages = record["meta"], record["messages"]
    roles = [message["role"] for message in messages]
    last = "function_call" if roles[-1] == "function_call" else "assistant"
    if roles != ["system", *["user", "assistant"] * ((len(roles) - 2) // 2), "user", last]:
        yield f"the turns are {', '.join(roles)}"
    if (len(messages) > 3) != (meta["type"] == "followup_resolve") and meta["type"] != "outside":
        yield f"a {meta['type']} has {len(messages)} messages"
    if not record["id"].startswith(f"{split}-"):
        yield f"id {record['id']!r} does not begin with {split!r}"
    user = "".join(message["content"] for message in messages if message["role"] == "user")
    # the reverse does not hold: Chinese requests may have no Chinese characters
    if meta["lang"] == "en" and has_han(user):
        yield f"lang is {meta['lang']}, but the user writes {user[:40]!r}"
    voice = meta["phrasing"].partition("-")[0]
    if voice not in _known_voices():
        yield f"phrasing {meta['phrasing']} is not of a known voice"
    elif not _may_use(voice, split):
        yield f"voice {voice} is not allowed in {split}"


def _prompt_problems(record: Record) -> Iterator[str]:
    lang = "en" if record["meta"]["lang"] == "en" else "zh"
    if record["messages"][0]["content"] != SYSTEM_PROMPTS[lang]:
        yield "the system prompt is not that of style tool-call"


def _tools_problems(record: Record) -> Iterator[str]:
    """Records whose call is a turn of its own, and no others, must have `tools`."""
    wanted = compact_tool() if record["messages"][-1]["role"] == "function_call" else None
    if record.get("tools") != wanted:
        yield "tools are not those of style tool-call" if wanted else "has tools"


def _may_use(voice: str, split: str) -> bool:
    """Whether a split may use a voice, or what is made from labels, clauses or the grammar."""
    if voice in _made_voices():
        return split != "test_ood"
    if voice in TRAIN_ALONE:
        return split == "train"
    owner = "test_ood" if voice in HELD_OUT else "val" if voice in VALIDATION else None
    return owner == (split if split in ("test_ood", "val") else None)


@cache
def _made_voices() -> frozenset[str]:
    sources = ("labels", "clauses", "grammar")
    return frozenset(f"{lang}/{source}" for lang in LANGS for source in sources)


@cache
def _known_voices() -> frozenset[str]:
    """All voices, including those of labels, clauses and the grammar."""
    voices = {request.voice for request in all_requests()}
    return frozenset(voices) | _made_voices()


def copy_problems(call: dict[str, str], said: str) -> list[str]:
    """Values that do not occur in the user's turns, whole or as separate number and unit."""
    found = []
    for key, text in call.items():
        number, _, unit = text.rpartition(" ")
        apart = number and number in said and unit.lower() in said.lower()
        if text not in said and not apart:
            found.append(f"{key} {text!r} does not occur in the request")
    return found


def unread_problems(call: dict[str, str], said: str, meta: Record) -> list[str]:
    """Quantities of the request that are neither in the call nor known to mean something else."""
    read = {value for text in call.values() for value in _values(text)}
    other = {value for text in meta.get("noise", []) for value in _values(text)}
    other |= _plain_values(meta["phrasing"])
    superseded = meta["corrected"] or meta["type"] == "followup_resolve"
    text = said.translate(_NARROW)
    return [
        f"{match[0]!r} of the request is not in the call"
        for match in _QUANTITY.finditer(text)
        if not superseded and not _is_held(match[1], read | other)
    ]


def _is_held(number: str, held: set[Decimal]) -> bool:
    """Whether `held` has a printed number; its groups may be a label and a number (`点1 236`)."""
    if any(str(value).endswith(number) for value in held if value >= 1000):
        return True  # the last group of digits of a number
    groups = number.split(" ")
    parts = number.split(",")
    if len(parts) > 1 and all(part.isdigit() and Decimal(part) in held for part in parts):
        return True  # two values separated by a comma
    return any(set(_values(" ".join(groups[start:]))) <= held for start in range(len(groups)))


def _values(text: str) -> list[Decimal]:
    values = []
    for match in _DIGITS.finditer(text.translate(_NARROW)):
        digits = match[0].replace(" ", "")
        grouped = re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", digits)
        digits = digits.replace(",", "" if grouped else ".")
        try:
            values.append(Decimal(digits))
        except InvalidOperation:
            continue
    return values


@cache
def _texts() -> dict[str, str]:
    """The text of each request of the voices, without its slots."""
    return {
        request.id: " ".join(
            slot.argument
            for turn in request.turns
            for slot in turn
            if slot.kind in ("text", "words")
        )
        for request in all_requests()
    }


@cache
def _plain_values(phrasing: str) -> frozenset[Decimal]:
    """Numbers in the wording itself: labels, part numbers, levels in words.

    The quantities of clauses are included, since any request may have some added.
    """
    return frozenset(_values(_texts().get(phrasing, ""))) | _clause_quantities()


@cache
def _clause_quantities() -> frozenset[Decimal]:
    """Numbers with a unit in the text of all clauses."""
    texts = [wording.text for lang in LANGS for wording in all_wordings(lang)]
    found = (match for text in texts for match in _QUANTITY.finditer(SLOT.sub(" ", text)))
    return frozenset(value for match in found for value in _values(match[1]))


def _result_problems(call: dict[str, str], meta: Record) -> Iterator[str]:
    result = orjson.loads(orjson.dumps(solve_call(call)))
    if result != meta["result"]:
        yield "meta.result is not the solver's result for meta.call"
        return
    wanted = _STATUS.get(meta["type"])
    if wanted and result["status"] != wanted:
        yield f"a {meta['type']} has the result {result['status']}"
    if meta["order"] != result.get("order") or meta["n_exact"] != result.get("n_exact"):
        yield "order or n_exact of meta are not those of the result"
    if meta["missing"] != result.get("missing", []):
        yield f"missing is {meta['missing']}, the result misses {result.get('missing', [])}"
