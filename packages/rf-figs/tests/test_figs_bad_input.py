"""Inputs as they are found in the wild: incomplete, doubled, empty, broken, huge."""

import json
from pathlib import Path

import numpy as np
import pytest
from rf_figs import registry
from rf_figs.errors import FigsError, MissingInput
from rf_figs.inputs import Inputs
from rf_figs.readers.answers import read_answer
from rf_figs.render import Job, draw_job
from rf_figs.style import Style
from rf_figs.tables import to_csv
from rf_jsonl import FileError


def write_log(folder: Path, lines: list[str]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "trainer_log.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def step(number: int, **more) -> str:
    return json.dumps({"current_steps": number, "loss": 1.0 / number, "lr": 1e-4, **more})


def load(name: str, *folders: Path):
    inputs = Inputs(folders)
    return registry.get(name).load(inputs), inputs


def change(path: Path, **values) -> None:
    record = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**record, **values}), encoding="utf-8")


def test_log_lines_without_loss_or_rate_leave_gaps(tmp_path):
    lines = [step(1), json.dumps({"current_steps": 2, "loss": 0.4}), '{"current_steps": 3}']
    data, _ = load("training_loss_curve", write_log(tmp_path / "run", lines))
    assert list(data.step) == [1, 2]
    assert np.isnan(data.learning_rate[1])


def test_a_loss_of_null_is_left_out_and_said(tmp_path):
    lines = [step(1), step(2, loss=None), step(3)]
    data, inputs = load("training_loss_curve", write_log(tmp_path / "run", lines))
    assert np.isnan(data.loss[1])
    assert np.isfinite(data.smooth).all()
    assert inputs.notes == ["1 steps without a finite loss are left out"]


def test_a_literal_nan_is_refused_with_its_place(tmp_path):
    run = write_log(tmp_path / "run", [step(1), '{"current_steps": 2, "loss": NaN}'])
    with pytest.raises(FileError, match=r"trainer_log.jsonl:2: .*NaN"):
        load("training_loss_curve", run)


def test_a_line_without_its_step_is_refused_with_its_place(tmp_path):
    run = write_log(tmp_path / "run", [step(1), '{"loss": 1.0}'])
    with pytest.raises(FileError, match=r"trainer_log.jsonl:2: current_steps: is missing"):
        load("training_loss_curve", run)


def test_a_loss_that_is_text_is_refused_with_its_place(tmp_path):
    run = write_log(tmp_path / "run", [step(1, loss="low")])
    with pytest.raises(
        FileError, match=r"trainer_log.jsonl:1: loss: expected a number, found 'low'"
    ):
        load("training_loss_curve", run)


def test_of_a_step_logged_twice_the_last_line_counts(tmp_path):
    lines = [step(1), step(2), step(3), step(2, loss=9.0), step(3, loss=8.0), step(4)]
    data, inputs = load("training_loss_curve", write_log(tmp_path / "run", lines))
    assert list(data.step) == [1, 2, 3, 4]
    assert list(data.loss) == [1.0, 9.0, 8.0, 0.25]
    assert inputs.notes == ["2 steps were logged again; the last line of each counts"]


def test_a_log_without_any_loss_has_nothing_to_draw(tmp_path):
    with pytest.raises(MissingInput, match="no finite loss"):
        load("training_loss_curve", write_log(tmp_path / "run", [step(1, loss=None)]))


def test_a_huge_log_is_thinned_and_says_so(tmp_path):
    lines = [step(k) for k in range(1, 30_001)]
    lines[12_344] = step(12_345, loss=77.0)
    data, inputs = load("training_loss_curve", write_log(tmp_path / "run", lines))
    assert len(data.step) <= 2000
    assert (data.step[0], data.step[-1]) == (1, 30_000)
    assert 77.0 in data.loss  # a spike survives
    assert "of 30,000 steps drawn" in inputs.notes[0]
    style = Style()
    with style.applied():
        figure = registry.get("training_loss_curve").draw(data, style)
        figure.draw_without_rendering()
        axis = figure.axes[0].xaxis
        assert "30,000" in [label.get_text() for label in axis.get_ticklabels()]
        assert axis.get_offset_text().get_text() == ""


@pytest.mark.parametrize(
    "name", ["order_accuracy_by_band", "evaluation_radar", "results_table", "accuracy_by_margin"]
)
def test_empty_results_are_nothing_to_draw(handmade, name):
    for path in handmade.rglob("results.json"):
        change(path, metrics=[])
    with pytest.raises(MissingInput, match=r"results\.json"):
        load(name, handmade)


def test_a_band_that_was_not_measured_is_left_out(handmade):
    for path in handmade.rglob("results.json"):
        metrics = json.loads(path.read_text(encoding="utf-8"))["metrics"]
        change(path, metrics=[m for m in metrics if m["group"] != {"band": "bandpass"}])
    data, _ = load("order_accuracy_by_band", handmade)
    assert data.groups == ["lowpass", "highpass", "all"]
    outcome = draw_job(Job("order_accuracy_by_band", (handmade,), ("en",)))
    assert len(outcome.files) == 3


def test_one_model_alone_is_drawn_where_that_makes_sense(handmade):
    only = handmade / "results" / "tuned"
    for name in ("order_accuracy_by_band", "evaluation_radar", "results_table", "spec_compliance"):
        outcome = draw_job(Job(name, (only,), ("zh",)))
        assert outcome.files, outcome
    assert "baseline_comparison.json" in str(draw_job(Job("baseline_comparison", (only,))).skipped)


def test_a_comparison_with_a_model_that_is_not_there_is_skipped(handmade):
    change(handmade / "results" / "baseline_comparison.json", candidate="gone")
    assert "'gone'" in str(draw_job(Job("baseline_comparison", (handmade,))).skipped)


def test_scores_are_never_joined_to_another_data_set(handmade):
    change(handmade / "results" / "tuned" / "results.json", data={"sha256": "0" * 64})
    outcome = draw_job(Job("order_confusion", (handmade,)))
    assert "not the data set that the results name" in str(outcome.skipped)


def test_models_of_two_data_sets_are_not_joined_to_one(handmade):
    from rf_jsonl import sha256_file

    known = sha256_file(handmade / "data" / "test.jsonl")
    change(handmade / "results" / "base" / "results.json", data={"sha256": known})
    change(handmade / "results" / "tuned" / "results.json", data={"sha256": "0" * 64})
    outcome = draw_job(Job("order_confusion", (handmade,)))
    assert "tuned/results.json: was scored on another data set than" in str(outcome.failed)
    outcome = draw_job(Job("order_accuracy_by_band", (handmade,), ("en",)))
    assert outcome.notes == ["tuned was measured on another data set than base"]


def test_answers_to_other_prompts_are_not_drawn_against_these_masks(handmade):
    path = handmade / "results" / "tuned" / "predictions.jsonl"
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for record in records:
        record["messages"] = [{"role": "user", "content": "…"}]
    text = "".join(json.dumps(record) + "\n" for record in records)
    path.write_text(text, encoding="utf-8")
    assert draw_job(Job("s21_mask", (handmade,), ("en",))).failed is None
    path.write_text(text.replace("\\u2026", "Another request", 3), encoding="utf-8")
    outcome = draw_job(Job("s21_mask", (handmade,), ("en",)))
    assert "predictions.jsonl:1: 'test-000000' answers another prompt" in str(outcome.failed)


@pytest.mark.parametrize("name", ["baseline_comparison", "results_table"])
def test_a_comparison_of_other_scores_is_refused(handmade, name):
    path = handmade / "results" / "baseline_comparison.json"
    rows = json.loads((handmade / "results" / "tuned" / "results.json").read_text("utf-8"))
    change(path, results={"tuned": rows["metrics"]})
    assert draw_job(Job(name, (handmade,), ("en",))).failed is None
    rows["metrics"][0]["value"] = 0.123
    change(path, results={"tuned": rows["metrics"]})
    assert "compares other scores of tuned" in str(draw_job(Job(name, (handmade,))).failed)


def test_results_of_a_tool_are_drawn_like_answers(handmade):
    """Where the model wrote a call, the filter is the tool's."""
    path = handmade / "results" / "tuned" / "predictions.jsonl"
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for record in records:
        if record["completion"].startswith("{"):
            answer = json.loads(record["completion"])
            record |= {"completion": "<tool_call>…</tool_call>", "result": {"answer": answer}}
    before, _ = load("s21_mask", handmade)
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    after, _ = load("s21_mask", handmade)
    assert to_csv(after.table()) == to_csv(before.table())


def test_orders_beyond_the_axes_are_counted(handmade):
    path = handmade / "results" / "tuned" / "scores.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    record = json.loads(lines[0])
    record["metrics"]["order_error"] = {"value": 300, "status": "ok", "why": ""}
    path.write_text("\n".join([json.dumps(record), *lines[1:]]) + "\n", encoding="utf-8")
    _, inputs = load("order_confusion", handmade)
    assert inputs.notes == ["1 predicted orders outside the axes are drawn at their edge"]


def test_the_test_set_is_found_by_its_hash(handmade):
    from rf_jsonl import sha256_file

    other = handmade / "data" / "test_ood.jsonl"
    text = (handmade / "data" / "test.jsonl").read_text(encoding="utf-8")
    other.write_text(text.replace('"margin"', '"edge"'), encoding="utf-8")
    change(handmade / "results" / "base" / "results.json", data={"x": [sha256_file(other)]})
    change(handmade / "results" / "tuned" / "results.json", data={})
    _, inputs = load("order_confusion", handmade)
    assert other in inputs.used


def test_scores_of_unknown_samples_are_refused(handmade):
    lines = (handmade / "data" / "test.jsonl").read_text(encoding="utf-8").splitlines()
    (handmade / "data" / "test.jsonl").write_text("\n".join(lines[:5]) + "\n", encoding="utf-8")
    with pytest.raises(FigsError, match=r"'test-000005', which is not in test\.jsonl"):
        load("order_confusion", handmade)


def test_wrong_fields_are_named_with_file_and_line(handmade):
    path = handmade / "results" / "tuned" / "results.json"
    change(path, metrics=[{"metric": "order", "group": {}, "n": "many"}])
    outcome = draw_job(Job("results_table", (handmade,)))
    assert "metrics.0.n: expected a whole number, found 'many'" in str(outcome.failed)
    assert "results.json" in str(outcome.failed)


def test_imported_records_may_not_know_their_band_or_spec(tmp_path):
    meta = {"type": "followup_question", "band": None, "lang": "zh", "missing": ["R0"]}
    for name in ("train", "val", "test"):
        line = json.dumps({"id": f"{name}-0", "messages": [], "meta": meta})
        (tmp_path / f"{name}.jsonl").write_text(line + "\n", encoding="utf-8")
    data, _ = load("dataset_distribution", tmp_path)
    assert data.values("band") == ["unknown"]


@pytest.mark.parametrize(
    "text",
    [
        "no JSON", "[1]", '{"filter_band": "lowpass"}', "[" * 100_000,
        '{"filter_band":"lowpass","order":true,"fc":1,"fs":2,"ripple_db":1,"La_target":9}',
        '{"filter_band":"lowpass","order":3,"fs":1,"ripple_db":1,"La_target":9}',
        '{"filter_band":"bandpass","order":3,"f_center":1,"bandwidth":2,"ripple_db":1}',
        '{"filter_band":"lowpass","order":3,"fc":1,"fs":2,"ripple_db":1e8,"La_target":9}',
        '{"filter_band":"lowpass","order":3,"fc":1,"fs":2,"ripple_db":NaN,"La_target":9}',
        '{"filter_band":"lowpass","order":99,"fc":1,"fs":2,"ripple_db":1,"La_target":9}',
        '{"filter_band":"notch","order":3,"fc":1,"fs":2,"ripple_db":1,"La_target":9}',
    ],
)  # fmt: skip
def test_what_is_no_filter_is_never_drawn(text):
    assert read_answer(text) is None


def test_an_answer_that_is_a_filter_is_read_as_it_stands():
    text = '{"filter_band":"lowpass","order":3,"fc":1,"fs":2,"ripple_db":1,"La_target":9}'
    assert read_answer(text) == json.loads(text)
