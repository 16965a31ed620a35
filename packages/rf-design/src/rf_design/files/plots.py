"""Plots of the response: S21 and S11 with the specification as mask, pass band, group delay."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rf_design.core import Filter
from rf_design.files.sweep import parts_note, sweep, title
from rf_design.response.loss import loss_db
from rf_design.response.mask import pass_areas, pass_range, stop_areas
from rf_design.response.scattering import group_delay_s, scattering
from rf_design.specification import FilterSpec

Floats = NDArray[np.float64]

_S21, _S11, _EXACT, _MASK = "#0072B2", "#D55E00", "#7f7f7f", "#c44e52"
_DEEPEST_DB = -160.0
_SCALES = ((1e9, "GHz"), (1e6, "MHz"), (1e3, "kHz"), (1.0, "Hz"))
_STYLE = {"font.size": 9, "svg.hashsalt": "rf-design", "axes.grid": True, "grid.alpha": 0.3}


def response_plots(built: Filter) -> dict[str, bytes]:
    """One figure with three panels as PNG and SVG; the same filter gives the same bytes."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(8.5, 7.5), layout="constrained")
        FigureCanvasAgg(figure)
        axes: dict[str, Any] = figure.subplot_mosaic([["wide", "wide"], ["pass", "delay"]])
        figure.suptitle(f"{title(built)}\n{parts_note(built)}", fontsize=10)
        scale = next(s for s in _SCALES if built.spec.edges_hz[0] >= s[0] or s[0] == 1.0)
        _draw_wide(axes["wide"], built, scale)
        _draw_pass_band(axes["pass"], built, scale)
        _draw_delay(axes["delay"], built, scale)
        return {
            "response.png": _saved(figure, "png"),
            "response.svg": _saved(figure, "svg"),
        }


def _saved(figure: Any, kind: str) -> bytes:
    data = io.BytesIO()
    metadata = {"Date": None} if kind == "svg" else {"Software": None}
    figure.savefig(data, format=kind, dpi=130, metadata=metadata)
    return data.getvalue()


def _draw_wide(axis: Any, built: Filter, scale: tuple[float, str]) -> None:
    f = sweep(built.spec)
    s = scattering(built.built, f, built.quality)
    s21 = np.maximum(20 * np.log10(np.abs(s.s21)), _DEEPEST_DB)
    s11 = 20 * np.log10(np.maximum(np.abs(s.s11), 1e-8))
    if built.altered:
        exact = np.maximum(-loss_db(built.ladder, f), _DEEPEST_DB)
        axis.plot(f / scale[0], exact, color=_EXACT, ls="--", lw=1, label="|S21|, exact parts")
    axis.plot(f / scale[0], s21, color=_S21, lw=1.5, label="|S21|")
    axis.plot(f / scale[0], s11, color=_S11, lw=1, label="|S11|")
    deepest = max(min([*(-p.attenuation_db for p in built.spec.stop_points), -40]) * 1.6, -150)
    axis.set_ylim(deepest, 5)
    axis.set_xlim(f[0] / scale[0], f[-1] / scale[0])
    _draw_stop_mask(axis, built.spec, scale[0], (float(f[0]), float(f[-1])))
    axis.set_xlabel(f"frequency in {scale[1]}")
    axis.set_ylabel("dB")
    axis.legend(loc="best", framealpha=0.9)


def _draw_stop_mask(axis: Any, spec: FilterSpec, unit: float, limits: tuple[float, float]) -> None:
    """The forbidden area beyond each stop point, above the required attenuation."""
    top = axis.get_ylim()[1]
    for low, high, level in stop_areas(spec, limits):
        axis.fill_between(
            [low / unit, high / unit], -level, top, facecolor=_MASK, alpha=0.18, edgecolor=_MASK,
            hatch="//", lw=0.8,
        )  # fmt: skip


def _draw_pass_band(axis: Any, built: Filter, scale: tuple[float, str]) -> None:
    spec, flat = built.spec, built.shape.flat_loss_db
    low, high = pass_range(spec)
    f = np.linspace(low, high, 1201)
    if built.altered:
        exact = -loss_db(built.ladder, f)
        axis.plot(f / scale[0], exact, color=_EXACT, ls="--", lw=1, label="exact parts")
    shown = -loss_db(built.built, f, built.quality)
    axis.plot(f / scale[0], shown, color=_S21, lw=1.5, label="|S21|")
    if built.other_load is not None:
        stated = -loss_db(built.built.with_load(spec.load_ohm), f, built.quality)
        label = f"into {spec.load_ohm:g} ohm"
        axis.plot(f / scale[0], stated, color=_S11, lw=1, ls="-.", label=label)
    inside = _inside(spec, f)
    worst = float(min(shown[inside].min(), -flat - spec.ripple_db))
    bottom = worst - 1.5 * spec.ripple_db
    axis.set_ylim(bottom, 0.6 * spec.ripple_db)
    for area in pass_areas(spec, (low, high)):
        axis.fill_between(
            [edge / scale[0] for edge in area], bottom, -flat - spec.ripple_db,
            facecolor=_MASK, alpha=0.18, edgecolor=_MASK, hatch="//", lw=0.8,
        )  # fmt: skip
    axis.set_xlim(low / scale[0], high / scale[0])
    axis.set_xlabel(f"frequency in {scale[1]}")
    axis.set_ylabel("dB in the pass band")
    if len(axis.lines) > 1:
        axis.legend(loc="lower center", framealpha=0.9)


def _inside(spec: FilterSpec, f: Floats) -> NDArray[np.bool_]:
    limits = (float(f[0]), float(f[-1]))
    within = [(f >= low) & (f <= high) for low, high in pass_areas(spec, limits)]
    return np.asarray(np.logical_or.reduce(within))


def _draw_delay(axis: Any, built: Filter, scale: tuple[float, str]) -> None:
    low, high = pass_range(built.spec)
    f = np.linspace(low, high, 801)
    with np.errstate(all="ignore"):  # undefined at the notch of an ideal trap
        delay = group_delay_s(built.built, f, built.quality)
    seconds, name = next(
        (s, n) for s, n in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"), (1e-12, "ps"))
        if float(np.nanmax(delay)) >= s or s == 1e-12
    )  # fmt: skip
    axis.plot(f / scale[0], delay / seconds, color=_S21, lw=1.5)
    axis.set_xlim(low / scale[0], high / scale[0])
    axis.set_ylim(bottom=0)
    axis.set_xlabel(f"frequency in {scale[1]}")
    axis.set_ylabel(f"group delay in {name}")
