"""Checks single records. Each check returns sentences, independently of the others."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs
import orjson

from rf_synth.language import LANGUAGES, held_out_families
from rf_synth.language.reading import Quantities, bands_named, has_han, quantities
from rf_synth.schemas import load_schema
from rf_synth.specs import return_loss
from rf_synth.specs.minimum_order import BANDS, CEILING_GUARD, SpecError, check_spec, spec_keys
from rf_synth.styles import STYLES, Style, as_json, get_style
from rf_synth.verify import order_proof

Record = dict[str, Any]

_TURNS = {"full": (3,), "followup_question": (3,), "followup_resolve": (5, 7)}
_ROLES = ["system", *["user", "assistant"] * 3]
_UNITS = {"R0": "ohms", "La_target": "decibels", "ripple_db": "decibels"}
_ORDER_WORD = re.compile(r"阶数|几阶|\border\b", re.IGNORECASE)
_HELD_OUT = held_out_families()
_get_style = cache(get_style)


def make_validators() -> tuple[Any, Any]:
    """Validators for the schemas of records and answers."""
    record, answer = (jsonschema_rs.validator_for(load_schema(n)) for n in ("record", "answer"))
    return record, answer


class RecordChecker:
    """Checks records one by one, without state."""

    def __init__(self) -> None:
        self._record, self._answer = make_validators()

    def schema_problems(self, record: Record) -> list[str]:
        """How a record violates the schema."""
        if self._record.is_valid(record):
            return []
        return _schema_problems(self._record, record, "")

    def problems(self, record: Record, split: str) -> list[str]:
        """What is wrong with a record of `split`."""
        if found := self.schema_problems(record):
            return found
        meta, messages = record["meta"], record["messages"]
        kind, found = meta["type"], []
        if kind not in _TURNS or meta["band"] not in BANDS:
            return [
                f"type {kind} or band {meta['band']} is not one of style {meta['answer_style']}"
            ]
        found += _turn_problems(meta, messages)
        if not record["id"].startswith(f"{split}-"):
            found.append(f"id {record['id']!r} does not begin with {split!r}")
        if (meta["phrasing"] in _HELD_OUT) != (split == "test_ood"):
            found.append(_phrasing_problem(meta["phrasing"]))
        user = "\n".join([message["content"] for message in messages[1::2]])
        said = quantities(user)
        found += _wording_problems(meta, user)
        if kind != "full":
            found += _asked_problems(meta, messages)
        if kind != "followup_question":
            found += self.answer_problems(meta, messages[-1]["content"])
        elif meta["order"] is not None or meta["n_exact"] is not None:
            found.append("a followup_question has an order")
        return found + _copy_problems(meta["spec"], said)

    def answer_problems(self, meta: Record, text: str) -> list[str]:
        """Checks that the answer is valid, plainly written JSON and agrees with meta."""
        try:
            answer = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            return [f"the answer is not JSON: {error}"]
        if not self._answer.is_valid(answer):
            return _schema_problems(self._answer, answer, "answer")
        found = []
        if text != as_json(answer) and text != json.dumps(answer, ensure_ascii=False):
            found.append("the answer is not written as one line of plain JSON")
        spec, order = meta["spec"], answer["order"]
        keys = spec_keys(answer["filter_band"])
        derived = ("derivation",) if "derivation" in answer else ()
        if (*keys, *derived, "order") != tuple(answer):
            found.append(f"the answer's keys are in a different order: {', '.join(answer)}")
        if len(spec) != len(keys) or {**answer, **spec} != answer:
            return [*found, "the answer's values are not those of meta.spec"]
        if order != meta["order"]:
            found.append(f"order is {order} in the answer and {meta['order']} in meta")
        if meta["band"] != spec["filter_band"]:
            found.append(f"band is {meta['band']} in meta and {spec['filter_band']} in the answer")
        return found + _physics_problems(meta, spec, order) + _style_problems(meta, answer)


def _schema_problems(validator: Any, value: object, where: str) -> list[str]:
    error = next(validator.iter_errors(value))
    path = ".".join([where, *map(str, error.instance_path)]).strip(".") or "record"
    return [f"{path}: {error.message[:120]}"]


def _phrasing_problem(phrasing: str) -> str:
    reserved = "reserved" if phrasing in _HELD_OUT else "not reserved"
    return f"phrasing {phrasing} is {reserved} for test_ood"


def _turn_problems(meta: Record, messages: list[dict[str, str]]) -> list[str]:
    found, kind = [], meta["type"]
    roles = [message["role"] for message in messages]
    if len(roles) not in _TURNS[kind] or roles != _ROLES[: len(roles)]:
        found.append(f"a {kind} has the turns {', '.join(roles)}")
    if kind == "full" and (meta["missing"] or meta["corrected"]):
        found.append("a full request has missing or corrected parameters")
    return found


def _wording_problems(meta: Record, user: str) -> list[str]:
    """Compares the user's language and the band that the user names with meta."""
    found = []
    if has_han(user) == (meta["lang"] == "en"):
        found.append(f"lang is {meta['lang']}, but the user writes {user[:40]!r}")
    named = bands_named(user)
    unsaid = meta["type"] == "followup_question" and "filter_band" in meta["missing"]
    if named != ([] if unsaid else [meta["band"]]):
        found.append(f"band is {meta['band']}, but the user names {', '.join(named) or 'none'}")
    return found


def _asked_problems(meta: Record, messages: list[dict[str, str]]) -> list[str]:
    """Checks the questions: the first must ask for exactly `missing`, a second for a part of it.

    Both must be in the user's language and never ask for the order.
    """
    missing, found = set(meta["missing"]), []
    for place in (2, 4) if len(messages) > 5 else (2,):
        question = messages[place]["content"]
        asked = asked_names(question, meta["lang"])
        if asked != missing if place == 2 else not set() < asked < missing:
            found.append(asks_for_others(meta["missing"], asked))
        found += asks_for_order(question)
    return found + list(_surplus_problems(missing, meta["band"], messages[1]["content"]))


def asks_for_others(missing: list[str], asked: set[str]) -> str:
    """The message for a question that does not ask for exactly what is missing."""
    return (
        f"missing is {', '.join(missing) or 'nothing'}, but the question asks for "
        f"{', '.join(sorted(asked)) or 'nothing known'}"
    )


def asks_for_order(question: str) -> list[str]:
    """The message for a question that asks for the order, which is never missing."""
    return ["the question asks for the order"] if _ORDER_WORD.search(question) else []


def _surplus_problems(missing: set[str], band: str, request: str) -> Iterator[str]:
    """Yields units in which the first request states more values than it has parameters."""
    said = quantities(request)
    names = set(spec_keys(band)[2:]) - missing
    given = {"ohm": names & {"R0"}, "dB": names & {"ripple_db", "La_target"}}
    given["Hz"] = names - {"R0", "ripple_db", "La_target"}
    for unit, values in (("ohm", said.ohms), ("dB", said.decibels), ("Hz", said.hertz)):
        if len(values) > len(given[unit]):
            yield f"the request states more in {unit} than {', '.join(sorted(given[unit])) or 'no'}"


def asked_names(question: str, lang: str) -> set[str]:
    """The parameters that an assistant's question in `lang` asks for."""
    words = LANGUAGES[lang].asked
    found = set()
    for name in sorted(words, key=lambda name: -len(words[name])):
        if words[name] in question:
            found.add(name)
            question = question.replace(words[name], "")
    return found


def _physics_problems(meta: Record, spec: Record, order: int) -> list[str]:
    try:
        check_spec(spec)
    except SpecError as error:
        return [f"no filter can meet this: {error}"]
    omega, found = order_proof.stop_frequency(spec), []
    if omega <= 1:
        return ["no filter can meet this: the stop edge lies on the pass edge"]
    if not order_proof.is_minimum(spec, order, omega):
        reached = order_proof.attenuation_db(spec, order)
        found.append(f"order {order} is not the minimum: it reaches {reached:.4f} dB, see {spec}")
    n = order_proof.exact_n(spec, omega)
    margin = abs(n - round(n))
    if meta["n_exact"] is None or abs(n - meta["n_exact"]) > 2e-6:
        found.append(f"n_exact is {meta['n_exact']}, expected {n:.6f}")
    if meta["margin"] is None or abs(margin - meta["margin"]) > 2e-6:
        found.append(f"margin is {meta['margin']}, expected {margin:.6f}")
    if margin < CEILING_GUARD:
        found.append("n is within 1e-6 of an integer")
    return found


def _style_problems(meta: Record, answer: Record) -> list[str]:
    name = meta["answer_style"]
    if name not in STYLES:
        return []  # not one of our styles
    style: Style = _get_style(name)
    if style.answer(meta["spec"], answer["order"]) == answer:
        return []
    return [f"the answer is not what style {name} writes for this specification"]


def _copy_problems(spec: Record, said: Quantities) -> list[str]:
    """Numbers of the specification that are not in the user's messages."""
    return [
        f"{key} {value} is not in the user's messages"
        for key, value in spec.items()
        if value not in getattr(said, _UNITS.get(key, "hertz"))
        and key not in ("filter_type", "filter_band")
        and not (key == "ripple_db" and _follows_from_match(value, said))
    ]


def _follows_from_match(ripple: float, said: Quantities) -> bool:
    """Whether the ripple follows from a stated return loss or VSWR."""
    return any(
        return_loss.ripple_from_return_loss(v) == ripple for v in said.decibels if v > 3
    ) or any(return_loss.ripple_from_vswr(v) == ripple for v in said.plain if 1 < v <= 3)
