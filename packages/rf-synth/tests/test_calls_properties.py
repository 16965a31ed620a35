"""Properties of all calls: equivalent forms and scaled frequencies agree, and nothing raises."""

import json
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from rf_synth import solve_call
from rf_synth.calls.arguments import KEYS
from rf_synth.calls.tool import answer_line
from rf_synth.schemas import load_schema

RESULT = Draft202012Validator(load_schema("result"))
QUICK = settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def band_passes(draw):
    """Centre and width in kHz, even so that the edges are integers; offset, ripple, attenuation."""
    center = draw(st.integers(10_000, 5_000_000))
    half = draw(st.integers(50, center // 4))
    offset = draw(st.integers(half + half // 10 + 1, center - 1))
    attenuation = draw(st.integers(1000, 8000)) / 100
    ripple = draw(st.sampled_from(["0.01", "0.05", "0.1", "0.5", "1"]))
    return center, half, offset, ripple, attenuation


def order_of(call):
    result = solve_call(call)
    assert result["status"] == "designed", (call, result)
    return result["order"], pytest.approx(result["n_exact"], rel=1e-9)


@QUICK
@given(band_passes())
def test_every_form_of_the_same_band_pass_gives_the_same_order(drawn):
    center, half, offset, ripple, attenuation = drawn
    rest = {"ripple": f"{ripple} dB", "att": f"{attenuation} dB"}
    sides = {"stop1": f"{center - offset} kHz", "stop2": f"{center + offset} kHz"}
    two_edges = {"f1": f"{center - half} kHz", "f2": f"{center + half}kHz"}
    order, n = order_of(two_edges | sides | rest)
    fbw = Decimal(2 * half) / Decimal(center)
    forms = [
        {"center": f"{center} kHz", "width": f"{2 * half} kHz"} | sides,
        {"center": f"{Decimal(center) / 1000} MHz", "width": f"±{half} kHz"} | sides,
        {"center": f"{center} kHz", "fbw": f"{fbw:.30f}"} | sides,
        {"center": f"{center} kHz", "fbw": f"{fbw * 100:.30f} %"} | sides,
        {"center": f"{center} kHz", "q": f"{1 / fbw:.30f}"} | sides,
        {"f1": f"{center - half} kHz", "width": f"{2 * half} kHz"} | sides,
        two_edges | {"offset1": f"±{offset} kHz"},
        two_edges | {"offset1": f"{offset}kHz"},
        two_edges | {"offset1": f"+{offset}kHz", "offset2": f"-{offset}kHz"},
        two_edges | {"transition": f"{offset - half} kHz"},
        two_edges
        | {"stop1": "DC", "to1": sides["stop1"], "stop2": sides["stop2"], "to2": "99 GHz"},
        two_edges | {"to1": sides["stop1"], "stop2": sides["stop2"]},
        {"f1": f"{center - half}", "f2": f"{center + half} kHz"} | sides,
        {"f1": f"{center - half}e3", "f2": f"{center + half}e3"}
        | {"stop1": f"{center - offset}e3", "stop2": f"{center + offset}e3"},
    ]
    for form in forms:
        if form.get("to2") == "99 GHz" and center + offset >= 99_000_000:
            continue
        assert order_of(form | rest) == (order, n), form


@QUICK
@given(band_passes(), st.sampled_from(["Hz", "kHz", "MHz", "GHz", "rad/s", "兆赫", "千赫"]))
def test_scaling_all_frequencies_does_not_change_the_order(drawn, unit):
    center, half, offset, ripple, attenuation = drawn
    call = {"ripple": f"{ripple} dB", "att": f"{attenuation} dB", "edge_db": "3 dB"}
    values = {
        "center": center,
        "width": 2 * half,
        "stop1": center - offset,
        "stop2": center + offset,
    }
    kilo = {key: f"{value} kHz" for key, value in values.items()}
    other = {key: f"{Decimal(value) / 1000} {unit}" for key, value in values.items()}
    assert order_of(call | kilo) == order_of(call | other)


@QUICK
@given(
    st.integers(11, 4000),
    st.integers(500, 4000),
    st.sampled_from(["Chebyshev", "Butterworth", "切比雪夫", "maximally flat"]),
)
def test_reflection_and_ripple_are_the_same_statement(ratio, loss, family):
    """A high-pass mirrors a low-pass, and return loss, Γ and ripple are equivalent."""
    rl = Decimal(loss) / 100
    ripple = -10 * (1 - Decimal(10) ** (-rl / 10)).log10()
    common = {"family": family, "att1": "85 dB"}
    low = common | {"band": "低通", "edge": "1 GHz", "stop1": f"{ratio}e8 Hz"}
    high = common | {"band": "高通", "edge": f"{ratio}e8 Hz", "stop1": "1 GHz"}
    order, n = order_of(low | {"return_loss": f"{rl} dB"})
    if abs(n.expected - round(n.expected)) < 1e-9:
        return
    assert order_of(high | {"return_loss": f"-{rl} dB"}) == (order, n)
    assert order_of(low | {"ripple": f"{ripple} dB"}) == (order, n)
    gamma = Decimal(10) ** (-rl / 20)
    assert order_of(low | {"gamma": f"{gamma}"}) == (order, n)
    assert order_of(low | {"vswr": f"{(1 + gamma) / (1 - gamma)}:1"}) == (order, n)
    assert order_of(
        low | {"multiple1": f"{Decimal(ratio) / 10}fc", "stop1": "TBD", "return_loss": f"{rl}"}
    ) == (order, n)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
numberish = st.text(
    alphabet="0123456789.,eE+-±~×x*^/ :%πΩ百分之一二三点千万兆MGkHzdBrads欧", max_size=24
)
plausible = st.sampled_from(
    "1 GHz|2.4GHz|900 MHz|5%|0 dB|3 dB|-40dBc|40 dB|DC|∞|50|7|1e9|±1|twice|1.5:1|0|-1|1e18 Hz|"
    "1e-12 Hz|999 dB|0.000001 dB|LPF|带阻|Butterworth|20".split("|")
)


@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(KEYS), plausible | numberish | st.text(max_size=90), max_size=12
    )
    | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=6), json_values, max_size=5)
    | json_values,
    st.booleans(),
)
def test_no_json_value_raises(arguments, strict):
    result = solve_call(arguments, strict=strict)
    RESULT.validate(result)
    json.dumps(result, allow_nan=False)
    for text in result["reply"].values():
        assert text and "\n" not in text


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(KEYS), plausible, min_size=3, max_size=14))
def test_plausible_values_of_any_key_are_answered(arguments):
    result = solve_call(arguments)
    RESULT.validate(result)
    if result["status"] == "designed" and "n_exact" in result:
        assert all(
            row["at_order"] is None or row["at_order"] >= row["attenuation_db"] - 1e-6
            for row in result["proof"]
            if "attenuation_db" in row
        )


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_line_of_bytes_is_answered(line):
    result = answer_line(line)
    assert (result is None) == (not line.strip())
    if result is not None:
        RESULT.validate(result)
