"""rf-synth designs from the texts of a call, rf-eval compares them: both must read the same value.

The packages never import one another, so each has its reader; this test holds them together over
every printed form of a number with every unit, and over the words of the field.
"""

from decimal import Decimal
from itertools import product

import pytest
from rf_eval.check import check_answers
from rf_eval.filters import design
from rf_eval.reading.meaning import band_of, family_of, frequency, meaning
from rf_synth.calls import quantities
from rf_synth.calls.bands import band
from rf_synth.calls.families import family
from rf_synth.calls.multiples import multiple
from rf_synth.solve import solve
from rf_synth.specs import minimum_order


def test_both_know_the_same_orders(tmp_path):
    """What the solver answers is judged; an order that only one of them knew would be wrong."""
    assert design.MAX_ORDER == minimum_order.MAX_ORDER
    spec = {"filter_type": "chebyshev", "filter_band": "lowpass", "ripple_db": 0.01, "fc": 1e9}
    spec |= {"R0": 50, "La_target": 90}
    for stop, order in ((1.005e9, 141), (1.0001e9, 997)):
        answer = solve(spec | {"fs": stop})
        (checked,) = check_answers([("here", answer)])
        assert (answer["order"], checked.meets, checked.minimum_order) == (order, True, order)
    with pytest.raises(minimum_order.SpecError, match="more than 1,000"):
        solve(spec | {"fs": 1.00001e9})


NUMBERS = [
    "824", "2.4", "0.5", ".5", "5.", "1,268.52", "1,268", "0,125", "0,5", "12,50", "2 400",
    "1'268", "1,268,520", "1.268,52", "1.268.520", "7.36842e+08", "1e9", "1E3", "2.4e-1",
    "1.5×10^9", "1.5x10^9", "1.5*10^6", "1.5·10⁹", "1.5×10⁻³", "８２４", "５．５", "１，２６８",
    "824.123456789012345678", "1/4", "五", "十二", "一百二十", "两千四百", "一点五", "二四零零",
    "seven",
    "twenty-five", "one hundred and twenty", "two point four", "a hundred", "half",
    "one and a half", "半", "两个半",
    "+3", "-3", "±3", "+/-3", "−3", "– 3", "≥40", "> 40", "at least 40", "不小于40", "约40",
    "3.0000",
]  # fmt: skip
HERTZ = [
    "Hz", "HZ", "hz", "kHz", "KHz", "MHz", "mhz", "ＭＨｚ", "GHz", "THz", "G", "M", "k", "K",
    "赫兹",
    "千赫", "兆赫", "吉赫", "千兆赫", "兆", "吉", "rad/s", "krad/s", "Mrad/s", "弧度/秒",
    "radians/s", "",
]  # fmt: skip
LEVELS = ["dB", "db", "DB", "dBc", "分贝", "ｄＢ", "㏈", ""]
OHMS = ["Ω", "Ω", "ohm", "ohms", "Ohm", "OHM", "R", "欧", "欧姆", "kΩ", "千欧", "k", "MΩ", "mΩ", ""]
OTHER_FREQUENCIES = [
    "DC", "dc", "直流", "0", "0 Hz", "∞", "2π×10000 rad/s", "2πx10^4 rad/s", "2*pi*1e4 rad/s",
    "2 pi 10e3",
    "0.2π", "π rad/s", "π/2 rad/s", "2π·1.5e6", "0.4π rad/s", "2,450 GHz", "5 m", "m", "MHz",
    "about 5 MHz",
    "2.4.5 MHz", "5 dB", "50 ohm", "", "abc", "百万", "1.2万Hz", "3百万赫兹", "5 kc", "5 Mc",
    "5 megacycles", "455 kilocycles",
]  # fmt: skip
RELATIVE = [
    "5%",
    "5 %",
    "５％",
    "0.05",
    "百分之五",
    "百分之十二",
    "千分之五",
    "5 percent",
    "1/20",
    ".1",
    "0,1",
]
VSWR = ["1.5:1", "1.5", "1.5 : 1", "1:1.5", "1.5比1", "1.5 to 1", "２：１", "2∶1"]
ORDERS = [
    "7", "7th", "5th order", "seven", "fifth", "五", "五阶", "第五", "5阶", "5-pole", "3 poles",
    "5 节", "四腔",
    "3 resonators", "12",
]  # fmt: skip
MULTIPLES = [
    "2", "1.5fc", "1.5 fc", "1.5×fc", "2f0", "twice", "double", "twice fc", "三倍", "两倍",
    "1.5倍", "2 times",
    "second harmonic", "2nd harmonic", "third harmonic", "二次谐波", "3次谐波", "one octave",
    "an octave",
    "octave", "一个倍频程", "倍频程", "decade", "a decade", "十倍频程", "fc/2", "f0*3", "half",
    "2x", "3rd harmonic",
]  # fmt: skip


def joined(numbers, units):
    for number, unit in product(numbers, units):
        yield number + unit
        yield f"{number} {unit}".strip()


def differs(ours, theirs):
    if ours is None or theirs is None:
        return ours is not theirs
    if not (ours.is_finite() and theirs.is_finite()):
        return ours != theirs
    return abs(ours - theirs) > abs(theirs) * Decimal("1e-25")


def check(texts, ours, theirs):
    """Both readers over all texts; what they read differently is listed, not only the first."""
    wrong = [
        (text, ours(text), theirs(text)) for text in texts if differs(ours(text), theirs(text))
    ]
    assert wrong == []


def value(key):
    """rf-eval's number for a text under a key, None where it compares the text itself."""

    def read(text):
        kind, *rest = meaning(key, text)
        return None if kind == "text" else rest[0]

    return read


def within(read, pick=lambda found: found):
    """rf-synth's number, None where it reads none."""

    def value_of(text):
        found = read(text)
        return None if found is None else pick(found)

    return value_of


def test_frequencies():
    texts = [*joined(NUMBERS, HERTZ), *OTHER_FREQUENCIES]
    assert len(texts) > 2500
    check(texts, frequency, within(quantities.frequency, lambda found: found.value))


def test_the_signs_of_offsets_and_widths():
    for text in joined([n for n in NUMBERS if n[0] in "+-±−–"], ["MHz", " kHz"]):
        sign = quantities.frequency(text).sign
        kind, _, ours = meaning("offset1", text)
        assert (kind, ours) == ("offset", sign if sign in ("+", "-") else "±"), text
        width, hertz = meaning("width", text)[1], frequency(text)
        assert width == (2 * hertz if sign == "±" else hertz), text


@pytest.mark.parametrize("key", ["ripple", "return_loss", "edge_db", "att1"])
def test_levels(key):
    texts = [*joined(NUMBERS, LEVELS), "half-power", "半功率", "0.707", "5 MHz", "dB", ""]
    check(texts, value(key), within(quantities.decibels, lambda found: found[0]))


def test_impedances():
    texts = [
        *joined([n for n in NUMBERS if n[0] not in "-±−–"], OHMS),
        "6k",
        "50 dB",
        "50/50 Ω",
        "50/75Ω",
    ]
    texts = [text for text in texts if "+/-" not in text]
    check(texts, value("z0"), within(quantities.ohms))


def test_ratios():
    check(RELATIVE, value("fbw"), within(quantities.fraction))
    check(RELATIVE, value("gamma"), within(quantities.fraction))
    check(VSWR, value("vswr"), within(quantities.standing_wave_ratio))


def test_orders():
    check(ORDERS, value("order"), within(quantities.order_number))


def test_multiples():
    check(MULTIPLES, value("multiple1"), within(multiple, lambda found: found.factor))


FAMILIES = {
    "chebyshev": [
        "Chebyshev", "chebychev", "Chebyshev type I", "Tchebycheff", "Tschebyscheff", "Cheby",
        "切比雪夫",
        "契比雪夫", "切比雪夫Ⅰ型", "等波纹", "等纹波", "equiripple", "equal ripple", "Chebishev",
        "cheb1ord",
    ],
    "butterworth": [
        "Butterworth", "butterwoth", "maximally flat", "max flat", "巴特沃斯", "巴特沃兹",
        "最大平坦", "最平坦",
    ],
    "outside": [
        "elliptic", "Cauer", "椭圆", "inverse Chebyshev", "Chebyshev II", "Chebyshev type 2",
        "反切比雪夫",
        "切比雪夫II型", "Bessel", "Thomson", "贝塞尔", "Gaussian", "高斯",
        "maximally flat delay", "Legendre",
    ],
}  # fmt: skip
BANDS = {
    "lowpass": ["LPF", "low pass", "low-pass", "lowpass filter", "低通", "低通滤波器", "LP"],
    "highpass": ["HPF", "high-pass", "Highpass", "高通", "HP"],
    "bandpass": ["BPF", "band-pass", "bandpass", "带通", "带通滤波器", "BP"],
    "bandstop": ["BSF", "band stop", "notch", "band-reject", "带阻", "陷波", "band rejection"],
}


def test_families_and_bands():
    for kind, names in FAMILIES.items():
        for name in names:
            ours = family_of(name)
            theirs = family(name).kind
            assert (theirs if theirs in ("chebyshev", "butterworth") else "outside") == kind, name
            assert (ours if ours in ("chebyshev", "butterworth") else "outside") == kind, name
            assert ours is not None, name
    for kind, names in BANDS.items():
        for name in names:
            assert band_of(name) == band(name) == kind, name
