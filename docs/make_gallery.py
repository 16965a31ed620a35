"""Writes docs/gallery.md and its pictures from a folder of rendered figures.

    uv run docs/make_gallery.py [FIGURES_FOLDER]      (default: paper_materials/figures)

The pictures are the rendered ones at half their resolution, in 64 colours, so that the page stays
small; everything that the page says of a figure stands in the folder's figures.json.
"""

import sys
from pathlib import Path
from typing import Any

from PIL import Image
from rf_figs import registry
from rf_jsonl import read_json, write_text

DOCS = Path(__file__).parent
PICTURES = DOCS / "gallery"
HEAD = """# Gallery

Every figure of `rf-figs`, as the quickstart made them on two CPU cores (`uv run pipeline.py
recipes/quickstart`, then `uv run docs/make_gallery.py`). The model behind them was trained for
minutes: the numbers show how the figures read, not what the method reaches. Widths are those of
one column (3.5 in); `--width page` draws 7.16 in.
"""


def shrink(source: Path, target: Path) -> None:
    """The picture at 150 dpi instead of 300, with a palette of 64 colours."""
    with Image.open(source) as image:
        half = image.convert("RGB").resize(
            (image.width // 2, image.height // 2), Image.Resampling.LANCZOS
        )
    target.parent.mkdir(exist_ok=True)
    half.quantize(64, dither=Image.Dither.NONE).save(target, optimize=True)


def section(name: str, entry: dict[str, Any], figures: Path) -> str:
    """One figure's part of the page; shrinks its pictures on the way."""
    needs = ", ".join(f"`{need}`" for need in registry.get(name).needs)
    title = entry["title"]
    lines = [f"## {name}", "", f"{title['en']} · {title['zh']}. Reads {needs}.", ""]
    if "files" not in entry:
        why = entry.get("skipped") or entry.get("failed")
        return "\n".join([*lines, f"Not drawn by the quickstart: {why}.", ""])
    cells = []
    for stem in (name, f"{name}_zh"):
        shrink(figures / f"{stem}.png", PICTURES / f"{stem}.png")
        cells.append(f'<img src="gallery/{stem}.png" width="420" alt="{title["en"]}">')
    lines += [" ".join(cells), ""]
    lines += [f"Note: {note}.\n" for note in entry["notes"]]
    return "\n".join(lines)


def main() -> None:
    """Makes the page anew; pictures that no figure has any more are removed."""
    figures = Path(sys.argv[1] if len(sys.argv) > 1 else "paper_materials/figures")
    entries = read_json(figures / "figures.json")["figures"]
    for old in PICTURES.glob("*.png"):
        old.unlink()
    parts = [section(name, entries[name], figures) for name in registry.names() if name in entries]
    write_text(DOCS / "gallery.md", "\n".join([HEAD, *parts]))


if __name__ == "__main__":
    main()
