"""Checks, proof, rounding, losses, yield, couplings, warnings: what is said of a ladder."""

import math

import numpy as np
import pytest
from rf_design import Options, design
from rf_design.evaluation.buildable import concerns_of
from rf_design.evaluation.checks import all_pass, check_ladder, check_return_loss
from rf_design.evaluation.couplings import combined_q, couplings, unloaded_q_needed
from rf_design.evaluation.even_order import with_stated_load
from rf_design.evaluation.judge import Judge
from rf_design.evaluation.losses import losses_of
from rf_design.evaluation.neighbours import Neighbours
from rf_design.evaluation.proof import prove
from rf_design.evaluation.rounding import round_to_series
from rf_design.evaluation.series import MANTISSAS, nearest, values_at
from rf_design.evaluation.tolerance import monte_carlo, wilson_interval
from rf_design.evaluation.walk import moves_of
from rf_design.ladder.synthesis import synthesise
from rf_design.prototype.g_values import prototype
from rf_design.response.chain import Quality
from rf_design.specification import FilterSpec, StopPoint, pass_band_grid, spec_at_order
from scipy import stats

LOW_PASS = FilterSpec("chebyshev", "lowpass", 0.5, (30e6,), (StopPoint(48e6, 48.0),))
BAND_PASS = FilterSpec(
    "chebyshev", "bandpass", 0.1, (65e6, 75e6), (StopPoint(55e6, 40.0), StopPoint(88e6, 40.0))
)
BAND_STOP = FilterSpec("chebyshev", "bandstop", 0.5, (80e6, 120e6), (StopPoint(95e6, 40.0),))


def loss_by_nodes(ladder, factors, f_hz):
    """The loss in dB by voltage division backwards from the load: one filter, one frequency."""
    w = 2 * math.pi * f_hz
    values = [value * factor for value, factor in zip(ladder.values, factors, strict=True)]
    z, gain = ladder.load_ohm, 1.0
    branches = list(ladder.structure)
    while branches:
        branch = branches.pop()
        parts = [values.pop() for _ in branch.kinds][::-1]
        each = [
            1j * w * value if kind == "inductor" else 1 / (1j * w * value)
            for kind, value in zip(branch.kinds, parts, strict=True)
        ]
        own = 1 / sum(1 / x for x in each) if branch.connection == "parallel" else sum(each)
        if branch.orientation == "series":
            gain *= z / (z + own)
            z += own
        else:
            z = 1 / (1 / z + 1 / own)
    gain *= z / (z + ladder.source_ohm)
    return -20 * math.log10(2 * abs(gain) * math.sqrt(ladder.source_ohm / ladder.load_ohm))


@pytest.mark.parametrize("spec", [LOW_PASS, BAND_PASS, BAND_STOP], ids=lambda spec: spec.band)
def test_the_exact_ladder_meets_its_specification_with_its_ripple_used_up(spec):
    ladder, _ = synthesise(spec, 7)
    checks = check_ladder(spec, ladder)
    assert all_pass(checks)
    assert checks[0].value == pytest.approx(spec.ripple_db, abs=1e-10)
    searched = check_ladder(spec, ladder, altered=True)
    assert searched[0].value == pytest.approx(spec.ripple_db, abs=1e-10)


def test_a_check_is_of_the_parts_and_not_of_the_formula():
    ladder, _ = synthesise(LOW_PASS, 7)
    wrong = ladder.with_values([2 * ladder.values[0], *ladder.values[1:]])
    checks = check_ladder(LOW_PASS, wrong, altered=True)
    f = np.linspace(1e4, 30e6, 3001)
    worst = max(loss_by_nodes(wrong, [1] * 7, hertz) for hertz in f)
    assert checks[0].value == pytest.approx(worst, abs=1e-4)
    assert not all_pass(checks)


def test_the_return_loss_that_a_ripple_stands_for():
    spec = FilterSpec("chebyshev", "bandpass", 0.04364805, (65e6, 75e6))
    ladder, _ = synthesise(spec, 5)
    check = check_return_loss(spec, ladder)
    assert check.limit == pytest.approx(20.0, abs=1e-5)
    assert check.value == pytest.approx(20.0, abs=1e-5)


def test_the_proof_says_which_stop_point_decides():
    lines = prove(BAND_PASS, 4)
    assert [line.decides for line in lines] == [False, True]
    assert lines[1].at_order_minus_1 < 40 <= lines[1].at_order < lines[1].at_order_plus_1
    assert 3 < max(line.n_exact for line in lines) <= 4


def test_the_proof_of_edges_at_half_power_moves_the_ripple_edge_with_the_order():
    spec = FilterSpec(
        "chebyshev", "lowpass", 0.1, (1e9,), (StopPoint(2e9, 40.0),), edge_level_db=3.0
    )
    at_five = spec_at_order(spec, 4, 5)
    assert at_five.edges_hz[0] > spec.edges_hz[0]  # a steeper filter reaches 3 dB sooner
    fixed = prove(FilterSpec("chebyshev", "lowpass", 0.1, (1e9,), spec.stop_points), 4)[0]
    moved = prove(spec, 4)[0]
    assert moved.at_order == fixed.at_order
    assert moved.at_order_plus_1 < fixed.at_order_plus_1


def test_series_hold_the_values_of_the_standard():
    assert MANTISSAS[12] == (1.0, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 3.9, 4.7, 5.6, 6.8, 8.2)
    assert len(MANTISSAS[24]) == 24 and len(MANTISSAS[96]) == 96
    assert {1.02, 4.99, 9.76} <= set(MANTISSAS[96])


@pytest.mark.parametrize("series", [12, 24, 96])
def test_nearest_is_nearest_by_ratio(series):
    values = np.random.default_rng(1).uniform(-13, -5, 300)
    values = 10**values
    every = np.concatenate([np.array(MANTISSAS[series]) * 10.0**d for d in range(-14, -3)])
    found = values_at(series, nearest(series, values))
    best = np.abs(np.log(every[:, None] / values)).min(axis=0)
    assert np.abs(np.log(found / values)) == pytest.approx(best, abs=1e-9)


def test_the_search_keeps_a_specification_that_plain_rounding_breaks():
    """Nine resonators at 0.5 dB: rounded to the nearest E24 values the pass band loses 0.87 dB."""
    spec = FilterSpec("chebyshev", "lowpass", 0.5, (30e6,), (StopPoint(45e6, 50.0),))
    ladder, shape = synthesise(spec, 9)
    found = round_to_series(spec, ladder, shape, 24)
    assert not all_pass(found.nearest_checks)
    assert found.passed
    steps = np.log10(np.array(found.ladder.values)) * 24
    allowed = np.log10(values_at(24, nearest(24, np.array(found.ladder.values)))) * 24
    assert steps == pytest.approx(allowed, abs=1e-9)


def test_the_search_is_never_worse_than_the_nearest_values():
    for spec, order in ((LOW_PASS, 7), (BAND_PASS, 4), (BAND_STOP, 4)):
        ladder, shape = synthesise(spec, order)
        for series in (12, 96):
            found = round_to_series(spec, ladder, shape, series)
            assert badness(spec, found.checks) <= badness(spec, found.nearest_checks) + 1e-3


def badness(spec, checks):
    return max(-checks[0].margin / spec.ripple_db, *(-check.margin / 3.0 for check in checks[1:]))


def test_the_readme_s_example_needs_the_search():
    """Its nearest E24 values break the pass band, the values that it shows do not."""
    call = {"band": "low-pass", "edge": "30 MHz", "return_loss": "20 dB", "stop1": "60 MHz",
            "att1": "45 dB"}  # fmt: skip
    found = design(call, Options(e_series=24)).filter.rounded
    assert found.passed and not all_pass(found.nearest_checks)


@pytest.mark.parametrize("band", ["LPF", "HPF", "BPF", "BSF"])
@pytest.mark.parametrize("order", [1, 2, 5, 6])
def test_scores_of_neighbours_are_those_of_whole_chains(band, order):
    """The shortcut of the search against the chain of every neighbour, edges and traps included."""
    edges = {"edge": "30 MHz"} if band in ("LPF", "HPF") else {"f1": "27 MHz", "f2": "33 MHz"}
    found = design({"band": band, "ripple": "0.2 dB", "order": str(order), **edges}).filter
    stops = np.array([9e6, 100e6] if band == "BPF" else [30.1e6, 31e6])
    grid = np.concatenate([pass_band_grid(found.spec, order, 8), stops])
    judge = Judge(found.spec, found.ladder, found.shape.flat_loss_db, grid, np.array([20.0, 50.0]))
    moves = moves_of(found.ladder.structure)
    values = np.array(found.ladder.values) * np.random.default_rng(order).uniform(
        0.9, 1.1, (3, len(found.ladder.values))
    )
    tried = values[:, None, :] * 1.1**moves
    scores = Neighbours(judge, moves).scores(values, tried)
    wanted = judge(tried.reshape(-1, values.shape[1])).reshape(scores.shape)
    np.testing.assert_allclose(scores, wanted, rtol=1e-9, atol=1e-9)


def test_rounding_gives_the_same_parts_every_time():
    ladder, shape = synthesise(LOW_PASS, 7)
    one, two = (round_to_series(LOW_PASS, ladder, shape, 12).ladder for _ in range(2))
    assert one == two


def test_the_loss_at_mid_band_is_about_what_cohn_says():
    ladder, shape = synthesise(BAND_PASS, 3)
    found = losses_of(BAND_PASS, ladder, shape, Quality(BAND_PASS.reference_hz, 2000, 4000))
    assert found.mid_band_db == pytest.approx(found.estimate_db, rel=0.02)
    assert all(loss > found.mid_band_db for _, loss in found.edges)
    q = combined_q(2000, 4000)
    assert q == pytest.approx(2000 * 4000 / 6000)
    needed = unloaded_q_needed(sum(shape.g), BAND_PASS.fractional_bandwidth, found.estimate_db)
    assert needed == pytest.approx(q)


def test_lossless_parts_lose_nothing_more_than_the_ripple():
    ladder, shape = synthesise(BAND_PASS, 3)
    found = losses_of(BAND_PASS, ladder, shape, Quality(BAND_PASS.reference_hz, 1e12, 1e12))
    assert [loss for _, loss in found.edges] == pytest.approx([0.1, 0.1], abs=1e-6)


@pytest.mark.parametrize(("spec", "spread"), [(LOW_PASS, 0.05), (BAND_PASS, 0.01)])
def test_the_yield_is_that_of_an_independent_run(spec, spread):
    """The same factors, each filter judged alone by voltage division on a denser grid."""
    roomy = FilterSpec(
        spec.family, spec.band, 2 * spec.ripple_db, spec.edges_hz,
        tuple(StopPoint(p.f_hz, p.attenuation_db - 3) for p in spec.stop_points),
    )  # fmt: skip
    ladder, _ = synthesise(spec, 5 if spec.band == "bandpass" else 8)
    found = monte_carlo(roomy, ladder, tolerance=spread, samples=120, seed=7)
    factors = np.random.default_rng(7).uniform(1 - spread, 1 + spread, (120, len(ladder.values)))
    low, high = (3e5, 30e6) if spec.band == "lowpass" else spec.edges_hz
    inside = np.linspace(low, high, 400)
    good = sum(
        max(loss_by_nodes(ladder, row, f) for f in inside) <= roomy.ripple_db
        and all(loss_by_nodes(ladder, row, p.f_hz) >= p.attenuation_db for p in roomy.stop_points)
        for row in factors
    )
    assert found.passed == pytest.approx(good, abs=2)  # the grids differ, filters on the edge flip
    assert 0 < good < 120


def test_the_interval_of_a_yield_is_wilsons():
    for passed, samples in ((0, 50), (3, 50), (50, 50), (700, 1000)):
        right = stats.binomtest(passed, samples).proportion_ci(method="wilson")
        assert wilson_interval(passed, samples) == pytest.approx((right.low, right.high), abs=1e-12)


def test_couplings_of_both_bandwidths_describe_one_filter():
    shape = prototype("chebyshev", 4, 0.1)
    ripple = couplings(shape, 0.05)
    ratio = 1.2131
    three_db = couplings(shape, 0.05 * ratio, "3 dB")
    assert three_db.k == pytest.approx(ripple.k, rel=1e-4)
    assert three_db.q_source == pytest.approx(ripple.q_source, rel=1e-4)
    assert ripple.q_source == pytest.approx(ripple.q_load)  # although g4·g5 looks unlike g0·g1


def test_an_even_order_between_equal_ports_is_shown_with_its_number():
    spec = FilterSpec("chebyshev", "bandstop", 1.0, (80e6, 120e6))
    ladder, _ = synthesise(spec, 6, "pi")
    found = with_stated_load(spec, ladder, 6)
    assert found.needed_ohm == pytest.approx(18.799, abs=1e-3)
    assert found.pass_band_loss_db == pytest.approx(3.47, abs=0.01)
    assert not found.keeps_ripple and found.offer_order == 7
    assert with_stated_load(spec, synthesise(spec, 7)[0], 7) is None


def test_warnings_name_the_part_and_the_number():
    spec = FilterSpec("chebyshev", "bandpass", 0.1, (4.95e9, 5.05e9))
    ladder, shape = synthesise(spec, 5)
    needed = unloaded_q_needed(sum(shape.g), spec.fractional_bandwidth, 1.0)
    losses = losses_of(spec, ladder, shape, Quality(5e9, 100, 300))
    found = {c.code: c for c in concerns_of(spec, ladder, q_needed_1_db=needed, losses=losses)}
    assert found.keys() == {
        "inductor_small", "capacitor_small", "inductor_spread", "capacitor_spread", "frequency",
        "narrow_band", "lossy",
    }  # fmt: skip
    assert found["inductor_small"].en.startswith("L3 = ")
    assert f"{needed:.0f}" in found["narrow_band"].zh
    roomy = FilterSpec("chebyshev", "lowpass", 0.5, (30e6,))
    assert concerns_of(roomy, synthesise(roomy, 5)[0], q_needed_1_db=None, losses=None) == ()
