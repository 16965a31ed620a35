"""One self-contained report.html for a results folder."""

from rf_eval.report.build import write_report

__all__ = ["write_report"]
