"""The pages: exact size, embedded fonts, real glyphs, nothing cut off, nothing too small."""

import io
import json
import re
import shutil
import subprocess
from itertools import combinations, pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image
from rf_figs import registry
from rf_figs.errors import MissingGlyph
from rf_figs.export import to_pdf, to_png
from rf_figs.fonts import _write_core, core_characters, core_file, font_file
from rf_figs.inputs import Inputs
from rf_figs.style import INCHES, LOOKS, Style
from rf_figs.typesetting import SMALLEST

PUBLISHED = (
    "training_loss_curve", "baseline_comparison", "order_accuracy_by_band",
    "dataset_distribution", "evaluation_radar", "results_table", "numerical_errors",
    "training_config",
)  # fmt: skip
MORE = (
    "order_confusion", "accuracy_by_margin", "spec_compliance", "s21_mask",
    "derivation_first_error", "reading_outcome",
)  # fmt: skip


def test_every_figure_is_there(rendered):
    assert sorted(PUBLISHED + MORE) == registry.names()
    for name in PUBLISHED + MORE:
        for suffix in (".png", ".pdf", "_zh.png", "_zh.pdf", ".csv"):
            assert (rendered / f"{name}{suffix}").stat().st_size > 100
    for suffix in (".md", ".tex", "_zh.md", "_zh.tex"):
        assert (rendered / f"results_table{suffix}").stat().st_size > 100


def test_png_has_the_columns_width_at_300_dpi(rendered):
    for path in rendered.glob("*.png"):
        with Image.open(path) as image:
            assert image.width == 1050
            assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)


def test_pdf_page_is_as_wide_as_the_column(rendered):
    for path in rendered.glob("*.pdf"):
        box = re.search(rb"/MediaBox \[ ?([\d. ]+) ?\]", path.read_bytes())
        assert box is not None
        assert float(box[1].split()[2]) == pytest.approx(72 * 3.5, abs=0.01)


def test_pdf_embeds_truetype_only(rendered):
    if not shutil.which("pdffonts"):
        pytest.skip("pdffonts (poppler-utils) is not installed")
    for path in rendered.glob("*.pdf"):
        lines = subprocess.run(
            ["pdffonts", path], check=True, capture_output=True, text=True
        ).stdout.splitlines()[2:]
        assert lines, f"{path.name} has no font"
        for line in lines:
            assert "TrueType" in line, line
            embedded, subset = re.search(r"(yes|no) +(yes|no) +(yes|no) +\d+", line).groups()[:2]
            assert (embedded, subset) == ("yes", "yes"), line


def test_chinese_text_can_be_read_back_from_the_pdf(rendered):
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not installed")
    path = rendered / "order_accuracy_by_band_zh.pdf"
    text = subprocess.run(
        ["pdftotext", path, "-"], check=True, capture_output=True, encoding="utf-8"
    ).stdout
    for word in ("低通", "带通", "高通", "微调后"):
        assert word in text


def blank_rim(png: bytes) -> bool:
    """Whether the outermost pixels are white, so that nothing runs over the page's edge."""
    with Image.open(io.BytesIO(png)) as image:
        page = np.asarray(image.convert("L"))
    return bool((np.concatenate([page[0], page[-1], page[:, 0], page[:, -1]]) == 255).all())


def visible_texts(figure: Figure) -> list[Text]:
    """All texts but empty ones and the labels of ticks beyond the ends of their axis."""
    beyond = set()
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            if not low <= tick.get_loc() <= high:
                beyond |= {tick.label1, tick.label2}
    texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    return [text for text in texts if text not in beyond]


def overlapping(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of texts whose boxes share more than a pixel in both directions."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [(t.get_text(), Text.get_window_extent(t, renderer)) for t in visible_texts(figure)]
    return [
        (first, second)
        for (first, a), (second, b) in combinations(boxes, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1
    ]


@pytest.mark.parametrize("width", ["column", "page"])
@pytest.mark.parametrize("name", PUBLISHED + MORE)
def test_nothing_is_cut_off_or_tiny(handmade_once, name, width):
    kind = registry.get(name)
    data = kind.load(Inputs([handmade_once]))
    for lang in ("en", "zh"):
        style = Style(lang, width)
        with style.applied():
            figure = kind.draw(data, style)
            png = to_png(figure, dpi=100)
        with Image.open(io.BytesIO(png)) as image:
            assert image.width == int(100 * INCHES[width])
        assert blank_rim(png), f"{name} {lang} {width}: ink on the page's edge"
        assert min(text.get_fontsize() for text in visible_texts(figure)) >= SMALLEST
        assert overlapping(figure) == []


def test_an_overlap_would_be_seen():
    style = Style()
    with style.applied():
        figure = style.figure(1.0)
        figure.text(0.5, 0.5, "first")
        figure.text(0.52, 0.52, "second")
        to_png(figure, dpi=100)
        assert overlapping(figure) == [("first", "second")]


@pytest.mark.parametrize("name", [n for n in PUBLISHED + MORE if n != "baseline_comparison"])
def test_long_names_of_five_models_stay_on_the_page(handmade, name):
    results = handmade / "results"
    (results / "baseline_comparison.json").unlink()
    (results / "base").rename(results / "smollm2-135m-untuned-baseline")
    (results / "tuned").rename(results / "smollm2-135m-derivation-seed-1")
    for seed in (2, 3, 4):
        shutil.copytree(
            results / "smollm2-135m-derivation-seed-1",
            results / f"smollm2-135m-derivation-seed-{seed}",
        )
    kind = registry.get(name)
    data = kind.load(Inputs([handmade]))
    style = Style()
    with style.applied():
        figure = kind.draw(data, style)
        png = to_png(figure, dpi=100)
        assert min(text.get_fontsize() for text in visible_texts(figure)) >= SMALLEST
        assert overlapping(figure) == []
    assert figure.get_figheight() <= 9.5  # a column of the page holds no more
    assert blank_rim(png)


@pytest.mark.parametrize("bands", [("lowpass", "highpass"), ("bandpass",)])
@pytest.mark.parametrize("name", [n for n in MORE if n != "accuracy_by_margin"])
def test_fewer_bands_stay_on_the_page(handmade, name, bands):
    for path in handmade.rglob("scores.jsonl"):
        lines = path.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if json.loads(line)["group"]["band"] in bands]
        path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    for path in handmade.rglob("predictions.jsonl"):
        lines = path.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if any(f'\\"{band}\\"' in line for band in bands)]
        path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    kind = registry.get(name)
    data = kind.load(Inputs([handmade]))
    for width in INCHES:
        style = Style(width=width)
        with style.applied():
            figure = kind.draw(data, style)
            png = to_png(figure, dpi=100)
            assert blank_rim(png)
            assert overlapping(figure) == []


def test_a_character_without_a_glyph_is_an_error():
    style = Style()
    with style.applied():
        figure = style.figure(1.0)
        figure.text(0.5, 0.5, "order 🦙")
        with pytest.raises(MissingGlyph, match=r"U\+1F999|129433"):
            to_png(figure)
        with pytest.raises(MissingGlyph, match=r"U\+1F999|129433"):
            to_pdf(figure, "title")


def test_a_character_beyond_the_fonts_core_comes_from_the_whole_font():
    rare = "龘靐"  # in no text of ours, as the name of a model may be
    assert not set(rare) & core_characters()
    style = Style("zh")
    with style.applied():
        figure, other = style.figure(0.5), style.figure(0.5)
        figure.text(0.5, 0.5, rare, ha="center", fontsize=20)
        other.text(0.5, 0.5, "\u3000\u3000", ha="center", fontsize=20)
        assert to_png(figure) != to_png(other)
        pdf = to_pdf(figure, "title")
    assert pdf.count(b"/FontFile2") >= 1


def test_the_cores_bytes_depend_on_nothing_but_the_font(tmp_path):
    for name in ("a.ttf", "b.ttf"):
        _write_core(font_file(), tmp_path / name)
    assert (tmp_path / "a.ttf").read_bytes() == (tmp_path / "b.ttf").read_bytes()
    assert core_file().read_bytes() == (tmp_path / "a.ttf").read_bytes()


def test_neighbouring_series_differ_in_grey_and_all_in_hatch_marker_and_dash():
    def grey(color: str) -> float:
        red, green, blue = (int(color[k : k + 2], 16) / 255 for k in (1, 3, 5))
        return 0.299 * red + 0.587 * green + 0.114 * blue

    for first, second in pairwise(LOOKS[:4]):
        assert abs(grey(first.color) - grey(second.color)) > 0.05
    for first, second in combinations(LOOKS, 2):
        assert first.hatch != second.hatch
        assert first.marker != second.marker
        assert first.dash != second.dash
