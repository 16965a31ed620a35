"""Warnings about values that the user did not state, for misread requests only."""

import json
from decimal import Decimal

import pytest
from rf_synth.notes.doubts import quantities, unsupported_values

LOW_PASS = {
    "filter_type": "chebyshev", "filter_band": "lowpass", "ripple_db": 0.25, "fc": 30000000,
    "fs": 60000000, "R0": 50, "La_target": 50, "order": 6,
}  # fmt: skip
BAND_PASS = {
    "filter_type": "chebyshev", "filter_band": "bandpass", "ripple_db": 0.1,
    "f_center": 868000000, "bandwidth": 20000000, "fs_lower": 830000000, "fs_upper": 910000000,
    "R0": 75, "La_target": 40, "order": 4,
}  # fmt: skip


def of(specification, *said, **changes):
    return unsupported_values(json.dumps(specification | changes), said)


@pytest.mark.parametrize(
    "request_text",
    [
        "pass up to 30 MHz, kill 60 MHz by 50 dB. lowpass, cheby, .25 dB ripple, 50 ohm",
        "LPF fc=30MHz fs=6e7 Hz 0.25dB 50dB Z0=50",
        "３０兆赫以内通过，60M处压50分贝，低通，纹波０．２５dB，50欧",
        "lpf 0.03ghz / 60mhz, 50db, 0.250 db, 50R",
        "低通：①30MHz②60MHz，50dB③0.25dB④50Ω",
        "从低通原型出发做低通：30 MHz，60 MHz，50 dB，0.25 dB，50 \u2126",
    ],
)
def test_numbers_are_found_however_they_are_written(request_text):
    assert of(LOW_PASS, request_text) == []


def test_a_unit_may_follow_the_last_of_several_numbers():
    text = "Bandpass 868 MHz, 20 MHz wide, 40 dB at 830 and 910 MHz, 0.1 dB, 75 ohm"
    assert of(BAND_PASS, text) == []


def test_values_that_were_made_up_or_left_out_are_reported():
    text = "lowpass, 30 MHz, 0.25 dB, 50 dB at 60 MHz, 75 ohm"
    assert of(LOW_PASS, text) == [
        "port impedance 50 Ω: not in your words",
        "75 Ω in your words: not in the answer",
    ]
    assert of(LOW_PASS, "lowpass, 30 MHz, 0.25 dB, 50 dB, 50 ohm", fs=2_500_000_000) == [
        "stop-band edge 2.5 GHz: not in your words"
    ]


def test_a_number_in_dB_is_not_one_in_ohms():
    text = "低通，30MHz，60MHz，0.25dB，50dB，阻抗没定"
    assert of(LOW_PASS, text) == ["port impedance 50 Ω: not in your words"]


def test_a_wrong_band_and_an_impossible_filter_are_reported():
    text = "高通，30 MHz，60 MHz，0.25 dB，50 dB，50 欧"
    assert of(LOW_PASS, text) == ["lowpass: you said highpass"]
    assert of(
        LOW_PASS, "low pass, 30 MHz, 60 MHz, .25 dB, 50 dB, 50R", fc=60000000, fs=30000000
    ) == ["a stop-band edge lies in the pass band"]
    text = "BPF 868 MHz, BW 20 MHz, 830 MHz, 910 MHz, 40 dB, 0.1 dB, 75 ohm"
    assert of(BAND_PASS, text, fs_lower=910000000, fs_upper=830000000) == [
        "a stop-band edge lies in the pass band"
    ]
    swapped = {"La_target": 0.25, "ripple_db": 50}
    assert of(LOW_PASS, "LPF 30 MHz 60 MHz 0.25 dB 50 dB 50 ohm", **swapped) == [
        "the attenuation is no more than the ripple"
    ]


def test_a_corrected_value_may_be_missing():
    first = "低通，30 MHz，60 MHz，纹波 0.5 dB，50 dB"
    assert of(LOW_PASS, first, "50 Ω。对了，纹波改成 0.25 dB。") == []
    assert of(LOW_PASS, first, "50 Ω") == [
        "ripple 0.25 dB: not in your words",
        "0.5 dB in your words: not in the answer",
    ]


@pytest.mark.parametrize(
    "answer", ["请给出端口阻抗。", '{"order": 3}', '{"filter_band": "lowpass"}']
)
def test_an_answer_without_a_specification_has_no_warnings(answer):
    assert unsupported_values(answer, ["低通，30 MHz"]) == []


def test_names_with_digits_are_not_quantities():
    assert [
        q for q in quantities("GPS L1, n78, WiFi 6, 802.11ax, B3 at 1575.42 MHz") if q.kind
    ] == [(Decimal("1575420000"), "Hz")]
