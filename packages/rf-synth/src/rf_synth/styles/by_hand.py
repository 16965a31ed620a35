"""Style `by-hand`: as `log-tables`, and sums are added up from the right, as one does on paper.

A number written from the left needs to know at its first digit whether anything will be carried
that far. Models look two columns ahead and no further: where two columns in a row add up to 9 they
are wrong in one sum of six. So every sum is printed twice, first backwards, where a digit needs
only its column and the one before, then forwards for the steps that look it up. That also adds
three numbers as easily as two, which saves the steps in between.

The bandwidth is printed in kHz before its logarithm is looked up, as the other frequencies are.
"""

from collections.abc import Iterable
from dataclasses import replace

from rf_synth.styles.derivation import (
    ATTENUATION,
    EDGES,
    HIGHER,
    LOWER,
    ORDER,
    RATIO,
    Step,
    Steps,
    tables,
)
from rf_synth.styles.log_tables import COMPARED, ROW_OF_K, ROW_OF_W, LogTablesStyle, row_and_part


def _added(sum_: Step, summands: Iterable[str]) -> Steps:
    """`sum_` in two steps: from the right, then forwards."""
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


def _edge(steps: Steps, side: str) -> Steps:
    """The steps of a stop edge, its correction a sum of three."""
    of = {step.name.removesuffix(side): step for step in steps}
    of |= {
        "i": replace(of["i"], formula="8 - lg(v / 2)"),
        "j": replace(of["j"], formula="lg(v / 2)"),
    }
    return (
        *(of[name] for name in "fgdei"),
        *_added(of["x"], (f"e{side}", f"i{side}")),
        *(of[name] for name in "qhj"),
        *_added(of["s"], (f"q{side}", f"h{side}", f"j{side}")),
        *(of[name] for name in "rz"),
        *_added(of["w"], (f"r{side}", f"z{side}")),
    )


BANDWIDTH = Step("v", "bandwidth / 1000", "the bandwidth in kHz", decimals=0, width=8)


class ByHandStyle(LogTablesStyle):
    """Style `by-hand`."""

    name = "by-hand"
    table = tables(
        attenuation=(
            *ATTENUATION[:-1],
            *row_and_part(ATTENUATION[-1], "k", ROW_OF_K),
            *_added(ATTENUATION[-1], ("at", "ap")),
        ),
        ladder=(
            (*row_and_part(HIGHER[0], "h", "lead(h, 3)"), *_added(HIGHER[0], ("xt", "xp"))),
            # 9 - lg l falls: the next row, so that the part is no difference to take away
            row_and_part(LOWER[0], "l", "next(l, 3)"),
            (RATIO[0], *_added(RATIO[1], ("yt", "yp", "x2"))),
        ),
        edges=((BANDWIDTH, *_edge(EDGES[0], "u")), _edge(EDGES[1], "l")),
        order=(
            *row_and_part(ORDER[0], "w", ROW_OF_W),
            *ORDER[1:-2],
            *_added(ORDER[-2], ("bt", "bp", "a2")),
            COMPARED,
        ),
    )
