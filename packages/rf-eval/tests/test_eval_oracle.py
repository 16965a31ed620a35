"""The test set of the paper preset: what knows the answers scores 100 % on all that applies."""

import json
import random
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from rf_eval import Answer
from rf_eval.cli import run_command as run
from rf_eval.metrics.derivation import derivation_steps, steps_of
from rf_eval.samples import read_dataset, turns

SYNTH = shutil.which("rf-synth", path=str(Path(sys.executable).parent))
NO_FEWER = {"asked_order", "asked_needlessly", "order_error"}
"""Metrics whose best value is 0; of relative errors, but not of their shares, it is as well."""

pytestmark = pytest.mark.skipif(SYNTH is None, reason="rf-synth, the oracle, is not installed")


@pytest.fixture(scope="module", params=["json", "derivation", "log-tables"])
def paper(request, tmp_path_factory):
    """test.jsonl of the paper preset in one answer style: 1,372 records."""
    out = tmp_path_factory.mktemp("paper") / request.param
    options = ["--preset", "paper", "--set", f"answer_style={request.param}", "--workers", "1"]
    counts = ["--count", "train=20", "--count", "val=20", "--count", "test_ood=20"]
    command = [SYNTH, "generate", *options, *counts, "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    return out / "test.jsonl"


def rows(data, out, *backend):
    """(metric, group) to row, after answering and scoring all of a data set."""
    arguments = ["--data", str(data), "--backend", *backend, "--out", str(out)]
    assert run(["generate", *arguments]) == 0
    assert run(["score", str(out), "--data", str(data)]) == 0
    found = json.loads((out / "results.json").read_text(encoding="utf-8"))["metrics"]
    return {(row["metric"], *row["group"].items()): row for row in found}


def best_value(name):
    error = name in NO_FEWER or (name.startswith("numeric_error") and ":within" not in name)
    return 0 if error else 1


def test_the_oracle_scores_full_marks_on_every_metric_and_group(paper, tmp_path):
    found = rows(paper, tmp_path / "o", "oracle", "--command", f"{SYNTH} solve -")
    assert {key: row["value"] for key, row in found.items()} == {
        key: best_value(key[0]) for key in found
    }
    counts = {name: found[(name,)]["n"] for name in ("order", "asked", "resolve_own.order")}
    assert counts == {"order": 1204, "asked": 168, "resolve_own.order": 113}
    names = {key[0] for key in found}
    assert {"meets_spec", "minimal_order", "asked_exactly", "language_match"} <= names


def test_the_labels_derivations_are_right_and_a_wrong_step_is_named(paper):
    data, rng = read_dataset(paper), random.Random(1)
    checked = 0
    for sample in (next(turns(record, data.metadata)) for record in data.records):
        steps = steps_of(sample)
        if sample.type != "full" or not steps:
            continue
        assert derivation_steps(sample, Answer(sample.expected_text)).value == 1.0
        answer, step = json.loads(sample.expected_text), rng.choice(steps)
        printed = answer["derivation"][step.name]
        unit = Decimal(1).scaleb(Decimal(str(printed)).as_tuple().exponent)
        wrong = Decimal(str(printed)) + unit * rng.choice([-2, -1, 1, 2])
        answer["derivation"][step.name] = type(printed)(wrong)
        assert derivation_steps(sample, Answer(json.dumps(answer))).label == step.name
        checked += 1
    assert checked == (0 if paper.parent.name == "json" else 1204)
