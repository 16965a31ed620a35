"""How many misread requests the warnings of `rf-train chat` catch, and how often they are wrong.

    uv run tools/count_doubts.py NAME PREDICTIONS.jsonl DATA.jsonl

writes docs/results/NAME.doubts.json, a column of a table of docs/results.md: the answers that hold
a specification, by whether it is the one that was asked for, and how many of them are doubted.
"""

import sys
from pathlib import Path

from rf_eval.joins import refuse_other_prompts
from rf_eval.predictions import read_predictions
from rf_eval.samples import read_dataset
from rf_jsonl import Record, write_json
from rf_synth.notes.doubts import unsupported_values
from rf_synth.notes.summary import specification

OUT = Path(__file__).resolve().parent.parent / "docs" / "results"


def main() -> None:
    """Counts and writes."""
    name, predictions, data = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    records, answers = read_dataset(data).records, read_predictions(predictions)
    refuse_other_prompts(predictions, answers, records)
    asked = {record["id"]: record["meta"] for record in records}
    counted = {kind: {"answers": 0, "doubted": 0} for kind in ("right", "misread", "made_up")}
    for record in answers.values():
        found = specification(record["completion"])
        if found is None or record["id"] not in asked:
            continue
        kind = _kind(found, asked[record["id"]], record.get("turn", 1))
        said = [m["content"] for m in record["messages"] if m["role"] == "user"]
        counted[kind]["answers"] += 1
        counted[kind]["doubted"] += bool(unsupported_values(record["completion"], said))
    write_json(OUT / f"{name}.doubts.json", {"data": data.as_posix(), **counted})


def _kind(found: Record, meta: Record, turn: int) -> str:
    """`made_up`: an answer in the first turn to a request with a gap."""
    if meta["missing"] and turn == 1:
        return "made_up"
    numbers = {key: value for key, value in meta["spec"].items() if not isinstance(value, str)}
    same = all(key in found and float(found[key]) == value for key, value in numbers.items())
    return "right" if same and found["filter_band"] == meta["band"] else "misread"


if __name__ == "__main__":
    main()
