"""The look of a figure: language, width, style sheet, and a palette that also prints in grey."""

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
"""Text widths of IEEE transactions in inches: one column, and two with the gap between them."""

SHEET = Path(__file__).with_name("rf_figs.mplstyle")


@dataclass(frozen=True)
class Look:
    """The attributes that distinguish a series, each sufficient alone."""

    color: str
    hatch: str
    marker: str
    dash: Dash


# Okabe and Ito, "Color universal design" (2008): distinguishable with any colour vision.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PINK, GREY = "#56B4E9", "#CC79A7", "#BDBDBD"
INK = "#333333"

# The order alternates dark and light, so that neighbours also differ in grey.
LOOKS = (
    Look(ORANGE, "////", "s", "--"),
    Look(BLUE, "", "o", "-"),
    Look(GREEN, "....", "^", "-."),
    Look(PINK, "xxxx", "D", ":"),
    Look(SKY, "\\\\\\\\", "v", (0, (5, 1))),
    Look(RED, "++++", "P", (0, (1, 1))),
)


def look(index: int, count: int) -> Look:
    """The look of series `index` of `count`; a single series gets the plain second look."""
    return LOOKS[1] if count == 1 else LOOKS[index % len(LOOKS)]


@dataclass(frozen=True)
class Style:
    """Everything a drawing depends on besides its data.

    sheet: a matplotlib style sheet applied on top of the built-in one, or None.
    """

    lang: Lang = "en"
    width: Width = "column"
    sheet: Path | None = None

    @property
    def is_page(self) -> bool:
        """Whether the figure spans both columns."""
        return self.width == "page"

    def text(self, en: str, zh: str) -> str:
        """The text in the figure's language."""
        return zh if self.lang == "zh" else en

    def listed(self, *parts: str) -> str:
        """The parts joined with the comma of the figure's language."""
        return self.text(", ", "，").join(parts)

    def figure(self, height: float) -> "Figure":
        """An empty figure of the chosen width and `height` inches, with constrained layout."""
        from matplotlib.figure import Figure

        return Figure(figsize=(INCHES[self.width], height), layout="constrained")

    @property
    def remarks(self) -> list[str]:
        """What is ignored in the user's sheet. Raises FigsError if it is not a style sheet."""
        if self.sheet is None or not _read_sheet(self.sheet).get("text.usetex"):
            return []
        return [f"text.usetex of {self.sheet.name} is ignored: all texts are set without LaTeX"]

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Applies matplotlib's defaults, the built-in sheet and the user's sheet within the block.

        A personal matplotlibrc is ignored, so that figures are the same on every machine.
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
            # LaTeX would use other fonts, which lack Chinese characters.
            matplotlib.rcParams["text.usetex"] = False
            # Otherwise the machine's locale would select between variants of a character.
            matplotlib.rcParams["text.language"] = self.text("en", "zh-Hans")
            yield


def _read_sheet(path: Path) -> dict[str, object]:
    import matplotlib

    if not path.is_file():
        raise FigsError(f"{path}: no such style sheet")
    warnings = _Warnings()
    logger = logging.getLogger("matplotlib")
    logger.addHandler(warnings)
    logger.propagate, before = False, logger.propagate
    try:
        parameters = dict(matplotlib.rc_params_from_file(path, use_default_template=False))
    except (OSError, ValueError) as error:
        raise FigsError(f"{path}: not a style sheet: {error}") from None
    finally:
        logger.propagate = before
        logger.removeHandler(warnings)
    if warnings.texts:
        raise FigsError(f"{path}: not a style sheet: {warnings.texts[0]}")
    return parameters


class _Warnings(logging.Handler):
    """Collects faults in a style sheet that matplotlib only logs and otherwise ignores."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(" ".join(record.getMessage().split()))
