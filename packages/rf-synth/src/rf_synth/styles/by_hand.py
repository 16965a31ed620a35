"""Style `by-hand`: logarithms by table row and proportional part, sums added from the right.

To write the first digit of a sum from the left, all carries must be known. Models look two columns
ahead and no further: if two adjacent columns add up to 9, they are wrong in one sum of six. So
every sum is printed twice: first reversed, where a digit needs only its own column and the previous
one, then forwards for later steps. Three numbers are added as easily as two, which saves steps.

Numbers may have any length. Frequencies are rounded to units of 1 Hz, or of 1 kHz if the highest
has nine digits or more (step `unit`); the logarithms of attenuation, bandwidth and distance of a
stop edge from the centre are also looked up by row and part. `answer` rejects a specification whose
order would change by rounding.
"""

from collections.abc import Iterable
from dataclasses import replace

from rf_synth.styles.derivation import (
    ATTENUATION,
    CARRY,
    HIGHER,
    LOWER,
    ORDER,
    RATIO,
    Step,
    Steps,
    edge_steps,
)
from rf_synth.styles.log_tables import COMPARED, ROW_OF_K, ROW_OF_W, LogTablesStyle, row_and_part


def _added(sum_: Step, summands: Iterable[str]) -> Steps:
    """`sum_` in two steps, reversed and forwards."""
    backwards = f"{sum_.name}r"
    return (
        replace(
            sum_,
            name=backwards,
            formula=" + ".join(summands),
            means=f"{sum_.means}, added up from the right",
            from_right=True,
        ),
        replace(sum_, formula=backwards, means=f"{sum_.means}, forwards"),
    )


def _whole(name: str, formula: str, means: str) -> Step:
    """A frequency rounded to units."""
    return Step(name, formula, means, decimals=0, width=8)


def _unit(highest: str) -> Step:
    return Step(
        "unit",
        f"pow10(3 * min(1, max(0, ceil({highest} - 99999999))))",
        "the unit in Hz to which frequencies are rounded: 1000 from nine digits on, else 1",
        decimals=0,
        width=4,
    )


_POWER = "lg(pow10({} / 10) - 1) / 2"
_ROW_OF_LA = _POWER.format("cut(La_target, 1)")
_ATTENUATION = (
    Step("pt", _ROW_OF_LA, f"{ATTENUATION[0].means}: the row of the attenuation's tenths"),
    Step("pp", f"{_POWER.format('La_target')} - {_ROW_OF_LA}", "the proportional part"),
    ATTENUATION[1],
    *_added(ATTENUATION[2], ("pt", "pp", "c")),
    *row_and_part(ATTENUATION[-1], "k", ROW_OF_K),
    *_added(ATTENUATION[-1], ("at", "ap")),
)
_ORDER = (
    *row_and_part(ORDER[0], "w", ROW_OF_W),
    *ORDER[1:-2],
    *_added(ORDER[-2], ("bt", "bp", "a2")),
    COMPARED,
)


def _low_or_high(low: str, high: str) -> Steps:
    return (
        _unit(high),
        *_ATTENUATION,
        _whole("h", f"{high} / unit", "the higher frequency in units"),
        *row_and_part(HIGHER[0], "h", "lead(h, 3)"),
        *_added(HIGHER[0], ("xt", "xp")),
        _whole("l", f"{low} / unit", "the lower frequency in units"),
        # 9 - lg l decreases: with the next row the proportional part is positive
        *row_and_part(LOWER[0], "l", "next(l, 3)"),
        RATIO[0],
        *_added(RATIO[1], ("yt", "yp", "x2")),
        *_ORDER,
    )


_LG_2 = "0.30103"
_BANDWIDTH = (
    _whole("v", "bandwidth / unit", "the bandwidth in units"),
    Step("it", "8 - lg(next(v, 3))", "8 - lg of the bandwidth: the row's value"),
    Step("ip", "8 - lg(v) - (8 - lg(next(v, 3)))", "the proportional part"),
    *_added(Step("i", "", "8 - lg β, β half the bandwidth"), ("it", "ip", _LG_2)),
)


def _edge(side: str, edge: str) -> Steps:
    """The steps of one stop edge, their names ending in `side` (u or l)."""
    higher, lower = (edge, "f_center") if side == "u" else ("f_center", edge)
    distance = _whole(f"d{side}", "", "their distance δ in units")
    backwards, forwards = _added(distance, (f"f{side}", f"g{side}"))
    of = {step.name.removesuffix(side): step for step in edge_steps(side, edge, higher, lower)}
    return (
        _whole(f"f{side}", f"{higher} / unit", "the higher of stop edge and centre in units"),
        _whole(
            f"g{side}", f"{CARRY} - {lower} / unit", "complement of the lower, 10⁸ less its units"
        ),
        replace(backwards, formula=f"{backwards.formula} - {CARRY}"),
        forwards,
        Step(f"e{side}t", f"lg(lead(d{side}, 3))", "lg δ: the row's value"),
        Step(f"e{side}p", f"lg(d{side}) - lg(lead(d{side}, 3))", "the proportional part"),
        Step(f"i{side}", "i", "8 - lg β again"),
        *_added(of["x"], (f"e{side}t", f"e{side}p", f"i{side}")),
        of["q"],
        Step(f"h{side}", f"8 - lg({edge} / unit)", "8 - lg f, f the stop edge in units"),
        Step(f"j{side}", "lg(v / 4)", "lg of half β"),
        *_added(of["s"], (f"q{side}", f"h{side}", f"j{side}")),
        *(of[name] for name in "rz"),
        *_added(of["w"], (f"r{side}", f"z{side}")),
    )


class ByHandStyle(LogTablesStyle):
    """Style `by-hand`."""

    name = "by-hand"
    frequencies = (1e3, 20e9, "1 kHz and 20 GHz")
    table = {  # noqa: RUF012 - as in the base class
        "lowpass": _low_or_high("fc", "fs"),
        "highpass": _low_or_high("fs", "fc"),
        "bandpass": (
            _unit("fs_upper"),
            *_ATTENUATION,
            *_BANDWIDTH,
            *_edge("u", "fs_upper"),
            *_edge("l", "fs_lower"),
            Step("w", "min(wu, wl)", "the smaller of the two, 9 + lg Ω"),
            *_ORDER,
        ),
    }
