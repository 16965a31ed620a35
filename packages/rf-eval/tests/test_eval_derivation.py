"""Derivation steps, recomputed from the answer's own printed numbers."""

import json
import math

import pytest
from rf_eval import Answer, EvalError, Sample
from rf_eval.metrics.derivation import read_steps
from rf_eval.metrics.formula import compile_formula
from rf_eval.registry import metrics

STEPS = {
    "derivation_steps": {
        "derivation": {
            "lowpass": [
                {"name": "lfs", "formula": "lg(fs)", "decimals": 4},
                {"name": "lfc", "formula": "lg(fc)", "decimals": 4},
                {"name": "d", "formula": "lfs - lfc", "decimals": 4},
                {"name": "a", "formula": "lg(acosh(pow10(d)))", "decimals": 4},
            ]
        }
    }
}
META = {"type": "full", "band": "lowpass", "answer_style": "derivation"}
VALUES = {
    "lfs": "9.1761",
    "lfc": "9.0000",
    "d": 0.1761,
    "a": round(math.log10(math.acosh(10**0.1761)), 4),
}


def score(derivation, metadata=STEPS, **extra):
    body = {"fc": 1e9, "fs": 1.5e9, "derivation": derivation, "order": 7} | extra
    sample = Sample("a", [], json.dumps(body), META, dataset=metadata)
    return metrics.get("derivation_steps")(sample, Answer(json.dumps(body)))


def test_all_right():
    assert score(VALUES).value == 1.0


def test_the_first_wrong_step_is_named_and_later_ones_are_judged_on_their_own():
    found = score(VALUES | {"d": 0.1861})
    assert found.value == 0.5  # d is wrong, and a does not follow from the printed d
    assert found.label == "d" and "its own numbers give 0.1761" in found.why
    consistent = VALUES | {"d": 0.1861, "a": round(math.log10(math.acosh(10**0.1861)), 4)}
    assert score(consistent).value == 0.75


def test_the_last_decimal_must_be_the_rounded_one():
    assert score(VALUES | {"lfs": 9.1760}).label == "lfs"


def test_a_sum_written_from_the_right_is_read_backwards():
    steps = [
        {"name": "r", "formula": "lg(fs)", "decimals": 4, "from_right": True},
        {"name": "s", "formula": "r", "decimals": 4},
    ]
    told = {"derivation_steps": {"derivation": {"lowpass": steps}}}
    assert score({"r": "1671.9", "s": "9.1761"}, told).value == 1.0
    assert score({"r": "9.1761", "s": "9.1761"}, told).label == "r"
    assert score({"r": "1671.9", "s": "1671.9"}, told).label == "s"


def test_missing_steps_and_numbers_outside_the_domain():
    found = score({key: value for key, value in VALUES.items() if key != "d"})
    assert found.value == 0.5 and found.label == "d" and "missing" in found.why
    assert score(VALUES | {"d": -1}).value == 0.5
    assert score("text").value == 0.0
    assert score({}).value == 0.0
    assert score(VALUES, fc=-1).label == "lfc"


def test_not_applicable_without_derivation_or_description():
    plain = Sample("a", [], '{"order": 7}', META, dataset=STEPS)
    assert metrics.get("derivation_steps")(plain, Answer('{"order": 7}')).status == "not_applicable"
    assert score(VALUES, metadata={}).status == "not_applicable"
    sample = Sample("a", [], '{"derivation": {}, "order": 7}', META, dataset=STEPS)
    unreadable = metrics.get("derivation_steps")(sample, Answer("no"))
    assert (unreadable.value, unreadable.status) == (0.0, "parse_error")


@pytest.mark.parametrize(
    ("formula", "values", "expected"),
    [
        ("1 + 2 * 3 ^ 2", {}, 19),
        ("-(a - b) / 2", {"a": 1, "b": 4}, 1.5),
        ("lg1p10(x)", {"x": -3.0}, math.log10(1.001)),
        ("lg1m10(x)", {"x": -3.0}, math.log10(0.999)),
        ("lg10m1(x)", {"x": 0.01}, math.log10(10**0.01 - 1)),
        ("lgacosh10(x)", {"x": 0.3}, math.log10(math.acosh(10**0.3))),
        ("min(a, b) + max(a, b) - abs(a) + ceil(0.2) + floor(0.8)", {"a": 1, "b": 2}, 3),
        ("lead(h, 3) + next(h, 3)", {"h": 2988456.0}, 2_980_000 + 2_990_000),
        ("lead(h, 3) + next(h, 3)", {"h": 999999.0}, 999_000 + 1_000_000),
        ("lead(h, 3) + next(h, 3)", {"h": 1000.0}, 1000 + 1010),
        ("cut(k, 2) + cut(w, 3)", {"k": 1.29, "w": 9.05539}, 1.29 + 9.055),
        ("sqrt(4) + exp(0) + ln(1) + pow10(2) + cosh(0) + acosh(1)", {}, 104),
    ],
)
def test_formulas(formula, values, expected):
    assert compile_formula(formula)(values) == pytest.approx(expected)


@pytest.mark.parametrize(
    "formula",
    ["", "a +", "__import__('os')", "a.b", "a[0]", "lambda: 1", "f(x)", "lg(x=1)", "'a'",
     "a if b else c", "True", "1" * 600],
)  # fmt: skip
def test_what_is_no_formula_is_refused(formula):
    with pytest.raises(EvalError, match="formula"):
        compile_formula(formula)


def test_a_wrong_description_names_the_step():
    wrong = {"derivation_steps": {"s": {"lowpass": [{"name": "x", "formula": "a b"}]}}}
    with pytest.raises(EvalError, match="derivation step x"):
        read_steps(wrong)
    with pytest.raises(EvalError, match="style → band"):
        read_steps({"derivation_steps": {"s": [1]}})
