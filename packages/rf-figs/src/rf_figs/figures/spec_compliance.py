"""Whether answers meet their spec against whether they agree with the label."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rf_figs.drawing import legend_on_top, stacked_shares
from rf_figs.errors import MissingInput
from rf_figs.inputs import SCORES, Inputs
from rf_figs.readers.samples import Scored, model_scores
from rf_figs.style import BLUE, GREY, ORANGE, SKY, Look, Style
from rf_figs.tables import Cell, Table
from rf_figs.words import BANDS, word

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = ("Meeting the spec against agreeing with the label", "满足指标与符合标注")
NEEDS = (SCORES,)

# (agrees with the label, meets the spec), English and Chinese name, look
KINDS = (
    ((True, True), "Both", "两者皆是", Look(BLUE, "", "o", "-")),
    ((False, True), "Meets spec only", "仅满足指标", Look(SKY, "....", "^", "-.")),
    ((True, False), "Agrees with label only", "仅符合标注", Look(ORANGE, "////", "s", "--")),
    ((False, False), "Neither", "两者皆非", Look(GREY, "xxxx", "D", ":")),
)

Kinds = Counter[tuple[bool, bool]]


@dataclass(frozen=True)
class Data:
    """Counts of answers of each kind, by model and group: "all", then the bands."""

    counts: dict[str, dict[str, Kinds]]

    def table(self) -> Table:
        """One row per model, band and kind."""
        rows: list[list[Cell]] = [
            [model, group, *map(str, key), counter[key]]
            for model, by_group in self.counts.items()
            for group, counter in by_group.items()
            for key, *_ in KINDS
        ]
        return Table(["model", "band", "agrees_with_label", "meets_spec", "samples"], rows)


def load(inputs: Inputs) -> Data:
    """Reads every model's scores. Raises MissingInput if no answer has both metrics."""
    counts: dict[str, dict[str, Kinds]] = {}
    for model, answers in model_scores(inputs):
        groups: dict[str, Kinds] = {group: Counter() for group in ("all", *BANDS)}
        for answer in answers:
            kind = _kind(answer)
            if kind is not None:
                groups["all"][kind] += 1
                groups.setdefault(answer.group.get("band", "all"), Counter())[kind] += 1
        if groups["all"]:
            counts[model] = {group: counter for group, counter in groups.items() if counter}
    if not counts:
        raise MissingInput(f"no answer has both 'order' and 'meets_spec' in any {SCORES}")
    return Data(counts)


def _kind(answer: Scored) -> tuple[bool, bool] | None:
    """(agrees with the label, meets the spec); an unreadable answer does neither."""
    scores = [answer.metrics.get(metric) for metric in ("order", "meets_spec")]
    if any(score is None or score.status == "not_applicable" for score in scores):
        return None
    agrees, meets = (score is not None and score.value == 1 for score in scores)
    return agrees, meets


def draw(data: Data, style: Style) -> "Figure":
    """One stacked bar per model and group."""
    lines = [(model, group) for model, groups in data.counts.items() for group in groups]
    places: list[float] = []
    for index, (_, group) in enumerate(lines):
        places.append((places[-1] + 1 + (0.6 if group == "all" else 0)) if index else 0.0)
    figure = style.figure(0.95 + 0.2 * (places[-1] + 1))
    axes = figure.add_subplot()
    names = [style.text(en, zh) for _, en, zh, _ in KINDS]
    for place, (model, group) in zip(places, lines, strict=True):
        counter = data.counts[model][group]
        stacked_shares(axes, place, [counter[k] for k, *_ in KINDS], [k[3] for k in KINDS], names)
    axes.set_yticks(places, [_label(data, style, *line) for line in lines])
    axes.set(xlim=(0, 100), ylim=(places[-1] + 0.5, -0.5))
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(style.text("Share of answers (%)", "答案占比（%）"))
    legend_on_top(figure, [axes], names)
    return figure


def _label(data: Data, style: Style, model: str, group: str) -> str:
    total = data.counts[model][group].total()
    name = word(style, group)
    if group == "all":
        name = style.listed(word(style, model), style.text("all", "全部"))
    return style.listed(name, f"n = {total}")
