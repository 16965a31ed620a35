"""What a render is told: the quickstart's defaults, a YAML recipe over them, options on top."""

from pathlib import Path
from typing import Any, Literal, get_args

from msgspec import Struct
from rf_jsonl import read_yaml, shown
from rf_jsonl.recipes import convert, faults_in

from rf_figs.style import Lang, Width


class Recipe(Struct, frozen=True, forbid_unknown_fields=True):
    """One render; paths are relative to the folder the command runs in.

    lang: en, zh or both; only: names of figures, empty for all; style: a style sheet over ours.
    """

    inputs: tuple[Path, ...] = (
        Path("runs/quickstart"),
        Path("results/quickstart"),
        Path("data/filter_sft_zhmix"),
    )
    out: Path = Path("paper_materials/figures")
    only: tuple[str, ...] = ()
    lang: Literal["en", "zh", "both"] = "both"
    width: Width = "column"
    style: Path | None = None
    strict: bool = False

    @property
    def langs(self) -> tuple[Lang, ...]:
        """The languages to draw."""
        return tuple(lang for lang in get_args(Lang) if self.lang in (lang, "both"))

    def options(self) -> dict[str, Any]:
        """What shapes the files, for the manifest."""
        sheet = shown(self.style) if self.style else None
        return {"lang": self.lang, "width": self.width, "style": sheet}


CHOICES = {"lang": ("en", "zh", "both"), "width": get_args(Width)}


def read_recipe(path: Path) -> Recipe:
    """Reads a `figs.yaml`: any of the keys of Recipe; `inputs` and `only` may be one text.

    Raises FileError for an unknown key and for a value of the wrong kind.
    """
    content, lines = read_yaml(path)
    for key in ("inputs", "only"):
        if isinstance(content.get(key), str):
            content[key] = [content[key]]
    with faults_in(path, lines):
        return convert(content, Recipe)
