"""Where derivations go wrong: look-ups by their size of error, sums by how far a carry must travel.

Sums that are written from the right are counted apart: no carry travels in them.

    uv run tools/derivation_errors.py NAME PREDICTIONS.jsonl DATA.jsonl

writes docs/results/NAME.steps.json, a table of docs/results.md. Every printed step is compared with
what its formula gives from the answer's own printed numbers, as the metric `derivation_steps` does.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rf_eval.answer import Answer
from rf_eval.joins import refuse_other_prompts
from rf_eval.metrics.derivation import SLACK, Step, printed_steps, read_steps
from rf_eval.predictions import read_predictions
from rf_eval.samples import read_dataset
from rf_jsonl import Record, write_json

OUT = Path(__file__).resolve().parent.parent / "docs" / "results"
SUM = re.compile(r"\w+( \+ \w+)+")
DISTANCE = re.compile(r"\w+ \+ \w+ - \d+")
LARGE = 1e-4


def main() -> None:
    """Counts and writes."""
    name, predictions, data = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    whole, answers = read_dataset(data), read_predictions(predictions)
    refuse_other_prompts(predictions, answers, whole.records)
    described = whole.metadata
    formulas = {
        (style, band, step["name"]): step["formula"]
        for style, bands in described["derivation_steps"].items()
        for band, steps in bands.items()
        for step in steps
    }
    steps = read_steps(described)
    styles = {record["id"]: record["meta"]["answer_style"] for record in whole.records}
    lookups: dict[str, dict[str, int]] = {}
    distances, backwards = {"sums": 0, "wrong": 0}, {"sums": 0, "wrong": 0}
    sums: dict[str, dict[str, int]] = {}
    for record in answers.values():
        found = Answer(record["completion"]).object
        style = styles.get(record["id"])
        if not found or not isinstance(found.get("derivation"), dict) or style is None:
            continue
        key = (style, str(found.get("filter_band")))
        for step, off in _checked(steps.get(key, ()), found):
            formula = formulas[(*key, step.name)]
            if SUM.fullmatch(formula):
                counts = backwards
                if not step.from_right:
                    summands = (found["derivation"][name] for name in formula.split(" + "))
                    counts = sums.setdefault(str(_nines(*summands)), {"sums": 0, "wrong": 0})
                counts["sums"] += 1
                counts["wrong"] += off > step.tolerance
            elif DISTANCE.fullmatch(formula):
                distances["sums"] += 1
                distances["wrong"] += off > step.tolerance
            elif "(" in formula:
                counts = lookups.setdefault(step.name, {"steps": 0, "wrong": 0, "off": 0})
                counts["steps"] += 1
                counts["wrong"] += off > step.tolerance
                counts["off"] += off > LARGE
    total = {key: sum(c[key] for c in lookups.values()) for key in ("steps", "wrong", "off")}
    counted = {
        "looked_up": {
            "steps": total["steps"],
            "wrong": total["wrong"],
            f"off by more than {LARGE:g}": total["off"],
        },
        f"off_by_more_than_{LARGE:g}": {
            name: {"steps": c["steps"], "off": c["off"]} for name, c in lookups.items() if c["off"]
        },
        "distances": distances,
        "sums_by_nines": dict(sorted(sums.items())),
        "sums_from_the_right": backwards,
    }
    write_json(OUT / f"{name}.steps.json", {"data": described["name"], **counted})


def _checked(steps: Sequence[Step], found: Record) -> Iterator[tuple[Step, float]]:
    """The steps that can be recomputed, and how far off each is."""
    for step, value, values in printed_steps(steps, found, found["derivation"]):
        if value is None:
            continue
        try:
            off = abs(value - step.formula(values))
        except (KeyError, ValueError, OverflowError, ZeroDivisionError, TypeError):
            continue
        yield step, max(0.0, off - SLACK)


def _nines(*summands: str) -> int:
    """The longest run of columns that add up to 9: as far as a carry may have to travel."""
    columns = zip(*(text.replace(".", "") for text in summands), strict=False)
    totals = "".join("9" if sum(map(int, column)) == 9 else " " for column in columns)
    return max(map(len, totals.split()), default=0)


if __name__ == "__main__":
    main()
