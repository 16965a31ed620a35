"""Remarks of the report: stated orders, even orders, couplings, losses, yield."""

from collections.abc import Iterator

from rf_design.core import Design, Filter
from rf_design.evaluation.losses import Losses
from rf_design.evaluation.tolerance import Yield

_MOST_COUPLINGS = 6


def remarks(design: Design, built: Filter) -> Iterator[tuple[str, list[str]]]:
    """(label, lines) of every remark."""
    zh = design.lang == "zh"
    orders = _stated_order(design, built, zh)
    if orders:
        yield "order", [orders]
    if built.other_load:
        yield "even", [_other_load(built, zh)]
    elif built.shape.flat_loss_db > 0:
        flat = built.shape.flat_loss_db
        yield "note", [
            f"源与负载阻抗不等，失配损耗 {flat:.3g} dB，通带和阻带指标均以此为基准" if zh
            else f"unequal terminations: losses count from {flat:.3g} dB"
        ]  # fmt: skip
    if built.rounded and not built.rounded.passed:
        yield "note", [_rounding_hint(built, zh)]
    if built.couplings:
        yield "couplings", [_couplings(built, zh)]
    if built.losses:
        yield "losses", [_losses(built.losses, zh)]
    if built.yields:
        yield "tolerance", [_yield(built.yields, zh)]


def _stated_order(design: Design, built: Filter, zh: bool) -> str:
    """Whether an order in the request or in the options is enough."""
    given: int | None
    least: int | None
    if built.options.order is not None:
        given, least = built.order, built.minimum_order
        enough = None if least is None else built.order >= least
    else:
        given, enough = design.result.get("given_order"), design.result.get("enough")
        least = design.result.get("order")
    if given is None or enough is None:
        return ""
    if given == least:
        return (
            f"{given} 阶够用，也是最低阶数"
            if zh
            else f"the order asked for, {given}, is the minimum"
        )
    if enough:
        extra = "" if built.order == given else f"--order {given}"
        if zh:
            return f"{given} 阶够用，{least} 阶就已满足" + (f"（{extra}）" if extra else "")
        return f"{given} is enough, {least} is the minimum" + (f" ({extra})" if extra else "")
    return (
        f"{given} 阶不够，至少 {least} 阶"
        if zh
        else f"{given} is not enough, {least} is the minimum"
    )


def _other_load(built: Filter, zh: bool) -> str:
    found = built.other_load
    assert found is not None
    loss = found.pass_band_loss_db
    if zh:
        return (
            f"负载须为 {found.needed_ohm:.5g} Ω；若接 {found.stated_ohm:.5g} Ω，"
            f"通带损耗将达 {loss:.3g} dB，而不是 {found.ripple_db:.3g} dB。"
            f"要用给定的端口阻抗，可改用 --order {found.offer_order}"
        )
    return (
        f"needs a load of {found.needed_ohm:.5g} ohm; into {found.stated_ohm:.5g} ohm the pass band"
        f" loses {loss:.3g} dB, not {found.ripple_db:.3g} dB. "
        f"For these ports: --order {found.offer_order}"
    )


def _rounding_hint(built: Filter, zh: bool) -> str:
    """What makes it easier to meet the specification with series values."""
    assert built.rounded is not None
    series, order = built.rounded.series, built.order + 1
    finer = "" if series == 96 else "--e-series 96"
    if zh:
        ways = "、".join(filter(None, (finer, f"--order {order}")))
        return f"E{series} 系列中没有更好的取值；可试 {ways}，或装配后微调"
    ways = ", ".join(filter(None, (finer, f"--order {order}")))
    return f"no better values in E{series}; try {ways}, or trim after assembly"


def _couplings(built: Filter, zh: bool) -> str:
    found = built.couplings
    assert found is not None
    shown = [f"k{i}{i + 1} {k:.4g}" for i, k in enumerate(found.k[:_MOST_COUPLINGS], start=1)] + (
        ["…"] if len(found.k) > _MOST_COUPLINGS else []
    )
    q = built.unloaded_q_needed
    wanted = built.options.wanted_loss_db
    need = (
        f"中心频率插损 {wanted:g} dB 要求无载 Q {q:.0f}"
        if zh
        else f"Qu {q:.0f} for {wanted:g} dB at mid-band"
    )
    return ("，" if zh else ", ").join([", ".join([*shown, f"Qe {found.q_source:.4g}"]), need])


def _losses(found: Losses, zh: bool) -> str:
    stated = ("，" if zh else ", ").join(
        f"{name} {value:g}"
        for name, value in (("Q_L", found.quality.inductor), ("Q_C", found.quality.capacitor))
        if value is not None
    )
    edges = " / ".join(f"{loss:.2f}" for _, loss in found.edges)
    if zh:
        return f"{stated}：中心频率处 {found.mid_band_db:.2f} dB，带边 {edges} dB"
    return f"{stated}: {found.mid_band_db:.2f} dB at mid-band, {edges} dB at the edges"


def _yield(found: Yield, zh: bool) -> str:
    low, high = found.interval
    share = found.passed / found.samples
    loss = found.pass_band_loss_95_db
    if zh:
        return (
            f"元件公差 ±{100 * found.tolerance:g} %："
            f"{found.samples} 个样本中 {100 * share:.1f} % 合格"
            f"（95 % 置信区间 {100 * low:.1f}～{100 * high:.1f} %）；"
            f"95 % 的样本通带损耗不超过 {loss:.3g} dB"
        )
    return (
        f"{100 * share:.1f} % of {found.samples} with ±{100 * found.tolerance:g} % parts "
        f"(95 % interval {100 * low:.1f} to {100 * high:.1f}); "
        f"95 % lose at most {loss:.3g} dB in the pass band"
    )
