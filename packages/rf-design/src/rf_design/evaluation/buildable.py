"""Obstacles to building a ladder from lumped parts, each with its value and limit."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rf_design.evaluation.losses import Losses
from rf_design.ladder.network import Element, Ladder
from rf_design.ladder.prefixes import with_prefix, without_zeros
from rf_design.specification import FilterSpec

MIN_HENRY, MAX_HENRY = 1e-9, 10e-3
MIN_FARAD, MAX_FARAD = 0.5e-12, 100e-6
"""Available values, well above the parasitics of a pad or via (about 0.5 nH and 0.2 pF)."""

MAX_SPREAD = 50.0
NARROW_BANDWIDTH = 0.10
LUMPED_LIMIT_HZ = 3e9
HIGH_LOSS_DB = 3.0
HIGH_ORDER = 11


@dataclass(frozen=True, slots=True)
class Concern:
    """One obstacle, in English and Chinese; `value` and `limit` in SI units, dB or as a ratio."""

    code: str
    value: float
    limit: float
    en: str
    zh: str

    def as_json(self) -> dict[str, Any]:
        """The object in design.json."""
        return {
            "code": self.code,
            "value": self.value,
            "limit": self.limit,
            "text": {"en": self.en, "zh": self.zh},
        }


def concerns_of(
    spec: FilterSpec, ladder: Ladder, *, q_needed_1_db: float | None, losses: Losses | None
) -> tuple[Concern, ...]:
    """All obstacles to building the ladder from lumped parts.

    `q_needed_1_db` is the unloaded Q needed for a mid-band loss of 1 dB (band-pass only).
    """
    parts = list(ladder.elements())
    found = [*_extremes(parts), *_spread(parts), *_band(spec, q_needed_1_db)]
    if losses is not None and losses.mid_band_db > HIGH_LOSS_DB:
        loss = losses.mid_band_db
        found.append(
            Concern(
                "lossy", loss, HIGH_LOSS_DB,
                f"with the stated Q the loss at mid-band is {loss:.1f} dB",
                f"按给定的 Q 值，中心频率处损耗达 {loss:.1f} dB",
            )
        )  # fmt: skip
    order = len(ladder.structure)
    if order > HIGH_ORDER:
        found.append(
            Concern(
                "many_parts", order, HIGH_ORDER,
                f"order {order}: tolerances and losses of {len(parts)} parts add up",
                f"{order} 阶：{len(parts)} 个元件的公差和损耗会累积",
            )
        )  # fmt: skip
    return tuple(found)


def _extremes(parts: list[Element]) -> Iterator[Concern]:
    """The smallest and the largest part of each kind, if they exceed the limits."""
    limits = (
        ("inductor", MIN_HENRY, MAX_HENRY),
        ("capacitor", MIN_FARAD, MAX_FARAD),
    )
    for kind, least, most in limits:
        of_kind = [part for part in parts if part.kind == kind]
        if not of_kind:
            continue
        small = min(of_kind, key=lambda part: part.value)
        large = max(of_kind, key=lambda part: part.value)
        if small.value < least:
            yield _extreme(f"{kind}_small", small, least)
        if large.value > most:
            yield _extreme(f"{kind}_large", large, most)


def _extreme(code: str, part: Element, limit: float) -> Concern:
    small = code.endswith("small")
    value, bound = with_prefix(part.value, part.unit, 3), without_zeros(limit, part.unit, 3)
    return Concern(
        code, part.value, limit,
        f"{part.name} = {value} is {'below' if small else 'above'} {bound}: "
        + ("parasitics are as large" if small else "hard to get"),
        f"{part.name} = {value} {'低于' if small else '高于'} {bound}，"
        + ("寄生参数已与之相当" if small else "不易买到"),
    )  # fmt: skip


def _spread(parts: list[Element]) -> Iterator[Concern]:
    for kind, letter in (("inductor", "L"), ("capacitor", "C")):
        values = [part.value for part in parts if part.kind == kind]
        if not values:
            continue
        spread = max(values) / min(values)
        if spread > MAX_SPREAD:
            yield Concern(
                f"{kind}_spread", spread, MAX_SPREAD,
                f"the largest {letter} is {spread:.0f} times the smallest",
                f"{letter} 最大值是最小值的 {spread:.0f} 倍",
            )  # fmt: skip


def _band(spec: FilterSpec, q_needed_1_db: float | None) -> Iterator[Concern]:
    top = max(spec.edges_hz)
    if top > LUMPED_LIMIT_HZ:
        yield Concern(
            "frequency", top, LUMPED_LIMIT_HZ,
            f"at {without_zeros(top, 'Hz', 4)} lumped parts are far from ideal: lines or cavities",
            f"{without_zeros(top, 'Hz', 4)} 时集总元件已远非理想，宜用传输线或腔体结构",
        )  # fmt: skip
    if not spec.has_two_edges or spec.fractional_bandwidth >= NARROW_BANDWIDTH:
        return
    width = spec.fractional_bandwidth
    needed = (
        "" if q_needed_1_db is None else f"; 1 dB loss needs an unloaded Q of {q_needed_1_db:.0f}"
    )
    needed_zh = "" if q_needed_1_db is None else f"；插损 1 dB 就要求无载 Q 达 {q_needed_1_db:.0f}"
    yield Concern(
        "narrow_band", width, NARROW_BANDWIDTH,
        f"{100 * width:.2g} % bandwidth is narrow for an LC ladder{needed}",
        f"相对带宽 {100 * width:.2g} %，对 LC 梯形网络来说太窄{needed_zh}",
    )  # fmt: skip
