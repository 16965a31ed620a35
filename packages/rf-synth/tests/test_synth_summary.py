"""The finished answer in words: every digit kept, units an engineer would choose."""

import json
from decimal import Decimal

import pytest
from rf_synth.notes.summary import frequency, summary


def test_a_band_pass_in_words():
    answer = {
        "filter_type": "chebyshev", "filter_band": "bandpass", "ripple_db": 0.05,
        "f_center": 1720000000, "bandwidth": 242000000, "fs_lower": 1586000000,
        "fs_upper": 1854000000, "R0": 50, "La_target": 30, "order": 15,
    }  # fmt: skip
    assert summary(json.dumps(answer)) == [
        "filter      Chebyshev band-pass",
        "order       15 (30 poles)",
        "pass band   1.599 GHz to 1.841 GHz (242 MHz around 1.72 GHz), ripple 0.05 dB",
        "stop bands  up to 1.586 GHz and from 1.854 GHz, at least 30 dB",
        "ports       50 Ω",
    ]


def test_a_high_pass_with_its_derivation_in_words():
    text = (
        '好的：{"filter_type": "chebyshev", "filter_band": "highpass", "ripple_db": 0.10, '
        '"fc": 1234567.5, "fs": 800000, "R0": 75, "La_target": 40, '
        '"derivation": {"p": "1.99998", "c": "0.81634"}, "order": 9}'
    )
    assert summary(text) == [
        "filter      Chebyshev high-pass",
        "order       9 (9 poles)",
        "pass band   from 1.2345675 MHz, ripple 0.1 dB",
        "stop band   up to 800 kHz, at least 40 dB",
        "ports       75 Ω",
        "derivation  2 steps, in the answer above",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "缺少衰减",
        '{"order": ',
        "{[}",
        '{"name": "甲", "x": 0.10}',
        '{"filter_band": "lowpass", "fc": "1G"}',
        '{"filter_band": ["lowpass"], "fc": NaN}',
    ],
)
def test_an_answer_without_a_specification_has_no_summary(text):
    assert summary(text) == []


@pytest.mark.parametrize(
    ("hertz", "text"),
    [
        (50, "50 Hz"),
        (1000, "1 kHz"),
        (999999999, "999.999999 MHz"),
        (Decimal("2.4e9"), "2.4 GHz"),
        (0, "0 Hz"),
    ],
)
def test_a_frequency_keeps_its_digits(hertz, text):
    assert frequency(hertz) == text
