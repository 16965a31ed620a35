"""Intervals and tests against published check values and against scipy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rf_eval import stats

COUNTS = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_wilson_check_value():
    interval = stats.wilson(146, 175)
    assert interval.low == pytest.approx(0.7721400072, abs=5e-11)
    assert interval.high == pytest.approx(0.8820707154, abs=5e-11)
    assert interval.value == 146 / 175


def test_mcnemar_check_values():
    assert stats.mcnemar_exact(12, 3) == 0.03515625
    assert stats.mcnemar_exact(3, 12) == 0.03515625
    assert stats.mcnemar_exact(0, 0) == 1.0
    assert stats.mcnemar_exact(5, 5) == 1.0


def test_paired_standard_error_check_value():
    assert stats.paired_se_counts(134, 12, 3, 26) == pytest.approx(0.0218497202, abs=5e-11)
    differences = [0.0] * 160 + [1.0] * 12 + [-1.0] * 3
    assert stats.paired_se(differences) == pytest.approx(0.0218497202, abs=5e-11)


def test_holm_check_value():
    assert stats.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert stats.holm([]) == []
    assert stats.holm([0.9, 0.8]) == [1.0, 1.0]


@given(COUNTS, st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_intervals_agree_with_scipy(counts, level):
    from scipy.stats import binomtest

    k, n = counts
    found = stats.wilson(k, n, level)
    oracle = binomtest(k, n).proportion_ci(level, method="wilson")
    assert found.low == pytest.approx(oracle.low, abs=1e-11)
    assert found.high == pytest.approx(oracle.high, abs=1e-11)
    assert 0 <= found.low <= found.value <= found.high <= 1


@given(st.integers(0, 200), st.integers(0, 200))
def test_mcnemar_agrees_with_the_binomial_test(b, c):
    from scipy.stats import binom, binomtest

    if b + c == 0:
        return
    exact = binomtest(b, b + c, 0.5).pvalue
    assert stats.mcnemar_exact(b, c) == pytest.approx(exact, rel=1e-9)
    k = min(b, c)
    mid = 2 * (binom.cdf(k, b + c, 0.5) - 0.5 * binom.pmf(k, b + c, 0.5))
    assert stats.mcnemar_exact(b, c, mid_p=True) == pytest.approx(min(1, mid), rel=1e-9)


def test_bonett_price_covers_in_small_samples():
    """Coverage of the 95 % interval by simulation, where plain Wald falls to about 88 %."""
    rng = np.random.default_rng(3)
    probabilities, n, hits = [0.55, 0.05, 0.15, 0.25], 30, 0
    trials = 2000
    for both, only_a, only_b, neither in rng.multinomial(n, probabilities, size=trials):
        found = stats.paired_proportions(int(both), int(only_a), int(only_b), int(neither))
        hits += found.low <= 0.10 <= found.high
    assert 0.935 <= hits / trials <= 0.985


def test_an_interval_without_discordant_pairs_has_a_width():
    found = stats.paired_proportions(20, 0, 0, 5)
    assert found.value == 0 and found.low < -0.05 and found.high > 0.05


def test_bootstrap_is_seeded_and_agrees_with_theory():
    values = np.random.default_rng(1).normal(5, 2, 400)
    first, second = stats.bootstrap(values, seed=7), stats.bootstrap(values, seed=7)
    assert first == second
    half = 1.96 * values.std() / 20
    assert first.low == pytest.approx(values.mean() - half, abs=0.05)
    assert first.high == pytest.approx(values.mean() + half, abs=0.05)
    median = stats.bootstrap(values, np.median)
    assert median.value == np.median(values) and median.low < median.value < median.high


def test_bootstrap_of_equal_values_is_a_point():
    found = stats.bootstrap([0.0] * 50, np.median)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: stats.wilson(3, 2),
        lambda: stats.wilson(0, 0),
        lambda: stats.wilson(-1, 5),
        lambda: stats.z_value(1.0),
        lambda: stats.bootstrap([]),
        lambda: stats.mcnemar_exact(-1, 2),
        lambda: stats.paired_se([1.0]),
        lambda: stats.paired_se_counts(1, 0, 0, 0),
    ],
)
def test_what_makes_no_sense_is_refused(call):
    with pytest.raises(ValueError):
        call()


@pytest.mark.parametrize("statistic", [np.mean, np.median])
@pytest.mark.parametrize("n", [2, 20, 21])
def test_short_cuts_are_the_same_bootstrap(statistic, n):
    """Drawing counts or order statistics has the distribution of drawing every value."""
    values = np.random.default_rng(4).integers(0, 6, n).astype(float)
    values[:2] = 0, 5  # so that even two values differ
    short = stats.bootstrap(values, statistic, resamples=40_000)
    plain = stats.bootstrap(values, lambda data, axis: statistic(data, axis=axis), resamples=40_000)
    assert short.value == plain.value == statistic(values)
    assert short.low == pytest.approx(plain.low, abs=0.051)
    assert short.high == pytest.approx(plain.high, abs=0.051)


@pytest.mark.parametrize("n", [20, 21])
def test_every_quantile_of_the_resampled_medians_agrees(n):
    """All of the distribution, by the share of resamples at or below each value of the data."""
    values = np.random.default_rng(5).normal(size=n)
    rng, resamples = np.random.default_rng(6), 40_000
    short = stats._resampled(values, np.median, resamples, rng)
    plain = np.median(values[rng.integers(0, n, size=(resamples, n))], axis=1)
    for bound in np.sort(values):
        assert np.mean(short <= bound) == pytest.approx(np.mean(plain <= bound), abs=0.015)
