"""From a drawn figure to reproducible bytes: the same figure gives the same file everywhere."""

import io
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rf_figs.errors import FigsError, MissingGlyph
from rf_figs.fonts import check_glyphs

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PNG_DPI = 300


def to_png(figure: "Figure", dpi: int = PNG_DPI) -> bytes:
    """The figure as PNG at its exact size, without a date or program version.

    Raises MissingGlyph for a character that would be drawn as a box, FigsError if the figure's
    parts do not fit.
    """
    with _warnings_as_errors():
        figure.canvas.draw_idle()
        data = _saved(figure, "png", dpi=dpi, metadata={"Software": None})
        check_glyphs(figure)
    return data


def to_pdf(figure: "Figure", title: str) -> bytes:
    """The figure as vector PDF with its TrueType fonts embedded (Type 42, subset).

    Raises MissingGlyph and FigsError like `to_png`.
    """
    metadata = {"Title": title, "Creator": "rf-figs", "Producer": "matplotlib"}
    with _warnings_as_errors(), _fixed_timestamp():
        return _saved(figure, "pdf", metadata={**metadata, "CreationDate": None})


def _saved(figure: "Figure", kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format=kind, **options)
    return out.getvalue()


@contextmanager
def _warnings_as_errors() -> Iterator[None]:
    """Turns matplotlib's warnings about glyphs and about a failed layout into errors."""
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*[Gg]lyph.*")
        warnings.filterwarnings("error", message=".*constrained_layout.*")
        try:
            yield
        except UserWarning as warning:
            text = str(warning)
            raise (MissingGlyph if "lyph" in text else FigsError)(text) from None


@contextmanager
def _fixed_timestamp() -> Iterator[None]:
    """Sets SOURCE_DATE_EPOCH, which fontTools writes into a font subset instead of the time."""
    before = os.environ.get("SOURCE_DATE_EPOCH")
    os.environ["SOURCE_DATE_EPOCH"] = "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ["SOURCE_DATE_EPOCH"]
        else:
            os.environ["SOURCE_DATE_EPOCH"] = before
