"""What `audit` and `stats` count, and what `solve` refuses."""

import json

import pytest
import rf_jsonl
from click.testing import CliRunner
from rf_synth.cli import group
from rf_synth.dataset.recipe import load_preset, resolve
from rf_synth.dataset.stats import stats
from rf_synth.dataset.writer import write_dataset
from rf_synth.solve import solve
from rf_synth.specs.minimum_order import SpecError
from rf_synth.verify.audit import audit


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    write_dataset(resolve(load_preset("quickstart")), folder)
    return folder


SPEC = {
    "filter_type": "chebyshev",
    "filter_band": "lowpass",
    "ripple_db": 0.1,
    "fc": 1_000_000_000,
    "fs": 2_000_000_000,
    "R0": 50,
    "La_target": 40,
}


def test_audit_reads_three_forms_and_counts_by_band(tmp_path):
    right, high, low = ({**SPEC, "order": n} for n in (6, 7, 5))
    band_pass = {
        "filter_band": "bandpass", "ripple_db": 0.1, "f_center": 2e9, "bandwidth": 2e8,
        "fs_lower": 1.7e9, "fs_upper": 2.4e9, "R0": 50, "La_target": 40, "order": 2,
    }  # fmt: skip
    rows = [
        right,
        {"prompt": "…", "answer": json.dumps(high)},
        {
            "messages": [
                {"role": "user", "content": "…"},
                {"role": "assistant", "content": json.dumps(low)},
            ]
        },
        {"prompt": "…", "completion": f"```json\n{json.dumps(band_pass)}\n```"},
        {"messages": [{"role": "assistant", "content": "Which ripple?"}]},
        {**SPEC, "fs": 5, "order": 3},
    ]
    path = tmp_path / "foreign.jsonl"
    rf_jsonl.write_jsonl(path, rows)
    result = audit(path)
    low_pass = result.bands["lowpass"]
    assert solve(SPEC)["order"] == 6
    assert (low_pass.labels, low_pass.impossible) == (4, 1)
    assert (low_pass.meets, low_pass.minimal, low_pass.exact) == (2, 2, 1)
    assert result.bands["bandpass"].labels == 1
    assert (result.lines, result.without_answer) == (6, 1)
    figures = json.loads(CliRunner().invoke(group, ["audit", str(path), "--json"]).output)
    assert figures["all"]["labels"] == 5
    assert figures["bands"]["lowpass"]["meets_share"] == 0.5


def test_audit_leaves_no_label_out_of_the_denominator(tmp_path):
    """One correct answer among seven: unreadable answers count as well."""
    right = json.dumps({**SPEC, "order": 3})
    rows = [
        {**SPEC, "order": 6.0},
        {**SPEC, "order": "6"},
        SPEC,
        {**SPEC, "filter_band": "low-pass", "order": 6},
        {"conversations": [{"from": "human", "value": "…"}, {"from": "gpt", "value": right}]},
        {"completion": '{"filter_band": "lowpass", "order": 6'},
        {"completion": '```{"filter_band": "lowpass", "order": }```'},
        {"messages": [{"role": "assistant", "content": "Which ripple?"}]},
    ]
    path = tmp_path / "foreign.jsonl"
    rf_jsonl.write_jsonl(path, rows)
    result = audit(path)
    total = result.total
    assert (result.lines, result.without_answer) == (8, 1)
    assert (total.labels, total.unjudged, total.meets) == (7, 5, 1)
    assert result.findings[0] == (
        f"{path}:2: cannot be judged: order is '6', expected a whole number"
    )
    assert result.findings[1] == f"{path}:3: cannot be judged: order is missing"
    shown = CliRunner().invoke(group, ["audit", str(path)]).output
    assert "8 lines, 1 without an answer; 5 answers cannot be judged" in shown
    assert "other" in shown and shown.splitlines()[-1].split()[:4] == ["all", "7", "1", "14.3%"]


def test_audit_counts_invalid_and_impossible_orders(tmp_path):
    path = tmp_path / "orders.jsonl"
    rf_jsonl.write_jsonl(path, [{**SPEC, "order": n} for n in (0, -3, 6, 5000, 10**15)])
    result = audit(path)
    total = result.total
    assert (total.labels, total.meets, total.minimal, total.exact) == (5, 3, 1, 1)
    assert result.findings[0] == f"{path}:1: order 0 is impossible; 6 is needed (5.450)"


def test_all_labels_of_our_own_data_are_exact(sound):
    total = audit(sound / "train.jsonl").total
    assert total.labels == total.meets == total.minimal == total.exact == 1275


def test_stats_count_the_records(sound):
    found = stats(sound)
    assert {split: figures["records"] for split, figures in found.items()} == {
        "train": 1500, "val": 150, "test": 200, "test_ood": 200,
    }  # fmt: skip
    assert sum(found["train"]["order"].values()) == 1275
    assert sum(found["train"]["margin"].values()) == 1275
    result = CliRunner().invoke(group, ["stats", str(sound)])
    assert "followup_question" in result.output
    assert json.loads(CliRunner().invoke(group, ["stats", str(sound), "--json"]).output)


def test_solve_adds_the_minimum_order_and_keeps_the_order_of_keys():
    answer = solve(dict(reversed(SPEC.items())))
    assert list(answer) == [*SPEC, "order"]
    with pytest.raises(SpecError, match="is not a key"):
        solve({**SPEC, "order": 3})


def test_solve_refuses_each_impossible_line_and_writes_nothing(tmp_path):
    specs, out = tmp_path / "specs.jsonl", tmp_path / "out.jsonl"
    rf_jsonl.write_jsonl(specs, [SPEC, {**SPEC, "fs": 1}, SPEC, {**SPEC, "La_target": 0.05}])
    out.write_text("old\n", encoding="utf-8")
    result = CliRunner().invoke(group, ["solve", str(specs), "--out", str(out)])
    assert result.exit_code == 1
    assert f"{specs}:2: a low-pass needs fs above fc" in result.stderr
    assert f"{specs}:4: La_target 0.05 dB must exceed" in result.stderr
    assert out.read_text(encoding="utf-8") == "old\n"


def test_solve_reads_standard_input():
    line = json.dumps(SPEC) + "\n"
    result = CliRunner().invoke(group, ["solve"], input=line * 2)
    assert result.exit_code == 0
    assert [json.loads(text)["order"] for text in result.output.splitlines()] == [6, 6]
