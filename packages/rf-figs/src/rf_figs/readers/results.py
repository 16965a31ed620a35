"""Results of an evaluation: `results.json` of each model, `baseline_comparison.json` of two."""

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

    group: at most one entry, such as {"band": "lowpass"}; {} means all samples.
    """

    metric: str
    group: dict[str, str]
    n: int
    value: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    method: str = ""

    @property
    def numbers(self) -> tuple[int, float | None, float | None, float | None]:
        """n, value and both ends of the interval, as the CSV files list them."""
        return self.n, self.value, self.ci_low, self.ci_high


@dataclass(frozen=True)
class Results:
    """The rows of one model, in the order of the file."""

    model: str
    rows: list[Row]

    def get(self, metric: str, **group: str) -> Row | None:
        """The row of a metric in exactly that group, or None if it was not measured."""
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
    """Two models on the same samples: the difference, and McNemar's exact p-value of a share."""

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


def _read_results(path: Path, model: str) -> Results:
    return Results(model, fields_of(read_json(path), _ResultsFile, path).metrics)


def all_results(inputs: Inputs) -> list[Results]:
    """The results of every model among the inputs, baseline first.

    Raises MissingInput if there are none, or if they have no rows; FileError.
    """
    models = inputs.models(RESULTS)
    _note_other_data(inputs, models)
    results = [_read_results(inputs.use(m.folder / RESULTS), m.name) for m in models]
    filled = [result for result in results if result.rows]
    if not filled:
        raise MissingInput(f"no metric in {models[0].folder / RESULTS}")
    return filled


def _note_other_data(inputs: Inputs, models: Sequence[Model]) -> None:
    """Adds a note if models in one figure were measured on different data sets."""
    first: tuple[str, str] | None = None
    for model in models:
        data = read_json(model.folder / RESULTS).get("data")
        sha256 = data.get("sha256") if isinstance(data, dict) else None
        if isinstance(sha256, str):
            first = first or (model.name, sha256)
            if sha256 != first[1]:
                note = f"{model.name} was measured on another data set than {first[0]}"
                inputs.notes += [] if note in inputs.notes else [note]


def _refuse_other_scores(path: Path, comparison: Record, results: Iterable[Results]) -> None:
    """Raises FigsError if a comparison was made from other scores than those in `results`."""
    compared = comparison.get("results")
    for one in results:
        rows = compared.get(one.model) if isinstance(compared, dict) else None
        if isinstance(rows, list) and fields_of(rows, list[Row], path) != one.rows:
            raise FigsError(f"{path}: compares other scores of {one.model} than its {RESULTS} has")


def read_comparison(path: Path, results: Iterable[Results] = ()) -> tuple[str, str, list[Paired]]:
    """Reads a `baseline_comparison.json`: baseline, candidate, paired rows.

    Raises FileError, and FigsError if it compares other scores than those in `results`.
    """
    record = read_json(path)
    _refuse_other_scores(path, record, results)
    found = fields_of(record, _ComparisonFile, path)
    return found.baseline, found.candidate, found.paired
