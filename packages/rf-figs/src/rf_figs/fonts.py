"""The font of all figures, and the check that it can draw every character in them.

Noto Sans SC (SIL Open Font License) covers Latin, Greek and Chinese; the package zhplot contains
it. Only the file is used: importing zhplot would change matplotlib's global settings.
"""

import atexit
import tempfile
from functools import cache
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import TYPE_CHECKING

from rf_figs.errors import FigsError, MissingGlyph

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FAMILY = "Noto Sans SC"
CORE_FAMILY = "Noto Sans SC Core"
_CARRIER = "zhplot"
_FAMILY_NAME_IDS = (1, 16)
_adopted: list[Path] = []
_CORE_BLOCKS = (
    range(0x20, 0x180),
    range(0x370, 0x400),
    range(0x2010, 0x2050),
    range(0x2190, 0x2300),
)
_IGNORED = frozenset("\n")


def font_file() -> Path:
    """Path of the TrueType file. Raises FigsError if the carrier package lacks it."""
    try:
        listed = files(_CARRIER) or []
    except PackageNotFoundError:
        raise FigsError(f"the package {_CARRIER}, which contains the font, is missing") from None
    for entry in listed:
        if entry.name.endswith(".ttf"):
            return Path(str(entry.locate()))
    raise FigsError(f"the package {_CARRIER} contains no TrueType font")


@cache
def use_font() -> tuple[str, str]:
    """Registers the font with matplotlib, once per process; returns the families to request.

    The first is a core of the font with the few hundred characters of the package's own texts;
    for other characters matplotlib falls back to the second, the whole font. Embedding a subset
    of the core takes a tenth of the time that it takes with 30,000 glyphs.
    """
    from matplotlib import font_manager

    path = font_file()
    family = font_manager.FontProperties(fname=str(path)).get_name()
    if family != FAMILY:
        raise FigsError(f"{path}: expected the font {FAMILY}, found {family}")
    for file in (core_file(), path):
        font_manager.fontManager.addfont(str(file))
    return CORE_FAMILY, FAMILY


@cache
def core_file() -> Path:
    """The core of the font, written once to a temporary folder that is deleted at exit."""
    if _adopted:
        return _adopted[0]
    folder = tempfile.TemporaryDirectory(prefix="rf-figs-", ignore_cleanup_errors=True)
    atexit.register(folder.cleanup)
    core = Path(folder.name) / "core.ttf"
    _write_core(font_file(), core)
    return core


def adopt_core(path: Path) -> None:
    """In a worker process: uses the core that the parent process has written."""
    _adopted.append(path)


def _write_core(path: Path, target: Path) -> None:
    """Writes the core as a font with a separate family name; the bytes are reproducible."""
    from fontTools import subset  # type: ignore[import-untyped]

    options = subset.Options(recalc_timestamp=False)
    font = subset.load_font(str(path), options)
    font.recalcTimestamp = False
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=map(ord, core_characters()))
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID in _FAMILY_NAME_IDS:
            record.string = CORE_FAMILY
    font.save(str(target))


def core_characters() -> set[str]:
    """The characters of this package's source, and Latin, Greek, punctuation and mathematics."""
    texts = (file.read_text(encoding="utf-8") for file in Path(__file__).parent.rglob("*.py"))
    return set().union(*texts) | {chr(code) for block in _CORE_BLOCKS for code in block}


@cache
def known_characters() -> frozenset[str]:
    """Every character that the font can draw (the keys of its character map)."""
    from matplotlib.ft2font import FT2Font

    return frozenset(map(chr, FT2Font(str(font_file())).get_charmap())) | _IGNORED


def check_glyphs(figure: "Figure") -> None:
    """Raises MissingGlyph for the first text with a character the font lacks.

    Call it once the figure has been laid out, when its tick labels are set.
    """
    from matplotlib.text import Text

    known = known_characters()
    for text in figure.findobj(Text):
        if not text.get_visible():
            continue
        missing = sorted(set(text.get_text()) - known)
        if missing:
            names = ", ".join(f"U+{ord(character):04X}" for character in missing)
            raise MissingGlyph(f"the font has no glyph for {names} in {text.get_text()!r}")
