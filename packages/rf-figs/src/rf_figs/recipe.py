"""What a render is told: the quickstart's defaults, a YAML recipe over them, options on top."""

import difflib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, get_args

from rf_jsonl import FileError, expanded, read_yaml, shown

from rf_figs.style import Lang, Width


@dataclass(frozen=True)
class Recipe:
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
    lang: str = "both"
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
    """Reads a `figs.yaml`: any of the keys of Recipe. Raises FileError for an unknown key, with
    the nearest known one, and for a value of the wrong kind.
    """
    record, lines = read_yaml(path)
    values = {}
    for key, value in record.items():
        try:
            values[key] = _value(path, str(key), value)
        except FileError as error:
            raise FileError(path, error.reason, lines.get(str(key))) from None
    return replace(Recipe(), **values)


def _value(path: Path, key: str, value: Any) -> Any:
    known = [f.name for f in fields(Recipe)]
    if key not in known:
        near = difflib.get_close_matches(key, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else f" (known: {', '.join(known)})"
        raise FileError(path, f"unknown key {key!r}{hint}")
    if key in ("inputs", "only"):
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise FileError(path, f"{key!r} must be a list of texts")
        return tuple(items) if key == "only" else tuple(Path(expanded(item)) for item in items)
    if key in CHOICES and value not in CHOICES[key]:
        raise FileError(path, f"{key!r} must be one of {', '.join(CHOICES[key])}")
    if key == "strict" and not isinstance(value, bool):
        raise FileError(path, "'strict' must be true or false")
    if key in ("out", "style"):
        if not (isinstance(value, str) or (key == "style" and value is None)):
            raise FileError(path, f"{key!r} must be a path")
        return None if value is None else Path(expanded(value))
    return value
