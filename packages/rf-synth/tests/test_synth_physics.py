"""The order, against 50-digit arithmetic and against scipy; and what must be refused."""

import math
import random
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rf_synth.specs.draws import Draws
from rf_synth.specs.minimum_order import BANDS, SpecError, check_spec, exact_order, minimum_order
from rf_synth.specs.ranges import Ranges
from rf_synth.specs.sampler import SpecSampler
from rf_synth.verify import order_proof
from scipy.signal import cheb1ord

SAMPLER = SpecSampler(Ranges())


def order_by_mpmath(spec):
    """The ceiling with 50 digits, independently from the definition of the filter."""
    with mpmath.workdps(50):
        f = {k: mpmath.mpf(str(v)) for k, v in spec.items() if not isinstance(v, str)}
        if spec["filter_band"] == "lowpass":
            omega = f["fs"] / f["fc"]
        elif spec["filter_band"] == "highpass":
            omega = f["fc"] / f["fs"]
        else:
            f1, f2 = f["f_center"] - f["bandwidth"] / 2, f["f_center"] + f["bandwidth"] / 2
            omega = min(
                abs(edge**2 - f1 * f2) / (edge * (f2 - f1))
                for edge in (f["fs_lower"], f["fs_upper"])
            )
        eps2 = mpmath.power(10, f["ripple_db"] / 10) - 1
        k = mpmath.sqrt((mpmath.power(10, f["La_target"] / 10) - 1) / eps2)
        return mpmath.acosh(k) / mpmath.acosh(omega)


def order_by_scipy(spec):
    if spec["filter_band"] == "bandpass":
        half = spec["bandwidth"] / 2
        edges = [spec["f_center"] - half, spec["f_center"] + half]
        stops = [spec["fs_lower"], spec["fs_upper"]]
    else:
        edges, stops = spec["fc"], spec["fs"]
    order, _ = cheb1ord(edges, stops, spec["ripple_db"], spec["La_target"], analog=True)
    return int(order)


@pytest.mark.parametrize("band", BANDS)
def test_sampled_orders_agree_with_mpmath_and_scipy(band):
    for i in range(1500):
        spec, order, n = SAMPLER.draw(Draws(f"oracle:{band}:{i}"), band)
        exact = order_by_mpmath(spec)
        assert order == int(mpmath.ceil(exact)), spec
        assert n == pytest.approx(float(exact), rel=1e-9)
        assert minimum_order(spec) == (order, pytest.approx(n))
        if abs(n - round(n)) > 1e-4:  # scipy works in floats, and rounds its edges
            assert order == order_by_scipy(spec), spec


@settings(max_examples=1000)
@given(
    band=st.sampled_from(BANDS),
    ripple=st.integers(1, 300).map(lambda n: n / 100),
    above=st.integers(1, 1500).map(lambda n: n / 10),
    center=st.integers(1000, 9999),
    first=st.integers(1, 800),
    second=st.integers(1, 800),
)
def test_any_valid_specification_agrees_with_mpmath(band, ripple, above, center, first, second):
    spec = {
        "filter_type": "chebyshev",
        "filter_band": band,
        "ripple_db": ripple,
        "R0": 50,
        "La_target": round(ripple + above, 2),
    }
    if band == "bandpass":
        width = first / 4
        spec |= {
            "f_center": center,
            "bandwidth": width,
            "fs_lower": center - width / 2 - min(second, (center - width / 2) * 0.9),
            "fs_upper": center + width / 2 + second,
        }
    else:
        edges = [center, center + first]
        fc, fs = edges if band == "lowpass" else edges[::-1]
        spec |= {"fc": fc, "fs": fs}
    order, n = minimum_order(spec)
    exact = order_by_mpmath(spec)
    assert (
        order == int(mpmath.ceil(exact)) or abs(exact - mpmath.nint(exact)) < mpmath.mpf(10) ** -35
    )
    assert order_proof.is_minimum(spec, order)
    assert not order_proof.is_minimum(spec, order + 1)
    assert n == pytest.approx(float(exact), rel=1e-7)


def ceiling_traps(count):
    """Low-pass specifications whose n is an integer to within rounding, on either side."""
    rng = random.Random(7)
    for _ in range(count):
        order, omega = rng.randint(2, 12), Fraction(rng.randint(11, 40), 10)
        ripple = rng.choice((0.01, 0.1, 0.5, 1.0, 3.0))
        with mpmath.workdps(50):
            gain = mpmath.cosh(
                order * mpmath.acosh(mpmath.mpf(omega.numerator) / omega.denominator)
            )
            eps2 = mpmath.power(10, mpmath.mpf(str(ripple)) / 10) - 1
            attenuation = 10 * mpmath.log10(1 + gain**2 * eps2)
        digits = rng.choice((14, 15, 16, 17))
        value = float(mpmath.nstr(attenuation, digits))
        if value <= ripple:
            continue
        yield {
            "filter_type": "chebyshev",
            "filter_band": "lowpass",
            "ripple_db": ripple,
            "fc": 10**9,
            "fs": int(omega * 10**9),
            "R0": 50,
            "La_target": value,
        }


def test_an_n_close_to_an_integer_is_decided_with_fifty_digits():
    floats_wrong = total = 0
    for spec in ceiling_traps(400):
        exact = order_by_mpmath(spec)
        expected = int(mpmath.ceil(exact))
        assert minimum_order(spec)[0] == expected, (spec, exact)
        assert order_proof.is_minimum(spec, expected)
        floats_wrong += math.ceil(exact_order(spec)) != expected
        total += 1
    assert total > 300
    assert floats_wrong > 0, "the trap does not snap: these cases prove nothing"


def sharp_specifications(count):
    """Stop edges just outside of the pass band, where rounding of Ω changes n by integers."""
    rng = random.Random(11)
    for _ in range(count):
        band, hair = rng.choice(BANDS), 10 ** rng.uniform(-9.8, -4)
        spec = base(band, ripple_db=rng.choice((0.01, 0.1, 1)), La_target=rng.randint(20, 90))
        if band == "bandpass":
            center, width = rng.randint(1000, 9999) * 10**6 + 1, rng.randint(10**5, 10**8)
            edge = width / 2 * (1 + hair * 100)
            spec |= {"f_center": center, "bandwidth": width}
            spec |= {"fs_lower": center - edge, "fs_upper": center + edge * 1.5}
        else:
            low = rng.randint(1000, 9999) / 1000
            edges = (low, round(low * (1 + hair), 13))
            fc, fs = edges if band == "lowpass" else edges[::-1]
            spec |= {"fc": fc, "fs": fs}
        yield spec


def test_stop_edges_close_to_the_pass_band_are_decided_with_fifty_digits():
    floats_wrong = 0
    for spec in sharp_specifications(300):
        exact = order_by_mpmath(spec)
        assert minimum_order(spec)[0] == int(mpmath.ceil(exact)), (spec, exact)
        floats_wrong += math.ceil(exact_order(spec)) != int(mpmath.ceil(exact))
    assert floats_wrong > 0, "doubles do as well: these cases prove nothing"


def test_an_exact_integer_n_is_met_by_that_order():
    # T_2(3) = 17; ripple 10·lg 2 makes ε 1 only in the limit, so build K from the polynomial.
    spec = {
        "filter_type": "chebyshev",
        "filter_band": "highpass",
        "ripple_db": 1,
        "fc": 3 * 10**9,
        "fs": 10**9,
        "R0": 50,
        "La_target": 1 + 1e-9,
    }
    assert minimum_order(spec)[0] == 1  # K barely above 1: the first order does it


def base(band, **changes):
    spec = {
        "filter_type": "chebyshev",
        "filter_band": band,
        "ripple_db": 0.1,
        "R0": 50,
        "La_target": 40,
    }
    edges = {
        "lowpass": {"fc": 1e9, "fs": 2e9},
        "highpass": {"fc": 2e9, "fs": 1e9},
        "bandpass": {"f_center": 2e9, "bandwidth": 2e8, "fs_lower": 1.7e9, "fs_upper": 2.4e9},
    }
    return {**spec, **edges[band], **changes}


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (base("lowpass", La_target=0.1), "must exceed"),
        (base("lowpass", La_target=0.05), "must exceed"),
        (base("lowpass", ripple_db=0), "above 0"),
        (base("lowpass", ripple_db=-0.1), "above 0"),
        (base("lowpass", fc=0), "above 0"),
        (base("highpass", fs=-1e9), "above 0"),
        (base("lowpass", R0=0), "above 0"),
        (base("lowpass", fs=1e9), "needs fs above fc"),
        (base("lowpass", fs=0.5e9), "needs fs above fc"),
        (base("highpass", fs=2e9), "needs fs below fc"),
        (base("highpass", fs=3e9), "needs fs below fc"),
        (base("bandpass", bandwidth=4e9), "below 2·f_center"),
        (base("bandpass", bandwidth=5e9), "below 2·f_center"),
        (base("bandpass", fs_lower=1.9e9), "below the pass band"),
        (base("bandpass", fs_lower=1.95e9), "below the pass band"),
        (base("bandpass", fs_upper=2.1e9), "above the pass band"),
        (base("bandpass", fs_upper=1.5e9), "above the pass band"),
        (base("lowpass", filter_type="butterworth"), "chebyshev"),
        (base("lowpass") | {"filter_band": "bandstop"}, "filter_band"),
        ({k: v for k, v in base("lowpass").items() if k != "fs"}, "fs is missing"),
        (base("lowpass", fc="1e9"), "expected a number"),
        (base("lowpass", fc=True), "expected a number"),
        (base("lowpass", fc=math.nan), "expected a number"),
        (base("lowpass", fc=math.inf), "expected a number"),
        (base("lowpass", La_target=40_000), "must lie within"),
        (base("lowpass", ripple_db=1e-300), "must lie within"),
        (base("lowpass", fc=1e-300, fs=1e300), "must lie within"),
        (base("bandpass", f_center=1e308, fs_upper=1.5e308), "must lie within"),
    ],
)
def test_impossible_specifications_are_refused_with_their_reason(spec, reason):
    with pytest.raises(SpecError, match=reason.replace("·", ".")):
        check_spec(spec)
    with pytest.raises(SpecError):
        minimum_order(spec)


@pytest.mark.parametrize(
    ("edges", "reason"),
    [
        ({"fc": 1.0, "fs": 1.0000000000000002}, "an order of 358,903,407 is needed"),
        ({"fc": 2**64 - 1, "fs": 2.0**64}, "more than 1,000,000"),
    ],
)
def test_orders_beyond_a_million_are_refused(edges, reason):
    with pytest.raises(SpecError, match=reason):
        minimum_order(base("lowpass", **edges))


def test_the_arithmetic_centre_is_not_the_geometric_one():
    """Taking f_center as the geometric centre changes many orders at 5 to 30 % bandwidth."""
    changed = total = 0
    for i in range(400):
        spec, order, _ = SAMPLER.draw(Draws(f"centre:{i}"), "bandpass")
        center, width = spec["f_center"], spec["bandwidth"]
        if not 0.05 <= width / center <= 0.3:
            continue
        half = np.sqrt(center**2 + width**2 / 4)
        stops = [spec["fs_lower"], spec["fs_upper"]]
        pass_band = [half - width / 2, half + width / 2]
        other, _ = cheb1ord(pass_band, stops, spec["ripple_db"], spec["La_target"], analog=True)
        changed += other != order
        total += 1
    assert changed / total > 0.05


@pytest.mark.parametrize("band", BANDS)
def test_sampled_specifications_keep_their_ranges(band):
    ranges = Ranges()
    for i in range(600):
        spec, order, n = SAMPLER.draw(Draws(f"ranges:{band}:{i}"), band)
        first = spec.get("fc", spec.get("f_center"))
        assert 10e6 <= first <= 10e9
        assert 1.1 <= order_proof.stop_frequency(spec) <= 4
        assert 0.01 <= spec["ripple_db"] <= 3
        assert 10 <= spec["La_target"] <= 90
        assert 1 <= order <= 15
        assert abs(n - round(n)) > ranges.margin[0]
        if band == "bandpass":
            assert 0.01 <= spec["bandwidth"] / spec["f_center"] <= 0.5


def test_orders_are_about_uniform():
    counts = [0] * 16
    for i in range(6000):
        counts[SAMPLER.draw(Draws(f"uniform:{i}"), "bandpass")[1]] += 1
    assert min(counts[1:]) > 300
    assert max(counts[1:]) < 500


def test_easy_and_hard_specifications_keep_their_margins():
    for margin in ((0.15, 0.5), (1e-6, 0.1)):
        sampler = SpecSampler(Ranges(margin=margin))
        for i in range(200):
            n = sampler.draw(Draws(f"margin:{i}"), "highpass")[2]
            assert margin[0] < abs(n - round(n)) <= margin[1]
