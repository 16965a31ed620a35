"""The bill of materials, as CSV and as JSON."""

import csv
import io
import json
from typing import Any

from rf_design.core import Filter
from rf_design.ladder.prefixes import with_prefix, without_zeros

_COLUMNS = ("name", "kind", "branch", "resonator", "value", "unit", "text", "exact_value")


def bom_rows(built: Filter) -> list[dict[str, Any]]:
    """One row per part: the value to build with in H or F, the same as text, the exact value."""
    rows = []
    for part, exact in zip(built.built.elements(), built.ladder.values, strict=True):
        unit = part.unit
        text = (
            without_zeros(part.value, unit, 3) if built.rounded else with_prefix(part.value, unit)
        )
        rows.append({**part.as_json(), "unit": unit, "text": text, "exact_value": exact})
    return rows


def bom_csv(built: Filter) -> str:
    """The rows as comma-separated values with a header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(bom_rows(built))
    return text.getvalue()


def bom_json(built: Filter) -> str:
    """The rows, the terminations and the series."""
    ladder = built.built
    whole = {
        "series": f"E{built.rounded.series}" if built.rounded else None,
        "source_ohm": ladder.source_ohm,
        "load_ohm": ladder.load_ohm,
        "parts": bom_rows(built),
    }
    return json.dumps(whole, indent=2, allow_nan=False) + "\n"
