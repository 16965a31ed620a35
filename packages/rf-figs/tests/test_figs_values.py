"""What is drawn is what was read: numbers taken back from the artists."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from rf_figs import registry
from rf_figs.errors import MissingInput
from rf_figs.export import to_png
from rf_figs.inputs import Inputs
from rf_figs.style import Style
from rf_figs.tables import to_csv


def drawn(name: str, folder: Path, style: Style | None = None):
    kind = registry.get(name)
    data = kind.load(Inputs([folder]))
    style = style or Style()
    with style.applied():
        figure = kind.draw(data, style)
        figure.draw_without_rendering()
    return data, figure


def rows_of(data) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(to_csv(data.table()))))


def texts(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_loss_curve_draws_every_logged_step(handmade_once):
    data, figure = drawn("training_loss_curve", handmade_once)
    left, right = figure.axes
    loss, smooth = left.get_lines()[:2]
    assert list(loss.get_xdata()) == list(range(1, 25))
    np.testing.assert_array_equal(
        loss.get_ydata(), [2.0 / k + 0.3 + 0.05 * (k % 3) for k in range(1, 25)]
    )
    # EMA by its definition, with the bias of its start divided out.
    weights = 0.9 ** np.arange(24)[::-1]
    last = float(np.sum(weights * loss.get_ydata()) / np.sum(weights))
    assert smooth.get_ydata()[-1] == pytest.approx(last, rel=1e-12)
    assert f"final {last:.4g}" in texts(left)
    rates = right.get_lines()[0].get_ydata() * 1e-5
    np.testing.assert_allclose(rates, [1e-4 * min(k / 4, 1 - k / 48) for k in range(1, 25)])
    assert "10^{-5}" in right.get_ylabel()
    assert [int(row["step"]) for row in rows_of(data)] == list(range(1, 25))


def test_loss_curve_marks_where_each_epoch_ends(handmade_once):
    data, figure = drawn("training_loss_curve", handmade_once)
    assert data.epochs == [(12, 1), (24, 2)]
    assert "epoch 1" in texts(figure.axes[0])


def test_baseline_comparison_bars_and_p(handmade_once):
    data, figure = drawn("baseline_comparison", handmade_once)
    axes = figure.axes[0]
    base, tuned = (c for c in axes.containers if hasattr(c, "patches"))
    assert [bar.get_width() for bar in base] == pytest.approx(
        [100 * row for row in (9 / 20, 7 / 20, 8 / 20, 8 / 20, 6 / 20, 5 / 20, 1.0)]
    )
    assert tuned[4].get_width() == pytest.approx(85)
    ends = base.errorbar.lines[2][0].get_segments()[0][:, 0]
    assert list(ends) == pytest.approx([35, 50])  # the file's interval, not one of our own
    assert texts(axes).count("p < 0.001") == 2
    assert "p = 0.035" in texts(axes)
    assert {row["p_value"] for row in rows_of(data)} == {"", "0.0005", "0.0352"}


def test_order_by_band_keeps_value_interval_and_n(handmade_once):
    data, figure = drawn("order_accuracy_by_band", handmade_once)
    axes = figure.axes[0]
    bars = [bar.get_height() for c in axes.containers if hasattr(c, "patches") for bar in c]
    expected = [2 / 7, 1 / 6, 0, 0.3, 5 / 7, 4 / 6, 3 / 7, 0.85]
    assert bars == pytest.approx([100 * value for value in expected])
    labels = [tick.get_text() for tick in axes.get_xticklabels()]
    assert labels == ["Low-pass\nn = 7", "Band-pass\nn = 6", "High-pass\nn = 7", "All\nn = 20"]
    row = rows_of(data)[0]
    assert (row["model"], row["band"], row["n"]) == ("base", "lowpass", "7")
    assert float(row["ci_low"]) == pytest.approx(2 / 7 - 0.1)


def test_dataset_shares_add_up_to_the_counted_records(handmade_once):
    data, figure = drawn("dataset_distribution", handmade_once)
    widths = [bar.get_width() for bar in figure.axes[0].patches]
    assert widths == pytest.approx([60, 20, 20] * 3)
    counted = {(r["split"], r["aspect"], r["value"]): int(r["samples"]) for r in rows_of(data)}
    assert counted["train", "type", "full"] == 54
    assert counted["test", "band", "lowpass"] == 14
    assert sum(n for key, n in counted.items() if key[:2] == ("val", "lang")) == 20


def test_radar_and_its_table_show_the_same_numbers(handmade_once):
    _, figure = drawn("evaluation_radar", handmade_once)
    radar, table = figure.axes
    assert (radar.get_rmin(), radar.get_rmax()) == (0, 100)
    tuned = radar.get_lines()[1].get_ydata()
    assert list(tuned) == pytest.approx([100, 90, 95, 95, 85, 80, 100, 100])
    cells = texts(table)
    row = cells.index("Order")
    assert cells[row : row + 4] == ["Order", "20", "30.0 [20.0, 35.0]", "85.0 [75.0, 90.0]"]


def test_results_table_prints_values_intervals_and_tests(handmade_once):
    _, figure = drawn("results_table", handmade_once, Style(width="page"))
    cells = texts(figure.axes[0])
    for cell in (
        "85.0 [75.0, 90.0]",
        "28.6 [18.6, 33.6]",
        "+50.0 [+20.0, +70.0]",
        "0.035",
        "<0.001",
    ):
        assert cell in cells


def test_results_table_csv_holds_every_row_of_every_model(handmade_once):
    data = registry.get("results_table").load(Inputs([handmade_once]))
    rows = rows_of(data)
    assert len(rows) == 2 * 14
    assert {row["method"] for row in rows} == {"wilson", "bootstrap"}


def test_numerical_errors_show_zeros_apart(handmade_once):
    data, figure = drawn("numerical_errors", handmade_once)
    axes = figure.axes[0]
    errors = data.errors["tuned", "fc"]
    strip = next(line for line in axes.get_lines() if len(line.get_xdata()) == len(errors.values))
    shown = strip.get_xdata()
    zero = axes.get_xticks()[0]
    np.testing.assert_array_equal(shown[np.array(errors.values) == 0], zero)
    positive = [value for value in errors.values if value > 0]
    np.testing.assert_array_equal(shown[shown != zero], positive)
    assert zero < min(positive)
    assert axes.get_xticklabels()[0].get_text() == "0"
    assert f"{100 * errors.exact / len(errors.values):.1f} %" in texts(axes)


def test_training_config_prints_what_the_run_recorded(handmade_once):
    data, figure = drawn("training_config", handmade_once)
    cells = texts(figure.axes[0])
    for cell in ("Tiny-1M", "1,000,000", "4,096", "0.0001", "5 min 12 s", "0.51"):
        assert cell in cells
    assert {"setting": "recipe.lora_rank", "value": "8"} in rows_of(data)


def test_confusion_counts_every_answer_once(handmade_once):
    data, figure = drawn("order_confusion", handmade_once)
    rows = [row for row in rows_of(data) if row["model"] == "base"]
    assert sum(int(row["samples"]) for row in rows) == 32  # of 40 samples 8 ask back
    unread = [int(row["samples"]) for row in rows if row["predicted_order"] == ""]
    assert sum(unread) == 11
    assert data.shown == "tuned"
    dots = figure.axes[0].collections
    pairs = data.counts["tuned"]["lowpass"]
    drawn_at = {tuple(dot.get_offsets()[0]) for dot in dots}
    assert drawn_at == {(true, predicted) for true, predicted in pairs}


def test_margin_lines_run_from_hard_to_easy(handmade_once):
    data, figure = drawn("accuracy_by_margin", handmade_once)
    assert data.ranges == ["<0.02", "0.02–0.1", "≥0.3"]
    lines = [np.asarray(c.lines[0].get_ydata(), float) for c in figure.axes[0].containers]
    np.testing.assert_allclose(lines, [[200 / 7, 300 / 7, 400 / 7], [500 / 7, 600 / 7, 600 / 7]])


def test_compliance_counts_agree_with_the_scores(handmade_once):
    data, figure = drawn("spec_compliance", handmade_once)
    kinds = data.counts["tuned"]["all"]
    assert kinds.total() == 32
    assert kinds[True, True] + kinds[False, True] == 32
    widths = [bar.get_width() for bar in figure.axes[0].patches]
    assert sum(widths[:4]) == pytest.approx(100)


def test_first_wrong_steps_are_those_the_scores_name(handmade_once):
    data, figure = drawn("derivation_first_error", handmade_once)
    tally = data.tallies["tuned"]["lowpass"]
    assert tally.right + sum(tally.wrong.values()) == tally.total == 11
    labels = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert labels == ["none wrong", *tally.wrong]


def test_responses_are_those_of_the_answers(handmade_once):
    data, figure = drawn("s21_mask", handmade_once)
    low = data.cases[0]
    assert low.answer["order"] == low.sample.order
    lines = figure.axes[0].get_lines()
    np.testing.assert_array_equal(lines[1].get_ydata(), low.s21_db[low.answer["order"]])
    at_edge = np.interp(1e9, low.frequency, low.s21_db[low.answer["order"]])
    assert at_edge == pytest.approx(-0.1, abs=0.01)  # the ripple, at the ripple edge
    assert len(rows_of(data)) == 3 * 801


def predictions(handmade: Path, model: str = "tuned") -> tuple[Path, list[str]]:
    path = handmade / "results" / model / "predictions.jsonl"
    return path, path.read_text(encoding="utf-8").splitlines()


def test_a_faithful_answer_is_chosen_before_an_earlier_one_that_changed_a_number(handmade):
    path, lines = predictions(handmade)
    first = lines[0].replace("1000000000.0", "1100000000.0")
    path.write_text("\n".join([first, *lines[1:]]) + "\n", "utf-8")
    low = registry.get("s21_mask").load(Inputs([handmade])).cases[0]
    assert (low.sample.id, low.faithful) == ("test-000006", True)
    path.write_text(first + "\n", encoding="utf-8")
    inputs = Inputs([handmade])
    low = registry.get("s21_mask").load(inputs).cases[0]
    assert (low.sample.id, low.faithful) == ("test-000000", False)
    assert inputs.notes == ["the answer to test-000000 states other numbers than it was asked for"]


def test_an_answer_of_order_one_is_chosen_only_where_there_is_no_other(handmade):
    path, lines = predictions(handmade)
    one = lines[0].replace('\\"order\\": 2', '\\"order\\": 1')
    assert one != lines[0]
    path.write_text("\n".join([one, *lines[1:]]) + "\n", "utf-8")
    assert registry.get("s21_mask").load(Inputs([handmade])).cases[0].sample.id == "test-000006"
    path.write_text("\n".join([one, *lines[1:2]]) + "\n", "utf-8")
    data, figure = drawn("s21_mask", handmade)
    assert [case.answer["order"] for case in data.cases] == [1, 3]
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names[:3] == ["N − 1", "N", "N + 1"]  # though the first panel has no N - 1


def test_a_response_needs_no_stop_edge_and_the_mask_is_that_of_the_question(handmade):
    path, lines = predictions(handmade)
    path.write_text(lines[0].replace('\\"fs\\": 2000000000.0, ', "") + "\n", "utf-8")
    data, figure = drawn("s21_mask", handmade)
    assert "fs" not in data.cases[0].answer
    assert not data.cases[0].faithful
    stop = next(p for p in figure.axes[0].collections if 2.0 in p.get_paths()[0].vertices[:, 0])
    assert -40.0 in stop.get_paths()[0].vertices[:, 1]


def test_where_the_candidate_has_no_filter_another_models_are_drawn_and_named(handmade):
    path, _ = predictions(handmade)
    path.write_text('{"id": "test-000000", "turn": 1, "completion": "?"}\n', encoding="utf-8")
    inputs = Inputs([handmade])
    data = registry.get("s21_mask").load(inputs)
    assert data.model == "base"
    assert inputs.notes == [
        "no answer of 'tuned' is a filter that can be drawn, those of 'base' are"
    ]
    assert {row["model"] for row in rows_of(data)} == {"base"}
    _, figure = drawn("s21_mask", handmade)
    assert figure.legends[0].get_title().get_text() == "Answers: Base"


@pytest.mark.parametrize(
    ("name", "units"),
    [
        ("training_loss_curve", ["nats per token", "10^{-5}"]),
        ("baseline_comparison", ["%"]),
        ("order_accuracy_by_band", ["%"]),
        ("dataset_distribution", ["%"]),
        ("accuracy_by_margin", ["%"]),
        ("spec_compliance", ["%"]),
        ("derivation_first_error", ["%"]),
        ("s21_mask", ["GHz", "dB"]),
    ],
)
def test_axes_name_their_units(handmade_once, name, units):
    _, figure = drawn(name, handmade_once)
    labels = " ".join(f"{axes.get_xlabel()} {axes.get_ylabel()}" for axes in figure.axes)
    assert all(unit in labels for unit in units)


def test_reading_outcome_counts_every_status_and_first_wrong_argument(handmade_once):
    data, figure = drawn("reading_outcome", handmade_once)
    base, tuned = data.models["base"], data.models["tuned"]
    assert base.pairs.total() == tuned.pairs.total() == base.wrong.total() == 40
    assert base.pairs["designed", "none"] == 8 and tuned.pairs["designed", "none"] == 0
    assert tuned.wrong == {None: 36, "att wrong": 4}
    first, second, bars = figure.axes
    assert [t.get_text() for t in first.get_yticklabels()] == ["Design", "Ask", "Outside"]
    counts = np.array([text or 0 for text in texts(first)]).reshape(3, 4)
    assert counts[0].tolist() == [str(base.pairs["designed", "designed"]), "·", "·", "8"]
    framed = [patch.get_xy() for patch in first.patches]
    assert len(framed) == 2 and all(x < 0 for x, _ in framed)  # designs that nobody asked for
    assert second.get_title(loc="left") == "Fine-tuned, n = 40"
    names = [tick.get_text() for tick in bars.get_yticklabels()]
    assert names[:2] == ["all right", "Attenuation wrong"] and "Call unreadable" in names
    rows = rows_of(data)
    assert sum(int(r["answers"]) for r in rows if r["aspect"] == "status") == 80
    assert {r["expected_or_argument"] for r in rows if r["model"] == "tuned"} >= {"", "att wrong"}


def test_reading_outcome_without_a_tool_has_no_matrix(handmade):
    """Readings alone are drawn without statuses; answers that are no calls skip the figure."""
    for model in ("base", "tuned"):
        path = handmade / "results" / model / "scores.jsonl"
        path.write_text(path.read_text(encoding="utf-8").replace('"status": {', '"x": {'), "utf-8")
    _, figure = drawn("reading_outcome", handmade)
    assert len(figure.axes) == 1
    for model in ("base", "tuned"):
        path = handmade / "results" / model / "scores.jsonl"
        text = path.read_text(encoding="utf-8").replace('"reading_slots"', '"y"')
        path.write_text(text, encoding="utf-8")
    with pytest.raises(MissingInput, match="no answer is a call"):
        registry.get("reading_outcome").load(Inputs([handmade]))


@pytest.mark.parametrize("width", ["column", "page"])
@pytest.mark.parametrize("count", [1, 3, 5])
def test_reading_outcome_of_many_models_and_slots_fits_its_page(handmade, width, count):
    source = handmade / "results" / "base" / "scores.jsonl"
    text = source.read_text(encoding="utf-8")
    slots = [
        f"{name} {kind}" for name in ("f1", "f2", "z0", "q", "to") for kind in ("wrong", "missing")
    ]
    for slot in slots:
        text = text.replace('"label": "att wrong"', f'"label": "{slot}"', 1)
        text = text.replace('"label": "stop missing"', f'"label": "{slot}s"', 1)
    for k in range(count - 2):
        folder = handmade / "results" / f"model-{k}"
        folder.mkdir()
        (folder / "scores.jsonl").write_text(text, encoding="utf-8")
    if count == 1:
        for path in (handmade / "results" / "base").iterdir():
            path.unlink()
    data, figure = drawn("reading_outcome", handmade, Style(width=width))
    assert len(data.models) == count
    to_png(figure)
