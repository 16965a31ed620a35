"""Writes report.html: the data of a results folder within the packaged template."""

from contextlib import nullcontext
from importlib import resources
from pathlib import Path

from rf_jsonl import locked_folder, write_text

from rf_eval.report.collect import as_script, collect

REPORT = "report.html"
PLACE = "/*DATA*/null"


def write_report(root: Path, data: Path | None = None, *, locked: bool = False) -> bool:
    """Writes `root/report.html`; returns whether it changed. Raises EvalError and FileError.

    `root` contains scored folders, or is one; `locked` says that the caller holds its lock. The
    page works from disk and needs no network.
    """
    template = (resources.files("rf_eval.report") / "template.html").read_text(encoding="utf-8")
    page = template.replace(PLACE, as_script(collect(root, data)), 1)
    path = root / REPORT
    if path.is_file() and path.read_bytes() == page.encode("utf-8"):
        return False
    with nullcontext() if locked else locked_folder(root):
        write_text(path, page)
    return True
