"""What an evaluation found: `results.json` of each model, `baseline_comparison.json` of two."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec import Struct
from rf_jsonl import Record, read_json

from rf_figs.errors import FigsError, MissingInput
from rf_figs.inputs import RESULTS, Inputs, Model
from rf_figs.readers.fields import fields_of


class Row(Struct, frozen=True):
    """One metric in one group: `n` samples, the value and its 95 % interval (None: not given).

    group holds at most one entry, such as {"band": "lowpass"}; {} is all samples.
    """

    metric: str
    group: dict[str, str]
    n: int
    value: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    method: str = ""


@dataclass(frozen=True)
class Results:
    """The rows of one model, in the order of the file."""

    model: str
    rows: list[Row]

    def get(self, metric: str, **group: str) -> Row | None:
        """The row of a metric in exactly that group, or None where it was not measured."""
        for row in self.rows:
            if row.metric == metric and row.group == group and row.n and row.value is not None:
                return row
        return None

    def groups(self, metric: str, key: str) -> Iterator[Row]:
        """The rows of a metric by the values of one grouping, in the order of the file."""
        for row in self.rows:
            if row.metric == metric and list(row.group) == [key] and row.n:
                yield row


class Paired(Struct, frozen=True):
    """Two models on the same samples: the difference, and the exact McNemar p of a proportion."""

    metric: str
    group: dict[str, str]
    n: int
    difference: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    p_value: float | None = None


class _ResultsFile(Struct):
    metrics: list[Row]


class _ComparisonFile(Struct):
    baseline: str
    candidate: str
    paired: list[Paired]


def read_results(path: Path, model: str) -> Results:
    """Reads a `results.json`. Raises FileError."""
    return Results(model, fields_of(read_json(path), _ResultsFile, path).metrics)


def all_results(inputs: Inputs) -> list[Results]:
    """The results of every model among the inputs, baseline first.

    Raises MissingInput where there are none, or where they hold no row; FileError.
    """
    models = inputs.models(RESULTS)
    _note_other_data(inputs, models)
    results = [read_results(inputs.use(m.folder / RESULTS), m.name) for m in models]
    filled = [result for result in results if result.rows]
    if not filled:
        raise MissingInput(f"no metric in {models[0].folder / RESULTS}")
    return filled


def _note_other_data(inputs: Inputs, models: Sequence[Model]) -> None:
    """Remarks where models that stand side by side were measured on different data sets."""
    first: tuple[str, str] | None = None
    for model in models:
        data = read_json(model.folder / RESULTS).get("data")
        sha256 = data.get("sha256") if isinstance(data, dict) else None
        if isinstance(sha256, str):
            first = first or (model.name, sha256)
            if sha256 != first[1]:
                note = f"{model.name} was measured on another data set than {first[0]}"
                inputs.notes += [] if note in inputs.notes else [note]


def refuse_other_scores(path: Path, comparison: Record, results: Iterable[Results]) -> None:
    """Raises FigsError where a comparison was made of other scores than lie beside it."""
    compared = comparison.get("results")
    for one in results:
        rows = compared.get(one.model) if isinstance(compared, dict) else None
        if isinstance(rows, list) and fields_of(rows, list[Row], path) != one.rows:
            raise FigsError(f"{path}: compares other scores of {one.model} than its {RESULTS} has")


def read_comparison(path: Path, results: Iterable[Results] = ()) -> tuple[str, str, list[Paired]]:
    """Reads a `baseline_comparison.json`: baseline, candidate, paired rows.

    Raises FileError, and FigsError where it compares other scores than `results` hold.
    """
    record = read_json(path)
    refuse_other_scores(path, record, results)
    found = fields_of(record, _ComparisonFile, path)
    return found.baseline, found.candidate, found.paired
