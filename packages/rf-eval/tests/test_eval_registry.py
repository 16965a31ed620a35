"""Registering metrics: collisions, near misses, freezing, what the metadata says."""

import dataclasses
import subprocess
import sys

import pytest
from rf_eval import Answer, EvalError, Sample, Score
from rf_eval.errors import NameTakenError, UnknownNameError
from rf_eval.registry import Applies, Metric, Registry, metric, metrics
from rf_eval.scoring import apply, score_records


def fresh():
    return Registry("metric", "rf_eval.no_such_group", [])


def test_a_decorated_function_stays_plain():
    def shout(sample, answer):
        """Whether it shouts.

        More about it.
        """
        return Score(float(answer.text.isupper()))

    assert metric("test/shout", version=3)(shout) is shout
    entry = metrics.get("test/shout")
    assert entry.function is shout and entry.version == 3
    assert entry.description == "Whether it shouts."
    assert entry(Sample("a", [], ""), Answer("HEY")) == Score(1.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        entry.version = 4


def test_an_unknown_name_has_near_misses():
    with pytest.raises(UnknownNameError, match=r"no metric 'json_strikt' \(did you mean json_str"):
        metrics.get("json_strikt")


def test_a_second_function_of_a_name_is_refused():
    registry = fresh()
    first = Metric("twice", lambda s, a: Score(1.0))
    registry.register("twice", first)
    registry.register("twice", first)
    with pytest.raises(NameTakenError, match="'twice' is registered already"):
        registry.register("twice", Metric("twice", lambda s, a: Score(0.0)))


@pytest.mark.parametrize("name", ["", "Upper", "a b", "1st", "a/b/c", "/a", "a/"])
def test_names_have_a_form(name):
    with pytest.raises(EvalError, match="write name"):
        fresh().register(name, Metric(name, lambda s, a: Score(1.0)))


@pytest.mark.parametrize(
    "failure", [ZeroDivisionError("x"), KeyError("x"), TypeError("x"), AssertionError("x")]
)
def test_a_metric_that_fails_scores_zero_and_says_why(failure):
    def broken(sample, answer):
        raise failure

    score = apply(Metric("broken", broken), Sample("a", [], ""), Answer("x"))
    assert (score.value, score.status) == (0.0, "metric_error")
    assert type(failure).__name__ in score.why


def test_a_failed_error_measure_is_no_error_of_zero():
    """0 is the best relative error; a metric that failed must not look like it."""

    def broken(sample, answer):
        raise ValueError("x")

    measure = Metric("m", broken, range=(0.0, None), higher_is_better=False)
    score = apply(measure, Sample("a", [], ""), Answer("x"))
    assert (score.value, score.status) == (None, "metric_error")


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (1.0, "float"),
        (Score(float("nan")), "value nan"),
        (Score(float("inf")), "value inf"),
        (Score("1"), "value '1'"),
        (Score(1.0, "fine"), "status 'fine'"),
        (Score(1.0, "ok", None), "no text"),
        (Score(1.0, "ok", "", 3), "no text"),
    ],
)
def test_a_metric_that_returns_no_usable_score_is_an_error(returned, said):
    for _ in range(2):  # the same verdict when the same object comes again
        score = apply(Metric("odd", lambda s, a: returned), Sample("a", [], ""), Answer("x"))
        assert (score.value, score.status) == (0.0, "metric_error") and said in score.why
        score.to_record()


def test_a_prepare_that_fails_ends_the_run_with_one_line_that_names_the_metric():
    def broken(pairs):
        raise TypeError("no")

    odd = Metric("odd", lambda s, a: Score(1.0), prepare=broken)
    record = {"id": "a", "messages": [{"role": "assistant", "content": "x"}]}
    predictions = {("a", 1, None): {"completion": "x"}}
    with pytest.raises(EvalError, match="metric odd: prepare: TypeError: no"):
        list(score_records([record], predictions, [odd]))


def test_the_order_of_the_list_does_not_hang_on_what_was_imported_first():
    code = (
        "import rf_eval.backends.oracle, rf_eval.metrics.spec\n"
        "from rf_eval.registry import metrics\nprint(*metrics.names())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = run.stdout.split()
    builtin = [name for name in metrics.names() if "/" not in name]
    assert [name for name in names if "/" not in name] == builtin
    assert builtin[:2] == ["json_strict", "json_recovered"]


def test_the_built_in_metrics_describe_themselves():
    for entry in metrics:
        if "/" not in entry.name:
            assert entry.description.endswith("."), entry.name
            assert entry.version >= 1


def test_applies_reads_well():
    assert str(Applies()) == "every type; turn 1"
    second = Applies(frozenset({"followup_resolve"}), 2, "own")
    assert str(second) == "followup_resolve; turn 2, own history"
