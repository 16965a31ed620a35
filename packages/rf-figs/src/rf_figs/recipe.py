"""The settings of a render: the quickstart's defaults, overridden by a YAML recipe."""

from pathlib import Path
from typing import Any, Literal, get_args

from msgspec import Struct
from rf_jsonl import read_yaml, shown
from rf_jsonl.recipes import convert, faults_in

from rf_figs.style import Lang, Width


class Recipe(Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of one render; paths are relative to the working directory.

    lang: en, zh or both; only: names of figures, empty for all; style: a style sheet applied on
    top of the built-in one.
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
        """The settings that affect the files, for the manifest."""
        sheet = shown(self.style) if self.style else None
        return {"lang": self.lang, "width": self.width, "style": sheet}


CHOICES = {"lang": ("en", "zh", "both"), "width": get_args(Width)}


def read_recipe(path: Path) -> Recipe:
    """Reads a `figs.yaml`: any of the keys of Recipe; `inputs` and `only` may be one string.

    Raises FileError for an unknown key or a value of the wrong type.
    """
    content, lines = read_yaml(path)
    for key in ("inputs", "only"):
        if isinstance(content.get(key), str):
            content[key] = [content[key]]
    with faults_in(path, lines):
        return convert(content, Recipe)
