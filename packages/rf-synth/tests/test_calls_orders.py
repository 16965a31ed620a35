"""Orders of calls against mpmath, scipy and the worked examples of the conventions."""

import json
import random
from decimal import ROUND_FLOOR, Decimal

import mpmath
import pytest
from mpmath import mpf
from rf_synth import solve_call
from scipy.signal import buttord, cheb1ord

RIPPLES = ("0.01", "0.05", "0.1", "0.5", "1", "3")


def omega(band, f1, f2, f):
    """Ω by definition, in mpmath."""
    if band == "lowpass":
        return f / f2
    if band == "highpass":
        return f1 / f
    ratio = abs(f * f - f1 * f2) / (f * (f2 - f1))
    return ratio if band == "bandpass" else 1 / ratio


def n_by_mpmath(family, ripple, band, f1, f2, points):
    """The real-valued order with 50 digits: the maximum over the stop points."""
    with mpmath.workdps(50):
        worst = mpf(0)
        for f, attenuation in points:
            k = mpmath.sqrt(
                (mpf(10) ** (mpf(attenuation) / 10) - 1) / (mpf(10) ** (mpf(ripple) / 10) - 1)
            )
            at = omega(band, f1 and mpf(f1), f2 and mpf(f2), mpf(f))
            if family == "Chebyshev":
                worst = max(worst, mpmath.acosh(k) / mpmath.acosh(at))
            else:
                worst = max(worst, mpmath.log(k) / mpmath.log(at))
        return worst


def draw(rng, band):
    """Pass edges and stop points in MHz as text, each point with its attenuation."""
    f1 = rng.uniform(100, 5000)
    f2 = f1 * rng.uniform(1.02, 1.8)
    width = f2 - f1
    if band == "lowpass":
        stops = [f2 * rng.uniform(1.05, 3) for _ in range(rng.randint(1, 3))]
    elif band == "highpass":
        stops = [f1 / rng.uniform(1.05, 3) for _ in range(rng.randint(1, 3))]
    else:
        stops = [f1 - width * rng.uniform(0.1, 0.9) * f1 / f2, f2 + width * rng.uniform(0.1, 2)]
        stops = [f for f in stops if f > 0][rng.randint(0, 1) :] or [f2 + width]
    points = [(f"{f:.5f}", f"{rng.uniform(10, 90):.2f}") for f in stops]
    return f"{f1:.4f}", f"{f2:.4f}", points


def call_of(family, ripple, band, f1, f2, points):
    call = {"family": family, "band": band, "ripple": f"{ripple} dB"}
    if band == "lowpass":
        call["edge"] = f"{f2} MHz"
    elif band == "highpass":
        call["edge"] = f"{f1} MHz"
    else:
        call |= {"f1": f"{f1} MHz", "f2": f"{f2} MHz"}
    for i, (f, attenuation) in enumerate(points, start=1):
        call |= {f"stop{i}": f"{f} MHz", f"att{i}": f"{attenuation} dB"}
    return call


@pytest.mark.parametrize("family", ["Chebyshev", "Butterworth"])
@pytest.mark.parametrize("band", ["lowpass", "highpass", "bandpass"])
def test_orders_agree_with_mpmath_and_with_their_proof(family, band):
    rng = random.Random(f"{family}:{band}")
    for _ in range(300):
        ripple = rng.choice(RIPPLES)
        f1, f2, points = draw(rng, band)
        result = solve_call(call_of(family, ripple, band, f1, f2, points))
        exact = n_by_mpmath(family, ripple, band, f1, f2, points)
        assert result["status"] == "designed", result
        assert result["order"] == int(mpmath.ceil(exact))
        assert result["n_exact"] == pytest.approx(float(exact), rel=1e-12)
        assert all(row["at_order"] >= row["attenuation_db"] - 1e-6 for row in result["proof"])
        (deciding,) = [row for row in result["proof"] if row["decides"]]
        assert deciding["at_order_minus_1"] < deciding["attenuation_db"]


@pytest.mark.parametrize(("family", "oracle"), [("Chebyshev", cheb1ord), ("Butterworth", buttord)])
@pytest.mark.parametrize("band", ["lowpass", "highpass", "bandpass", "bandstop"])
def test_orders_agree_with_scipy(family, oracle, band):
    rng = random.Random(f"scipy:{family}:{band}")
    compared = 0
    for _ in range(120):
        ripple, attenuation = rng.choice(RIPPLES), f"{rng.uniform(12, 70):.2f}"
        f1 = rng.uniform(100, 5000)
        f2 = f1 * rng.uniform(1.1, 2.5)
        width = f2 - f1
        low, high = f1 + width * rng.uniform(0.05, 0.4), f2 - width * rng.uniform(0.05, 0.4)
        if band == "bandpass":
            f1, f2, low, high = low, high, f1, f2
        call = {
            "family": family,
            "band": band,
            "ripple": f"{ripple} dB",
            "att": f"{attenuation} dB",
        }
        f1, f2, low, high = (float(f"{f:.4f}") for f in (f1, f2, low, high))
        if band == "lowpass":
            call |= {"edge": f"{f1} MHz", "stop1": f"{f2} MHz"}
            edges, stops = f1, f2
        elif band == "highpass":
            call |= {"edge": f"{f2} MHz", "stop1": f"{f1} MHz"}
            edges, stops = f2, f1
        else:
            call |= {"f1": f"{f1} MHz", "f2": f"{f2} MHz"}
            call |= {"stop1": f"{low} MHz", "stop2": f"{high} MHz"}
            edges, stops = [f1, f2], [low, high]
        result = solve_call(call)
        n = result["n_exact"]
        if abs(n - round(n)) < 1e-3:  # scipy works in floats and minimises numerically
            continue
        compared += 1
        order, _ = oracle(edges, stops, float(ripple), float(attenuation), analog=True)
        assert result["order"] == order, call
    assert compared > 100


def test_a_band_stop_with_a_moved_edge_meets_its_specification():
    """The pass bands only grow, and the filter of the result meets every stop point."""
    rng = random.Random("moved")
    moved = 0
    for _ in range(200):
        f1, f2 = 1000.0, 1000 * rng.uniform(1.5, 4)
        stops = sorted(rng.uniform(f1 * 1.05, f2 * 0.95) for _ in range(2))
        call = {"family": "Chebyshev", "band": "BSF", "f1": f"{f1:.3f} Hz", "f2": f"{f2:.3f} Hz"}
        call |= {"ripple": "0.1 dB", "stop1": f"{stops[0]:.3f} Hz", "stop2": f"{stops[1]:.3f} Hz"}
        result = solve_call(call | {"att1": "30 dB", "att2": f"{rng.randint(20, 60)} dB"})
        assert result["status"] == "designed"
        spec, order = result["spec"], result["order"]
        if "f1_stated" not in spec:
            continue
        moved += 1
        assert (
            spec["f1_stated"] <= spec["f1"] < stops[0]
            and stops[1] < spec["f2"] <= spec["f2_stated"]
        )
        for point in spec["stop_points"]:
            at = omega("bandstop", spec["f1"], spec["f2"], point["f"])
            needed = n_by_mpmath(
                "Chebyshev", "0.1", "bandstop", spec["f1"], spec["f2"],
                [(point["f"], point["attenuation_db"])],
            )  # fmt: skip
            assert at > 1 and needed <= order + 1e-9
    assert moved > 20


@pytest.mark.parametrize("band", ["lowpass", "highpass", "bandpass", "bandstop"])
def test_edges_at_3_db_take_the_smallest_order_that_meets_them(band):
    """The ripple edge depends on N; the order is the smallest N that meets the stop point."""
    rng = random.Random(f"level:{band}")
    for _ in range(60):
        ripple, level, attenuation = rng.choice(RIPPLES[:-1]), 3, rng.uniform(15, 70)
        f1, f2 = Decimal("900.5"), Decimal("1204.25")
        f = {"lowpass": "1500.1", "highpass": "700.3", "bandpass": "1280.7", "bandstop": "1000.9"}[
            band
        ]
        call = call_of("Chebyshev", ripple, band, f1, f2, [(f, f"{attenuation:.3f}")])
        result = solve_call(call | {"edge_db": f"{level} dB"})
        with mpmath.workdps(40):
            epsilon2 = mpf(10) ** (mpf(ripple) / 10) - 1
            kappa = mpmath.sqrt((mpf(10) ** (mpf(level) / 10) - 1) / epsilon2)
            # a fixed pass edge: the band-stop's edges must not move in this comparison
            at = omega(band, mpf(str(f1)), mpf(str(f2)), mpf(f))
            for order in range(1, 60):
                ratio = mpmath.cosh(mpmath.acosh(kappa) / order)
                reached = 10 * mpmath.log10(
                    1 + epsilon2 * mpmath.cosh(order * mpmath.acosh(at * ratio)) ** 2
                )
                if reached >= mpf(f"{attenuation:.3f}"):
                    break
        if band == "bandstop" and "f1_stated" in result["spec"]:
            assert result["order"] < order
            continue
        assert result["order"] == order
        assert result["proof"][0]["at_order"] == pytest.approx(float(reached), abs=1e-6)
        edges = result["spec"]
        if band == "lowpass":
            assert edges["fc"] == pytest.approx(1204.25e6 / float(ratio), rel=1e-10)
        elif band == "bandpass":
            assert edges["bandwidth"] == pytest.approx(303.75e6 / float(ratio), rel=1e-9)
            assert edges["f1"] * edges["f2"] == pytest.approx(900.5e6 * 1204.25e6, rel=1e-9)


def test_an_n_close_to_an_integer_is_decided_with_50_digits():
    """The attenuation that order 5 reaches exactly is met by 5; the next printed digit needs 6."""
    with mpmath.workdps(50):
        epsilon2 = mpf(10) ** (mpf("0.1") / 10) - 1
        reached = 10 * mpmath.log10(1 + epsilon2 * mpmath.cosh(5 * mpmath.acosh(2)) ** 2)
        below = Decimal(mpmath.nstr(reached, 40)).quantize(Decimal("1e-20"), ROUND_FLOOR)
    above = below + Decimal("1e-20")
    call = {"family": "Chebyshev", "band": "LPF", "edge": "1 GHz", "stop1": "2 GHz"}
    call["ripple"] = "0.1 dB"
    assert solve_call(call | {"att1": f"{below} dB"})["order"] == 5
    assert solve_call(call | {"att1": f"{above} dB"})["order"] == 6


def test_a_butterworth_met_exactly_needs_no_higher_order():
    """Ω = 10 and K = 1000 give n = 3 exactly: 10·lg(1 + ε²·10⁶) with ε² of the same edge level."""
    with mpmath.workdps(60):
        level = 10 * mpmath.log10(2)
        attenuation = mpmath.nstr(10 * mpmath.log10(1 + mpf(10) ** 6), 45)
    call = {"family": "Butterworth", "band": "LPF", "edge": "1 kHz", "stop1": "10 kHz"}
    result = solve_call(call | {"att1": f"{attenuation} dB"})
    assert result["assumed"] == ["edge_db", "R0"] and result["spec"]["edge_db"] == pytest.approx(
        float(level)
    )
    assert (result["order"], result["n_exact"]) == (3, pytest.approx(3))


@pytest.mark.parametrize(
    ("statement", "ripple"),
    [
        ({"return_loss": "10 dB"}, 0.4576),
        ({"return_loss": "-15dB"}, 0.1396),
        ({"return_loss": "20dB"}, 0.04365),
        ({"return_loss": "26 dB"}, 0.01092),
        ({"vswr": "1.1"}, 0.00986),
        ({"vswr": "1.2:1"}, 0.03604),
        ({"vswr": "1:1.5"}, 0.1773),
        ({"vswr": "2"}, 0.5115),
        ({"gamma": "0.1"}, 0.04365),
        ({"gamma": "10%"}, 0.04365),
        ({"vswr": "1.5:1", "ripple": "0.05 dB"}, 0.05),
        ({"return_loss": "20 dB", "ripple": "1 dB", "vswr": "2"}, 0.04365),
        ({"ripple": "±0.25 dB"}, 0.5),
        ({"edge_db": "0.05 dBc"}, 0.05),
        ({"edge_db": "0.05 dBc", "ripple": "0.1 dB"}, 0.05),
    ],
)
def test_the_strictest_statement_of_the_ripple_applies(statement, ripple):
    call = {"band": "LPF", "edge": "1 GHz", "stop1": "2 GHz", "att1": "40 dB"}
    result = solve_call(call | statement)
    assert result["spec"]["ripple_db"] == pytest.approx(ripple, rel=1e-3)
    assert "edge_db" not in result["spec"]


def test_every_result_can_be_written_as_json():
    call = {"band": "LPF", "edge": "1 GHz", "stop1": "2 GHz", "att1": "40 dB", "ripple": "0.1 dB"}
    assert json.loads(json.dumps(solve_call(call), allow_nan=False)) == solve_call(call)
