"""Draws figures in parallel, one job each, with reproducible bytes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rf_jsonl import FileError, printable, say_what_is_accepted, sha256_file, shown
from rf_jsonl.workers import Workers

from rf_figs import registry
from rf_figs.errors import FigsError, MissingInput
from rf_figs.fonts import adopt_core, core_file
from rf_figs.inputs import Inputs
from rf_figs.style import Lang, Style, Width
from rf_figs.tables import FORMATS, to_csv

SHEET_FAILURES = (AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What matplotlib raises when drawing with an invalid parameter that its parser accepted."""


@dataclass(frozen=True)
class Job:
    """One figure to draw, with everything its drawing depends on."""

    name: str
    folders: tuple[Path, ...]
    langs: tuple[Lang, ...] = ("en", "zh")
    width: Width = "column"
    sheet: Path | None = None


@dataclass
class Outcome:
    """The outcome of a job: its files by name, or the reason why there are none.

    skipped: an input is missing; failed: an input is malformed or cannot be drawn.
    inputs: sha256 of every file that was read, by path.
    """

    name: str
    title: tuple[str, str] = ("", "")
    files: dict[str, bytes] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    skipped: str | None = None
    failed: str | None = None


def run_jobs(jobs: Sequence[Job], workers: int) -> Iterator[Outcome]:
    """Draws the jobs, in up to `workers` processes; yields outcomes in the order of the jobs."""
    workers = min(workers, len(jobs))
    if workers <= 1:
        yield from map(draw_job, jobs)
        return
    for name in {need for job in jobs for need in registry.get(job.name).needs}:
        for path in Inputs(jobs[0].folders).all(name):
            say_what_is_accepted(path)  # since the workers print nothing
    pool = Workers(workers, adopt_core, core_file())
    try:
        yield from pool.map(draw_job, jobs)
    finally:
        pool.shutdown(cancel_futures=True)


def draw_job(job: Job) -> Outcome:
    """Draws one figure in every language; errors become part of the outcome."""
    outcome = Outcome(job.name)
    try:
        _draw(job, outcome)
    except MissingInput as reason:
        outcome.skipped = printable(str(reason))
    except (FigsError, FileError, OSError) as error:
        outcome.failed = printable(str(error))
    if outcome.skipped or outcome.failed:
        outcome.files.clear()
    return outcome


def _draw(job: Job, outcome: Outcome) -> None:
    kind = registry.get(job.name)
    outcome.title = kind.title
    inputs = Inputs(job.folders)
    data = kind.load(inputs)
    outcome.notes = inputs.notes
    outcome.inputs = {shown(path): sha256_file(path) for path in inputs.used}
    outcome.files[f"{job.name}.csv"] = to_csv(data.table()).encode("utf-8")
    for lang in job.langs:
        style = Style(lang, job.width, job.sheet)
        outcome.notes += [note for note in style.remarks if note not in outcome.notes]
        try:
            outcome.files.update(_one_language(kind, data, style))
        except SHEET_FAILURES as error:
            if style.sheet is None:
                raise
            reason = (
                f"{style.sheet}: matplotlib cannot draw with it: {type(error).__name__}: {error}"
            )
            raise FigsError(" ".join(reason.split())[:300]) from error


def _one_language(
    kind: registry.FigureKind, data: registry.Plottable, style: Style
) -> dict[str, bytes]:
    from rf_figs.export import to_pdf, to_png

    stem = stem_of(kind.name, style.lang)
    with style.applied():
        figure = kind.draw(data, style)
        files = {
            f"{stem}.png": to_png(figure),
            f"{stem}.pdf": to_pdf(figure, style.text(*kind.title)),
        }
    if kind.paper_table is not None:
        table = kind.paper_table(data, style)
        for suffix in ("md", "tex"):
            files[f"{stem}.{suffix}"] = FORMATS[suffix](table).encode("utf-8")
    return files


def stem_of(name: str, lang: Lang) -> str:
    """The file name of a figure without its suffix; English has no language code."""
    return name if lang == "en" else f"{name}_{lang}"
