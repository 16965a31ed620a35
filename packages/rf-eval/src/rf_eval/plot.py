"""A filter's response against its mask as SVG, without a plotting library."""

import math
from html import escape

import numpy as np

from rf_eval.filters.design import Design
from rf_eval.filters.measure import measure, response

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 34, 44
INNER_WIDTH, INNER_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
_FRAME = f'<{{}} x="{LEFT}" y="{TOP}" width="{INNER_WIDTH}" height="{INNER_HEIGHT}"{{}}'
POINTS = 241
LEAST_FLOOR = 15.0
"""Minimum range of the plot in dB, for designs without a stop band."""
UNITS = ((1e9, "GHz"), (1e6, "MHz"), (1e3, "kHz"), (1.0, "Hz"))


def response_svg(design: Design) -> str:
    """|S21| in dB over frequency of one design, with the forbidden areas of its specification.

    The frequency axis is linear for band-pass and band-stop, logarithmic for low- and high-pass.
    """
    low, high, log = _span(design)
    hertz = np.geomspace(low, high, POINTS) if log else np.linspace(low, high, POINTS)
    hertz = np.unique(np.concatenate([hertz, design.pass_edges, design.stop_edges]))
    with np.errstate(all="ignore"):
        level = -response(design, hertz)
    floor = -1.35 * max(design.attenuation, LEAST_FLOOR)
    axes = _Axes(low, high, log, floor)
    kept = [(f, max(v, 2 * floor)) for f, v in zip(hertz, level, strict=True) if math.isfinite(v)]
    curve = " ".join(f"{axes.x(f):.1f},{axes.y(v):.1f}" for f, v in kept)
    meets = measure(design).meets
    colour = "#1a7f37" if meets else "#c0392b"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="11" role="img">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="20" font-size="13">{escape(_title(design), quote=False)}</text>',
        *_mask(design, axes),
        *axes.grid((*design.pass_edges, *design.stop_edges)),
        _FRAME.format("svg", f' viewBox="{LEFT} {TOP} {INNER_WIDTH} {INNER_HEIGHT}">'),
        f'<polyline fill="none" stroke="{colour}" stroke-width="1.8" points="{curve}"/>',
        "</svg>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


class _Axes:
    """Maps frequencies in Hz and levels in dB to coordinates of the plot."""

    def __init__(self, low: float, high: float, log: bool, floor: float) -> None:
        self.low, self.high, self.log, self.floor = low, high, log, floor

    def x(self, hertz: float) -> float:
        """Horizontal coordinate, limited to the frame."""
        hertz = min(max(hertz, self.low), self.high)
        if self.log:
            share = math.log(hertz / self.low) / math.log(self.high / self.low)
        else:
            share = (hertz - self.low) / (self.high - self.low)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, level: float) -> float:
        """Vertical coordinate of a level between 0 and the floor."""
        return TOP + level / self.floor * (HEIGHT - TOP - BOTTOM)

    def grid(self, edges: tuple[float, ...]) -> list[str]:
        """Frame, grid lines, and labels at the ends of the axis and at the edges."""
        scale, unit = next(u for u in UNITS if self.high >= u[0] or u[0] == 1.0)
        step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 500) if -self.floor / s <= 8 or s == 500)
        out = [_FRAME.format("rect", ' fill="none" stroke="#888"/>')]
        for level in range(0, int(self.floor) - 1, -step):
            y = self.y(level)
            out.append(
                f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
            )
            out.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{level}</text>')
        below = HEIGHT - BOTTOM
        for row, hertz in _spread([self.low, *sorted(edges), self.high], self):
            x = self.x(hertz)
            out.append(
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{below}" y2="{below + 4}" stroke="#888"/>'
            )
            # The last label is right-aligned, so that it is not cut off.
            anchor = "end" if x > WIDTH - RIGHT - 1 else "middle"
            out.append(
                f'<text x="{x:.1f}" y="{below + 16 + 12 * row}" text-anchor="{anchor}">'
                f"{hertz / scale:.5g}</text>"
            )
        out.append(f'<text x="{WIDTH - RIGHT}" y="20" text-anchor="end">{unit}, |S21| in dB</text>')
        return out


def _spread(hertz: list[float], axes: _Axes) -> list[tuple[int, float]]:
    """(row, frequency): labels that would overlap are moved to the second row."""
    rows, last = [], [-math.inf, -math.inf]
    for f in hertz:
        row = 0 if axes.x(f) - last[0] > 48 else 1
        last[row] = axes.x(f)
        rows.append((row, f))
    return rows


def _span(design: Design) -> tuple[float, float, bool]:
    edges = (*design.pass_edges, *design.stop_edges)
    low, high = min(edges), max(edges)
    if len(design.pass_edges) > 1:
        around = 0.25 * (high - low)
        return max(low - around, low * 0.5), high + around, False
    return low / 3, high * 3, True


def _mask(design: Design, axes: _Axes) -> list[str]:
    """The forbidden areas of |S21|: below the ripple in the pass band, above -La outside."""
    bottom, ripple = float(HEIGHT - BOTTOM), axes.y(-design.ripple)
    areas = [(low, high, ripple, bottom) for low, high in _passed(design, axes)]
    for hertz, target in zip(design.stop_edges, design.targets, strict=True):
        areas.append((*_stopped(design, hertz, axes), float(TOP), axes.y(-target)))
    return [
        f'<rect x="{axes.x(f1):.1f}" y="{top:.1f}" width="{axes.x(f2) - axes.x(f1):.1f}" '
        f'height="{low - top:.1f}" fill="#e4e4e4"/>'
        for f1, f2, top, low in areas
    ]


def _passed(design: Design, axes: _Axes) -> list[tuple[float, float]]:
    """The pass bands within the plot, in Hz."""
    first, last = design.pass_edges[0], design.pass_edges[-1]
    if design.band == "bandpass":
        return [(first, last)]
    below, above = (axes.low, first), (last, axes.high)
    return {"lowpass": [below], "highpass": [above]}.get(design.band, [below, above])


def _stopped(design: Design, hertz: float, axes: _Axes) -> tuple[float, float]:
    """The range in Hz from a stop edge outwards, or in a band-stop filter to its centre."""
    if design.band == "bandstop":
        centre = math.sqrt(design.pass_edges[0] * design.pass_edges[1])
        return min(hertz, centre), max(hertz, centre)
    return (axes.low, hertz) if hertz < design.pass_edges[0] else (hertz, axes.high)


def _title(design: Design) -> str:
    found = measure(design)
    verdict = "meets its specification" if found.meets else "does not meet its specification"
    margin = f" ({found.margin:+.3f} dB)" if math.isfinite(found.margin) else ""
    return f"{design.band}, order {design.order}: {verdict}{margin}"
