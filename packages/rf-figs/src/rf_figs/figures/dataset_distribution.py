"""The composition of a data set: type, band and language of the samples in each split."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rf_figs.drawing import stacked_shares, unique_legend
from rf_figs.inputs import TEST, TRAIN, VAL, Inputs
from rf_figs.readers.samples import iter_samples
from rf_figs.style import BLUE, GREEN, ORANGE, SKY, Look, Style
from rf_figs.tables import Cell, Table
from rf_figs.words import BANDS, LANGS, TYPES, word

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = ("Composition of the data set", "数据集构成")
NEEDS = (TRAIN, VAL, TEST)

ASPECTS = {"type": TYPES, "band": BANDS, "lang": LANGS}
_LOOKS = (
    Look(SKY, "", "o", "-"),
    Look(ORANGE, "////", "s", "--"),
    Look(GREEN, "....", "^", "-."),
    Look(BLUE, "xxxx", "D", ":"),
)


@dataclass(frozen=True)
class Data:
    """Numbers of samples by split, aspect (type, band, lang) and value."""

    counts: dict[str, dict[str, Counter[str]]]

    def values(self, aspect: str) -> list[str]:
        """The values of an aspect that occur: known ones in their order, then others, sorted."""
        seen = {value for split in self.counts.values() for value in split[aspect]}
        usual = [value for value in ASPECTS[aspect] if value in seen]
        return usual + sorted(seen - set(usual))

    def table(self) -> Table:
        """One row per split, aspect and value."""
        rows: list[list[Cell]] = [
            [split, aspect, value, by_aspect[aspect][value]]
            for split, by_aspect in self.counts.items()
            for aspect in ASPECTS
            for value in self.values(aspect)
        ]
        return Table(["split", "aspect", "value", "samples"], rows)


def load(inputs: Inputs) -> Data:
    """Counts the records of each split. Raises MissingInput if a split is missing; FileError."""
    counts = {}
    for name in NEEDS:
        split = {aspect: Counter[str]() for aspect in ASPECTS}
        for sample in iter_samples(inputs.one(name)):
            for aspect, counter in split.items():
                counter[getattr(sample, aspect)] += 1
        counts[name.removesuffix(".jsonl")] = split
    return Data(counts)


def draw(data: Data, style: Style) -> "Figure":
    """One panel per aspect with a stacked bar per split, easier to compare than pie charts."""
    figure = style.figure(1.65 if style.is_page else 3.5)
    shape = (1, 3) if style.is_page else (3, 1)
    panels = figure.subplots(*shape, sharex=True, sharey=True)
    splits = list(data.counts)
    for axes, aspect in zip(panels, ASPECTS, strict=True):
        values = data.values(aspect)
        names = [word(style, value) for value in values]
        for place, split in enumerate(splits):
            counts = [data.counts[split][aspect][value] for value in values]
            stacked_shares(axes, place, counts, _LOOKS, names)
        axes.set(xlim=(0, 100), ylim=(len(splits) - 0.5, -0.5))
        axes.tick_params(axis="y", length=0)
        unique_legend(axes)
    totals = [sum(data.counts[split]["type"].values()) for split in splits]
    labels = [f"{word(style, s)}\nn = {n:,}" for s, n in zip(splits, totals, strict=True)]
    panels[0].set_yticks(range(len(splits)), labels)
    for axes in [] if style.is_page else panels[:-1]:
        axes.tick_params(axis="x", length=0)
    for axes in panels if style.is_page else panels[-1:]:
        axes.set_xlabel(style.text("Share of samples (%)", "样本占比（%）"))
    return figure
