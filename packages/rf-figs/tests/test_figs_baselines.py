"""Every figure against its committed picture, small (72 dpi), pixel by pixel.

After a wanted change of looks: RF_FIGS_BASELINES=write pytest test_figs_baselines.py, then look
at every changed picture before committing it.
"""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rf_figs import registry
from rf_figs.export import to_png
from rf_figs.inputs import Inputs
from rf_figs.style import Style

FOLDER = Path(__file__).with_name("baselines")
DPI = 72
TOLERANCE = 1.0
"""Root mean square over pixels and channels, of 255: a digit that changes makes about 4."""


def pixels(png: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image.convert("RGB"), float)


def distance(first: np.ndarray, second: np.ndarray) -> float:
    if first.shape != second.shape:
        return float("inf")
    return float(np.sqrt(np.mean((first - second) ** 2)))


def picture(name: str, folder: Path, lang: str) -> bytes:
    kind = registry.get(name)
    data = kind.load(Inputs([folder]))
    style = Style(lang)
    with style.applied():
        return to_png(kind.draw(data, style), dpi=DPI)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", registry.names())
def test_looks_as_it_did(handmade_once, name, lang):
    png = picture(name, handmade_once, lang)
    path = FOLDER / f"{name}_{lang}.png"
    if os.environ.get("RF_FIGS_BASELINES") == "write":
        FOLDER.mkdir(exist_ok=True)
        Image.fromarray(pixels(png).astype("uint8")).save(path, optimize=True)
    assert distance(pixels(png), pixels(path.read_bytes())) <= TOLERANCE


def test_the_comparison_sees_one_changed_number(handmade):
    path = handmade / "results" / "tuned" / "results.json"
    text = path.read_text(encoding="utf-8")
    assert text.count('"value": 0.85,') == 1  # the order's share over all samples
    path.write_text(text.replace('"value": 0.85,', '"value": 0.84,'), encoding="utf-8")
    for name in ("order_accuracy_by_band", "results_table", "evaluation_radar"):
        baseline = pixels((FOLDER / f"{name}_en.png").read_bytes())
        assert distance(pixels(picture(name, handmade, "en")), baseline) > TOLERANCE
