"""The closed-form response against scipy's analogue filters, and against the spec's own edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rf_figs.chebyshev import insertion_loss, worst_stop_loss

BANDS = ("lowpass", "highpass", "bandpass")


def spec_for(band: str, ripple: float, first: float, ratio: float) -> dict:
    """A spec of any band from an edge in Hz and the ratio of stop to pass."""
    spec = {"filter_band": band, "ripple_db": ripple, "La_target": 40.0, "R0": 50.0}
    if band == "bandpass":
        width = first * 0.2 * (ratio - 1)
        ends = {"fs_lower": first - 1.5 * width, "fs_upper": first + 1.5 * width}
        return {**spec, "f_center": first, "bandwidth": width, **ends}
    fc, fs = (first, first * ratio) if band == "lowpass" else (first * ratio, first)
    return {**spec, "fc": fc, "fs": fs}


@settings(max_examples=120)
@given(
    band=st.sampled_from(BANDS),
    ripple=st.floats(0.01, 3.0),
    first=st.floats(1e7, 1e10),
    ratio=st.floats(1.1, 4.0),
    order=st.integers(1, 8),
)
def test_agrees_with_scipy(band, ripple, first, ratio, order):
    from scipy import signal

    spec = spec_for(band, ripple, first, ratio)
    low, high = {
        "lowpass": (0, spec.get("fc")),
        "highpass": (spec.get("fc"), 0),
        "bandpass": (first - spec.get("bandwidth", 0) / 2, first + spec.get("bandwidth", 0) / 2),
    }[band]
    scale = 1 / first
    edges = [low * scale, high * scale] if band == "bandpass" else (low or high) * scale
    zeros, poles, gain = signal.cheby1(order, ripple, edges, band, analog=True, output="zpk")
    frequency = np.linspace(0.3 * first, 3 * first, 61)
    _, response = signal.freqs_zpk(zeros, poles, gain, frequency * scale)
    expected = -20 * np.log10(np.abs(response))
    if order % 2 == 0:  # scipy and the closed form both start an even order at the ripple
        assert insertion_loss(spec, order, np.array([1e-9 * first])).min() >= 0
    np.testing.assert_allclose(
        insertion_loss(spec, order, frequency), expected, rtol=1e-6, atol=1e-6
    )


@pytest.mark.parametrize("band", BANDS)
def test_loss_at_the_pass_edges_is_the_ripple(band):
    spec = spec_for(band, 0.5, 1e9, 2.0)
    edges = {
        "lowpass": [1e9],
        "highpass": [2e9],
        "bandpass": [1e9 - spec.get("bandwidth", 0) / 2, 1e9 + spec.get("bandwidth", 0) / 2],
    }[band]
    loss = insertion_loss(spec, 5, np.array(edges))
    np.testing.assert_allclose(loss, 0.5, rtol=1e-9)


def test_far_in_the_stop_band_nothing_overflows():
    spec = spec_for("lowpass", 0.1, 1e6, 2.0)
    with np.errstate(over="raise"):
        loss = insertion_loss(spec, 50, np.array([1e6 * 10.0**k for k in range(1, 9)]))
    assert np.isfinite(loss).all()
    np.testing.assert_allclose(np.diff(loss)[-1], 20 * 50, rtol=1e-3)  # 20 N dB a decade


def test_worst_stop_loss_is_that_of_the_nearer_edge():
    spec = spec_for("bandpass", 0.1, 2.4e9, 2.0)
    nearer = {**spec, "fs_upper": 2.4e9 + 0.6 * spec["bandwidth"]}
    assert worst_stop_loss(nearer, 5) < worst_stop_loss(spec, 5)
