"""From scores to rows: what counts, what does not, and what stands in a row."""

import json

import pytest
from rf_eval.registry import Metric
from rf_eval.results import aggregate
from rf_eval.score import RIGHT, Score, not_applicable, parse_error
from rf_eval.scored import read_scores
from rf_jsonl import FileError


def metric(name, aggregation="proportion"):
    return Metric(name, lambda sample, answer: RIGHT, aggregation=aggregation)


def records(name, scores, group=lambda i: {}):
    return [
        {"id": str(i), "group": group(i), "metrics": {name: score.to_record()}}
        for i, score in enumerate(scores)
    ]


def test_a_parse_error_counts_as_zero_and_what_does_not_apply_not_at_all():
    failed = Score(0.0, "metric_error", "ValueError")
    scores = [RIGHT, RIGHT, Score(0.0), parse_error("empty"), failed, not_applicable("prose")]
    [row] = aggregate(records("m", scores), [metric("m")])
    assert (row["n"], row["successes"], row["value"]) == (5, 2, 0.4)
    assert (row["parse_errors"], row["metric_errors"]) == (1, 1)
    assert row["method"] == "wilson" and row["ci_low"] < 0.4 < row["ci_high"]


def test_error_measures_are_over_what_could_be_read_and_their_shares_over_all():
    scores = [Score(0.0), Score(0.0005), Score(0.5), Score(None, "parse_error", "no number")]
    rows = {
        row["metric"]: row
        for row in aggregate(records("e", scores), [metric("e", "relative_error")])
    }
    assert (rows["e"]["n"], rows["e"]["value"], rows["e"]["parse_errors"]) == (3, 0.0005, 1)
    assert rows["e:mean"]["value"] == pytest.approx(0.5005 / 3)
    assert (rows["e:within_0.001"]["n"], rows["e:within_0.001"]["value"]) == (4, 0.5)


def test_groups_have_rows_of_their_own_and_labels_are_counted_in_each():
    scores = [Score(0.5, label="k"), RIGHT, Score(0.25, label="k"), Score(0.0, label="a")]
    rows = aggregate(
        records("d", scores, lambda i: {"band": "low" if i < 2 else "high"}), [metric("d", "mean")]
    )
    assert [row["group"] for row in rows] == [{}, {"band": "high"}, {"band": "low"}]
    assert [row["n"] for row in rows] == [4, 2, 2]
    assert list(rows[0]["labels"].items()) == [("k", 2), ("a", 1)]
    assert rows[1]["labels"] == {"a": 1, "k": 1} and rows[2]["labels"] == {"k": 1}
    assert [row["value"] for row in rows] == pytest.approx([0.4375, 0.125, 0.75])


def test_a_metric_without_any_value_has_no_row():
    scores = [Score(None, "parse_error", "no number")] * 3
    assert aggregate(records("m", scores), [metric("m")]) == []
    assert aggregate(records("m", scores), [metric("m", "mean")]) == []
    assert aggregate([], [metric("m")]) == []


def test_a_proportion_with_values_between_is_a_mean():
    [row] = aggregate(records("m", [RIGHT, Score(0.5)]), [metric("m")])
    assert (row["statistic"], row["value"]) == ("mean", 0.75)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"id": "a", "metrics": {}}, '"group"'),
        ({"id": "a", "group": {"band": 3}, "metrics": {}}, "group.band: 3"),
        ({"id": "a", "group": {}, "metrics": []}, "metrics: []"),
        ({"id": "a", "group": {}, "metrics": {"order": 1}}, "metrics.order: 1"),
        ({"id": "a", "group": {}, "metrics": {"order": {"value": 1}}}, "metrics.order: "),
        (
            {"id": "a", "group": {}, "metrics": {"m": {"value": "1", "status": "ok", "why": ""}}},
            "metrics.m.value: ",
        ),
    ],
)
def test_scores_that_are_none_are_refused_with_their_line(record, said, tmp_path):
    good = records("m", [RIGHT])[0]
    path = tmp_path / "scores.jsonl"
    path.write_text(f"{json.dumps(good)}\n{json.dumps(record)}\n", encoding="utf-8")
    with pytest.raises(FileError) as caught:
        read_scores(tmp_path)
    assert str(caught.value).startswith(f"{path}:2: ") and said in str(caught.value)
