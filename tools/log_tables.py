"""Answers specifications as an engineer with a book of logarithms would, derivation and all.

    rf-eval generate --backend oracle --command "python tools/log_tables.py METADATA.json" …

Reads a specification a line, JSON, from stdin and writes an answer per line. The steps of the
derivation are those that the data set's METADATA.json describes. Logarithms are looked up for
three figures and interpolated in between, so that the fifth decimal is off by one in a fifth of
them; all else is calculated. No model is behind these answers: the gallery shows with them how
figures of derivations read, since the quickstart's model gives none.
"""

import json
import math
import sys
from collections.abc import Callable, Mapping
from typing import Any

DECIMALS = 5
TABLE = [round(math.log10(k / 100), DECIMALS) for k in range(100, 1001)]
"""Mantissas of 1.00, 1.01, …, 10.00."""


def lg(x: float) -> float:
    """The decimal logarithm from the table, between two entries on a straight line.

    Raises ValueError where x is not above 0.
    """
    if x <= 0:
        raise ValueError(f"no logarithm of {x:g}")
    characteristic = math.floor(math.log10(x))
    place = 100 * (x / 10.0**characteristic - 1)
    entry = min(max(int(place), 0), len(TABLE) - 2)
    step = TABLE[entry + 1] - TABLE[entry]
    return characteristic + round(TABLE[entry] + (place - entry) * step, DECIMALS)


FUNCTIONS: dict[str, Callable[..., float]] = {
    "lg": lg,
    "lg1p10": lambda x: lg(1 + 10.0**x),
    "lg1m10": lambda x: lg(1 - 10.0**x),
    "pow10": lambda x: 10.0**x,
    "acosh": math.acosh,
    "min": min,
}


def answer(spec: Mapping[str, Any], steps: list[dict[str, Any]]) -> dict[str, Any]:
    """The specification with its derivation and the order that this derivation ends in."""
    values = {key: value for key, value in spec.items() if isinstance(value, int | float)}
    derivation = {}
    for step in steps:
        # The formulas are the data set's own; rf-eval judges the results with its own parser.
        exact = eval(step["formula"], {"__builtins__": {}, **FUNCTIONS}, values)
        text = f"{exact:0{step['width']}.{step['decimals']}f}"
        derivation[step["name"]] = text
        values[step["name"]] = float(text)
    return {**spec, "derivation": derivation, "order": math.ceil(values["n"])}


def main() -> None:
    """Answers stdin line by line."""
    with open(sys.argv[1], encoding="utf-8") as file:
        steps = json.load(file)["derivation_steps"]["derivation"]
    for line in sys.stdin:
        spec = json.loads(line)
        done = answer(spec, steps[spec["filter_band"]])
        sys.stdout.write(json.dumps(done, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
