"""How a figure looks: language, width, style sheet, and the palette that survives grey print."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rf_figs import fonts
from rf_figs.errors import FigsError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Lang = Literal["en", "zh"]
Width = Literal["column", "page"]
Dash = str | tuple[float, tuple[float, ...]]

INCHES: dict[Width, float] = {"column": 3.5, "page": 7.16}
"""Text widths of IEEE transactions: one column, and both columns with the gap between them."""

SHEET = Path(__file__).with_name("rf_figs.mplstyle")


@dataclass(frozen=True)
class Look:
    """What tells one series from the others, each alone sufficient: colour, hatch, marker, dash."""

    color: str
    hatch: str
    marker: str
    dash: Dash


# Okabe and Ito, "Color universal design" (2008): told apart with any colour vision. The order
# alternates dark and light, so that neighbours also differ in grey.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PINK, YELLOW, GREY = "#56B4E9", "#CC79A7", "#F0E442", "#BDBDBD"
INK = "#333333"

LOOKS = (
    Look(ORANGE, "////", "s", "--"),
    Look(BLUE, "", "o", "-"),
    Look(GREEN, "....", "^", "-."),
    Look(PINK, "xxxx", "D", ":"),
    Look(SKY, "\\\\\\\\", "v", (0, (5, 1))),
    Look(RED, "++++", "P", (0, (1, 1))),
)


def look(index: int, count: int) -> Look:
    """The look of series `index` of `count`: a lone series gets the plain second look."""
    return LOOKS[1] if count == 1 else LOOKS[index % len(LOOKS)]


@dataclass(frozen=True)
class Style:
    """All that a drawing may depend on besides its data.

    sheet: a matplotlib style sheet laid over ours, or None.
    """

    lang: Lang = "en"
    width: Width = "column"
    sheet: Path | None = None

    @property
    def is_page(self) -> bool:
        """Whether the figure spans both columns."""
        return self.width == "page"

    def text(self, en: str, zh: str) -> str:
        """The one of two texts that is in the figure's language."""
        return zh if self.lang == "zh" else en

    def listed(self, *parts: str) -> str:
        """The parts behind one another with the language's comma between them."""
        return self.text(", ", "，").join(parts)

    def figure(self, height: float) -> "Figure":
        """An empty figure of exactly the chosen width and `height` inches, constrained layout."""
        from matplotlib.figure import Figure

        return Figure(figsize=(INCHES[self.width], height), layout="constrained")

    @property
    def remarks(self) -> list[str]:
        """What of the user's sheet is left out. Raises FigsError for a sheet that is none."""
        if self.sheet is None or not _read_sheet(self.sheet).get("text.usetex"):
            return []
        return [f"text.usetex of {self.sheet.name} is left out: all texts are set without LaTeX"]

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Matplotlib's defaults, our sheet and the user's sheet on top, for the block only.

        A personal matplotlibrc has no say, so that figures are the same on every machine.
        Raises FigsError for a sheet that cannot be read.
        """
        import matplotlib

        core, whole = fonts.use_font()
        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.rcParams["font.family"] = [core, whole]
            for kind in ("rm", "it", "bf", "cal", "sf", "tt"):
                matplotlib.rcParams[f"mathtext.{kind}"] = core
            for sheet in filter(None, (SHEET, self.sheet)):
                matplotlib.rcParams.update(_read_sheet(sheet))
            # LaTeX would need fonts of its own, and none that could set a Chinese figure.
            matplotlib.rcParams["text.usetex"] = False
            # Named, lest the locale of the machine choose between variants of a character.
            matplotlib.rcParams["text.language"] = self.text("en", "zh-Hans")
            yield


def _read_sheet(path: Path) -> dict[str, object]:
    import matplotlib

    if not path.is_file():
        raise FigsError(f"{path}: no such style sheet")
    complaints = _Complaints()
    logger = logging.getLogger("matplotlib")
    logger.addHandler(complaints)
    logger.propagate, before = False, logger.propagate
    try:
        parameters = dict(matplotlib.rc_params_from_file(path, use_default_template=False))
    except (OSError, ValueError) as error:
        raise FigsError(f"{path}: not a style sheet: {error}") from None
    finally:
        logger.propagate = before
        logger.removeHandler(complaints)
    if complaints.texts:
        raise FigsError(f"{path}: not a style sheet: {complaints.texts[0]}")
    return parameters


class _Complaints(logging.Handler):
    """Collects what matplotlib only logs about a style sheet, and would draw without."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(" ".join(record.getMessage().split()))
