"""What can be wrong with one record. Every check yields sentences; none is silenced by another."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs
import orjson

from rf_synth import matching, proof
from rf_synth.language import LANGUAGES, held_out_families
from rf_synth.physics import CEILING_GUARD, SpecError, check_spec, spec_keys
from rf_synth.reading import Quantities, quantities
from rf_synth.schemas import load_schema
from rf_synth.styles import STYLES, Style, as_json, get_style

Record = dict[str, Any]

_TURNS = {"full": (3,), "followup_question": (3,), "followup_resolve": (5, 7)}
_ORDER_WORD = re.compile(r"阶数|几阶|\border\b", re.IGNORECASE)
_HELD_OUT = held_out_families()
_get_style = cache(get_style)


def make_validators() -> tuple[Any, Any]:
    """The compiled schemas of records and answers."""
    record, answer = (jsonschema_rs.validator_for(load_schema(n)) for n in ("record", "answer"))
    return record, answer


class RecordChecker:
    """Checks records one by one; remembers nothing of them."""

    def __init__(self) -> None:
        self._record, self._answer = make_validators()

    def problems(self, record: Record, split: str) -> Iterator[str]:
        """What is wrong with a record of `split`."""
        if not self._record.is_valid(record):
            yield from _schema_problems(self._record, record, "")
            return
        meta, messages = record["meta"], record["messages"]
        if not record["id"].startswith(f"{split}-"):
            yield f"id {record['id']!r} does not begin with {split!r}"
        yield from _phrasing_problems(meta["phrasing"], split)
        yield from _turn_problems(meta["type"], messages)
        user = [message["content"] for message in messages if message["role"] == "user"]
        if meta["type"] == "followup_question":
            yield from self._question_problems(meta, messages, user[0])
            return
        if meta["type"] == "followup_resolve":
            yield from _asked_problems(meta, messages)
        yield from self._answer_problems(meta, messages[-1]["content"], "\n".join(user))

    def _question_problems(
        self, meta: dict[str, Any], messages: list[dict[str, str]], request: str
    ) -> Iterator[str]:
        if meta["order"] is not None or meta["n_exact"] is not None:
            yield "a followup_question has an order"
        yield from _asked_problems(meta, messages)
        yield from _copy_problems(meta["spec"], quantities(request))

    def _answer_problems(self, meta: dict[str, Any], text: str, user: str) -> Iterator[str]:
        try:
            answer = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            yield f"the answer is not JSON: {error}"
            return
        if not self._answer.is_valid(answer):
            yield from _schema_problems(self._answer, answer, "answer")
            return
        if text != as_json(answer) and text != json.dumps(answer, ensure_ascii=False):
            yield "the answer is not written as one line of plain JSON"
        spec, order = meta["spec"], answer["order"]
        keys = spec_keys(answer["filter_band"])
        derived = ("derivation",) if "derivation" in answer else ()
        if (*keys, *derived, "order") != tuple(answer):
            yield f"the answer's keys stand in another order: {', '.join(answer)}"
        if len(spec) != len(keys) or any(answer.get(key) != v for key, v in spec.items()):
            yield "the answer's values are not those of meta.spec"
            return
        if order != meta["order"]:
            yield f"order is {order} in the answer and {meta['order']} in meta"
        if meta["band"] != spec["filter_band"]:
            yield f"band is {meta['band']} in meta and {spec['filter_band']} in the answer"
        yield from _physics_problems(meta, spec, order)
        yield from _style_problems(meta, spec, answer)
        yield from _copy_problems(spec, quantities(user))


def _schema_problems(validator: Any, value: object, where: str) -> Iterator[str]:
    for error in validator.iter_errors(value):
        path = ".".join([where, *map(str, error.instance_path)]).strip(".") or "record"
        yield f"{path}: {error.message[:120]}"
        return


def _phrasing_problems(phrasing: str, split: str) -> Iterator[str]:
    if (phrasing in _HELD_OUT) != (split == "test_ood"):
        told = "kept for test_ood" if phrasing in _HELD_OUT else "not one of those kept for it"
        yield f"phrasing {phrasing} is {told}"


def _turn_problems(kind: str, messages: list[dict[str, str]]) -> Iterator[str]:
    roles = [message["role"] for message in messages]
    if len(roles) not in _TURNS[kind] or roles[1:] != ["user", "assistant"] * (len(roles) // 2):
        yield f"a {kind} has the turns {', '.join(roles)}"


def _asked_problems(meta: dict[str, Any], messages: list[dict[str, str]]) -> Iterator[str]:
    """The first question asks for exactly `missing`, in the user's language, never for order."""
    question = messages[2]["content"]
    asked = asked_names(question, meta["lang"])
    if asked != set(meta["missing"]):
        yield (
            f"missing is {', '.join(meta['missing']) or 'nothing'}, but the question asks for "
            f"{', '.join(sorted(asked)) or 'nothing known'}"
        )
    if _ORDER_WORD.search(question):
        yield "the question asks for the order"
    yield from _told_problems(set(meta["missing"]), meta["band"], messages[1]["content"])


def _told_problems(missing: set[str], band: str, request: str) -> Iterator[str]:
    """The first request tells no more values of a kind than the parameters it is said to give."""
    said = quantities(request)
    names = set(spec_keys(band)[2:]) - missing
    given = {"ohm": names & {"R0"}, "dB": names & {"ripple_db", "La_target"}}
    given["Hz"] = names - {"R0", "ripple_db", "La_target"}
    for unit, values in (("ohm", said.ohms), ("dB", said.decibels), ("Hz", said.hertz)):
        if len(values) > len(given[unit]):
            yield f"the request tells more in {unit} than {', '.join(sorted(given[unit])) or 'no'}"


def asked_names(question: str, lang: str) -> set[str]:
    """The parameters that an assistant's question in that language asks for."""
    words = LANGUAGES[lang].asked
    found = set()
    for name in sorted(words, key=lambda name: -len(words[name])):
        if words[name] in question:
            found.add(name)
            question = question.replace(words[name], "")
    return found


def _physics_problems(meta: dict[str, Any], spec: Record, order: int) -> Iterator[str]:
    try:
        check_spec(spec)
    except SpecError as error:
        yield f"no filter can meet this: {error}"
        return
    if not proof.is_minimum(spec, order):
        reached = proof.attenuation_db(spec, order)
        yield f"order {order} is not the minimum: it reaches {reached:.4f} dB, see {spec}"
    n = proof.exact_n(spec)
    margin = abs(n - round(n))
    if meta["n_exact"] is None or abs(n - meta["n_exact"]) > 2e-6:
        yield f"n_exact is {meta['n_exact']}, expected {n:.6f}"
    if meta["margin"] is None or abs(margin - meta["margin"]) > 2e-6:
        yield f"margin is {meta['margin']}, expected {margin:.6f}"
    if margin < CEILING_GUARD:
        yield "n lies within 1e-6 of a whole number"


def _style_problems(meta: dict[str, Any], spec: Record, answer: Record) -> Iterator[str]:
    name = meta["answer_style"]
    if name not in STYLES:
        return  # a style of somebody else's
    style: Style = _get_style(name)
    expected = style.answer(spec, answer["order"])
    if expected != answer:
        yield f"the answer is not what style {name} writes for this specification"


def _copy_problems(spec: Record, said: Quantities) -> Iterator[str]:
    """Every number of the answer stands in the user's messages."""
    for key, value in spec.items():
        if key in ("filter_type", "filter_band"):
            continue
        if key == "R0":
            found = value in said.ohms
        elif key == "La_target":
            found = value in said.decibels
        elif key == "ripple_db":
            found = value in said.decibels or _said_as_match(value, said)
        else:
            found = value in said.hertz
        if not found:
            yield f"{key} {value} cannot be read off the user's messages"


def _said_as_match(ripple: float, said: Quantities) -> bool:
    """Whether the ripple follows from a return loss or VSWR that was said."""
    return any(
        matching.ripple_from_return_loss(v) == ripple for v in said.decibels if v > 3
    ) or any(matching.ripple_from_vswr(v) == ripple for v in said.plain if 1 < v <= 3)
