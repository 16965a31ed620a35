"""Writes docs/gallery.md and its pictures from the figures that the quickstart rendered.

    uv run tools/make_gallery.py [FIGURES_FOLDER]      (default: paper_materials/figures)

Figures for which the quickstart's answers hold nothing are drawn from a second evaluation that is
made on the spot, in seconds: the quickstart's recipe with derivations, answered by a book of
logarithms (tools/log_tables.py). The page says so. The pictures are the rendered ones at half their
resolution with a palette, so that the page stays small; all else comes from figures.json.
"""

import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from rf_figs import registry
from rf_jsonl import read_json, write_text

TOOLS = Path(__file__).resolve().parent
DOCS = TOOLS.parent / "docs"
PICTURES = DOCS / "gallery"
COLORS = 128
ANSWERER = "log tables"
HEAD = """# Gallery

Every figure of `rf-figs`, as the quickstart made them on two CPU cores (`uv run pipeline.py
recipes/quickstart`, then `uv run tools/make_gallery.py`). `tuned` was trained for minutes and
`shipped` answered few requests: the numbers show how the figures read, not what the method
reaches. Widths are those of one column (3.5 in); `--width page` draws 7.16 in.
"""
SECOND = """The quickstart does not draw this one: {why}.
What is shown are no model's answers but those of [log_tables.py](../tools/log_tables.py), which
works the derivations of {samples} test samples with logarithms looked up for three figures and
interpolated; the same commands made the data, judged the answers and drew them."""


READER = "reads"
READING = """The quickstart does not draw this one: it answers without calls. What is shown is the
[reading model](../models/smollm2-135m-rf-tool/README.md) on {samples} test samples of the preset
`real`, answered on the CPU."""
READING_SAMPLES = 160
BY_READER = ("reading_outcome",)
"""Figures of calls."""


def main() -> None:
    """Makes the page anew; pictures that no figure has any more are removed."""
    figures = Path(sys.argv[1] if len(sys.argv) > 1 else "paper_materials/figures")
    entries = read_json(figures / "figures.json")["figures"]
    for old in PICTURES.glob("*.png"):
        old.unlink()
    missing = [name for name in registry.names() if "files" not in entries.get(name, {})]
    with tempfile.TemporaryDirectory() as temporary:
        tables = [name for name in missing if name not in BY_READER]
        second = answered_by_tables(Path(temporary) / "tables", tables) if tables else figures
        reader = answered_by_reader(Path(temporary) / "reader")
        parts = []
        for name in registry.names():
            if name in BY_READER:
                entry = read_json(reader / "figures.json")["figures"][name]
                parts.append(section(name, entry, reader, READING.format(samples=READING_SAMPLES)))
            elif name in missing:
                parts.append(from_second(name, entries.get(name, {}), second))
            else:
                parts.append(section(name, entries[name], figures))
    write_text(DOCS / "gallery.md", "\n".join([HEAD, *parts]))
    sys.stdout.write(f"{len(parts)} figures, of them by log tables: {missing}\n")


def answered_by_tables(folder: Path, names: Sequence[str]) -> Path:
    """Draws the named figures from a data set with derivations that log_tables.py answered."""
    data, answers, figures = folder / "data", folder / ANSWERER, folder / "figures"
    recipe = DOCS.parent / "recipes" / "quickstart" / "synth.yaml"
    program = [sys.executable, str(TOOLS / "log_tables.py"), str(data / "metadata.json")]
    test = str(data / "test.jsonl")
    call(
        "rf_synth", "generate", "--recipe", str(recipe), "--set", "answer_style=derivation",
        "--out", str(data),
    )  # fmt: skip
    call(
        "rf_eval", "generate", "--data", test, "--backend", "oracle",
        "--command", shlex.join(program), "--name", ANSWERER, "--out", str(answers),
    )  # fmt: skip
    call("rf_eval", "score", str(answers), "--data", test)
    only = [option for name in names for option in ("--only", name)]
    call("rf_figs", "render", "--inputs", str(folder), "--out", str(figures), *only)
    return figures


def answered_by_reader(folder: Path) -> Path:
    """Draws the figures of calls from test samples that the reading model answered."""
    data, answers, figures = folder / "data", folder / READER, folder / "figures"
    model, test = DOCS.parent / "models" / "smollm2-135m-rf-tool", str(data / "test.jsonl")
    call("rf_synth", "generate", "--preset", "real", "--count", "train=100", "--out", str(data))
    call(
        "rf_eval", "generate", "--data", test, "--n", str(READING_SAMPLES), "--backend", "cpu",
        "--run", str(model), "--tool", shlex.join([sys.executable, "-m", "rf_synth", "solve",
        "--calls", "-"]), "--name", READER, "--out", str(answers),
    )  # fmt: skip
    call("rf_eval", "score", str(answers), "--data", test)
    only = [option for name in BY_READER for option in ("--only", name)]
    call("rf_figs", "render", "--inputs", str(folder), "--out", str(figures), *only)
    return figures


def call(module: str, *arguments: str) -> None:
    """Runs one of the project's commands, silently unless it fails."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{shlex.join(command)} failed:\n{done.stdout}{done.stderr}")


def from_second(name: str, quickstart: dict[str, Any], second: Path) -> str:
    """One figure's part of the page, drawn from the second evaluation, and why."""
    why = quickstart.get("skipped") or quickstart.get("failed") or "its run did not ask for it"
    entry = read_json(second / "figures.json")["figures"][name]
    samples = sum(1 for _ in (second.parent / "data" / "test.jsonl").open(encoding="utf-8"))
    return section(name, entry, second, SECOND.format(why=why, samples=samples))


def section(name: str, entry: dict[str, Any], figures: Path, remark: str = "") -> str:
    """One figure's part of the page; shrinks its pictures on the way."""
    needs = ", ".join(f"`{need}`" for need in registry.get(name).needs)
    title = entry["title"]
    lines = [f"## {name}", "", f"{title['en']} · {title['zh']}. Reads {needs}.", ""]
    lines += [remark, ""] if remark else []
    if "files" not in entry:
        return "\n".join([*lines, f"Not drawn: {entry.get('skipped') or entry.get('failed')}.", ""])
    cells = []
    for stem, language in ((name, "en"), (f"{name}_zh", "zh")):
        shrink(figures / f"{stem}.png", PICTURES / f"{stem}.png")
        cells.append(f'<img src="gallery/{stem}.png" width="420" alt="{title[language]}">')
    lines += [" ".join(cells), ""]
    lines += [f"Note: {note}.\n" for note in entry["notes"]]
    return "\n".join(lines)


def shrink(source: Path, target: Path) -> None:
    """The picture at 150 dpi instead of 300, with a palette that keeps the figures' colours."""
    with Image.open(source) as image:
        half = image.convert("RGB").resize(
            (image.width // 2, image.height // 2), Image.Resampling.LANCZOS
        )
    target.parent.mkdir(exist_ok=True)
    palette = half.quantize(COLORS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    palette.save(target, optimize=True)


if __name__ == "__main__":
    main()
