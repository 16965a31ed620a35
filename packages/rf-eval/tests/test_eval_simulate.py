"""The simulated ladder against the closed form, scipy and 50-digit arithmetic."""

import math
import random

import mpmath
import numpy as np
import pytest
from rf_eval.filters.design import Design, read_design
from rf_eval.filters.ladder import elements, insertion_loss, prototype
from rf_eval.filters.measure import TOLERANCE, measure, measure_many, minimum_order, response


def chebyshev_loss(order, ripple, omega):
    """10·lg(1 + ε²·T_N²(Ω)) in 50 digits."""
    with mpmath.workdps(50):
        epsilon2 = mpmath.mpf(10) ** (mpmath.mpf(ripple) / 10) - 1
        w = mpmath.mpf(omega)
        t = mpmath.cos(order * mpmath.acos(w)) if abs(w) <= 1 else mpmath.cosh(
            order * mpmath.acosh(abs(w)))  # fmt: skip
        return float(10 * mpmath.log10(1 + epsilon2 * t * t))


def omega_of(design, f):
    if design.band == "lowpass":
        return f / design.pass_edges[0]
    if design.band == "highpass":
        return design.pass_edges[0] / f
    f1, f2 = design.pass_edges
    return abs(f * f - f1 * f2) / (f * (f2 - f1))


DESIGNS = [
    Design("lowpass", 0.1, (1e9,), (1.5e9,), 50.0, 40.0, 7),
    Design("lowpass", 3.0, (1e3,), (2e3,), 600.0, 30.0, 4),
    Design("highpass", 0.01, (2.4e9,), (1.2e9,), 75.0, 50.0, 6),
    Design("bandpass", 0.5, (2.3e9, 2.5e9), (2.1e9, 2.8e9), 50.0, 40.0, 5),
    Design("bandpass", 1.0, (5e6, 15e6), (3e6, 30e6), 50.0, 30.0, 8),
]


@pytest.mark.parametrize("design", DESIGNS, ids=lambda d: f"{d.band}-{d.order}")
def test_the_ladder_has_the_chebyshev_response(design):
    low = min(*design.pass_edges, *design.stop_edges) / 2
    high = max(*design.pass_edges, *design.stop_edges) * 2
    hertz = np.geomspace(low, high, 41)
    expected = [chebyshev_loss(design.order, design.ripple, omega_of(design, f)) for f in hertz]
    assert response(design, hertz) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("order", range(1, 16))
def test_prototype_loads(order):
    """Odd ladders end in 1, even ones in coth²(β/4); the elements mirror accordingly."""
    ripple = 0.2
    g, load = prototype(order, np.array([ripple]))
    beta = math.log(1 / math.tanh(ripple * math.log(10) / 40))
    if order % 2:
        assert load[0] == 1
        assert g[0] == pytest.approx(g[0][::-1])
    else:
        assert load[0] == pytest.approx(1 / math.tanh(beta / 4) ** 2)
        assert g[0] == pytest.approx(g[0][::-1] * load[0] ** np.where(np.arange(order) % 2, -1, 1))


def test_published_prototype_values():
    """0.5 dB, N = 5 and 3 dB, N = 4 as tabulated by Matthaei, Young and Jones (4 decimals)."""
    g, _ = prototype(5, np.array([0.5]))
    assert g[0] == pytest.approx([1.7058, 1.2296, 2.5408, 1.2296, 1.7058], abs=6e-5)
    g, load = prototype(4, np.array([3.0]))
    assert g[0] == pytest.approx([3.4389, 0.7483, 4.3471, 0.5920], abs=6e-5)
    assert load[0] == pytest.approx(5.8095, rel=2e-4)  # the table rounds 40·lg e to 17.37


def test_an_even_ladder_needs_its_unequal_load():
    """With both ends at R0 the pass band of an even order breaks its ripple."""
    design = DESIGNS[1]
    r0, edges = np.array([design.r0]), np.array([design.pass_edges])
    g, load = prototype(design.order, np.array([design.ripple]))
    henry, farad = elements("lowpass", g, r0, edges)
    f = np.linspace(1, 1e3, 200)[None, :]
    right = insertion_loss("lowpass", henry, farad, r0=r0, load=load, hertz=f).max()
    wrong = insertion_loss("lowpass", henry, farad, r0=r0, load=np.ones(1), hertz=f).max()
    assert right == pytest.approx(design.ripple, abs=1e-9) and wrong > design.ripple + 0.5


def scipy_order(design):
    from scipy.signal import cheb1ord

    args = [d[0] if len(d) == 1 else d for d in (design.pass_edges, design.stop_edges)]
    return int(cheb1ord(*args, design.ripple, design.attenuation, analog=True)[0])


def test_simulation_finds_the_order_of_scipy(helpers):
    rng = random.Random(5)
    designs = [read_design(helpers.make_answer(rng)) for _ in range(300)]
    measure_many(designs)
    for design in designs:
        assert minimum_order(design) == scipy_order(design) == design.order
        assert measure(design).meets
        assert measure(design).ripple == pytest.approx(design.ripple, abs=1e-9)
        if design.order > 1:
            assert not measure(design.of_order(design.order - 1)).meets


def test_bulk_and_single_measurements_are_the_same(helpers):
    rng = random.Random(6)
    designs = [read_design(helpers.make_answer(rng)) for _ in range(50)]
    from rf_eval.filters import measure as module

    measure_many(designs)
    bulk = [measure(d) for d in designs]
    module._cache.clear()
    assert [measure(d) for d in designs] == bulk


def test_a_tie_is_met_within_the_tolerance():
    design = Design("lowpass", 0.1, (1e9,), (1.5e9,), 50.0, 40.0, 7)
    loss = measure(design).attenuation
    for offset, meets in ((0.0, True), (0.5 * TOLERANCE, True), (3 * TOLERANCE, False)):
        tied = Design("lowpass", 0.1, (1e9,), (1.5e9,), 50.0, loss + offset, 7)
        assert measure(tied).meets is meets


def test_an_impossible_attenuation_has_no_order():
    design = Design("lowpass", 1e-9, (1e9,), (1.0000001e9,), 50.0, 3000.0, 3)
    assert minimum_order(design) is None


VALID = {
    "filter_type": "chebyshev", "filter_band": "bandpass", "ripple_db": 0.1,
    "f_center": 1e9, "bandwidth": 1e8, "fs_lower": 8e8, "fs_upper": 1.2e9,
    "R0": 50, "La_target": 40, "order": 4,
}  # fmt: skip
LOW = {
    "filter_type": "chebyshev", "filter_band": "lowpass", "ripple_db": 0.1,
    "fc": 1e9, "fs": 2e9, "R0": 50, "La_target": 40, "order": 4,
}  # fmt: skip


@pytest.mark.parametrize(
    ("base", "change", "reason"),
    [
        (VALID, {"filter_band": "bandstop"}, "filter_band"),
        (VALID, {"filter_band": ["bandpass"]}, "filter_band"),
        (VALID, {"filter_type": "butterworth"}, "filter_type"),
        (VALID, {"ripple_db": 0}, "not positive"),
        (VALID, {"ripple_db": "0.1"}, "not a number"),
        (VALID, {"ripple_db": True}, "not a number"),
        (VALID, {"La_target": 0.1}, "does not exceed"),
        (VALID, {"bandwidth": 2e9}, "2·f_center"),
        (VALID, {"fs_lower": 9.5e8}, "fs_lower"),
        (VALID, {"fs_upper": 1.05e9}, "fs_upper"),
        (VALID, {"order": 0}, "order"),
        (VALID, {"order": 3.5}, "order"),
        (VALID, {"order": 10**9}, "order"),
        (LOW, {"fs": 1e9}, "above fc"),
        (LOW, {"filter_band": "highpass"}, "below fc"),
        (LOW, {"fc": -1}, "not positive"),
        (LOW, {"fc": 10**400}, "not a number"),
    ],
)
def test_what_is_no_filter_is_refused_with_its_reason(base, change, reason):
    assert isinstance(read_design(base), Design)
    found = read_design(base | change)
    assert isinstance(found, str) and reason in found


def test_a_missing_key_is_named():
    assert read_design({k: v for k, v in LOW.items() if k != "fs"}) == "fs is missing"
