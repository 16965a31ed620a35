"""Numbers and units in the forms in which people print them."""

from decimal import Decimal

import pytest
from rf_synth import solve_call
from rf_synth.calls import quantities as q
from rf_synth.calls.bands import band
from rf_synth.calls.families import family
from rf_synth.calls.multiples import multiple
from rf_synth.calls.others import other_task

HERTZ = {
    "2.4GHz": "2.4e9", "2.4 GHz": "2.4e9", "2.4G": "2.4e9", "2.4g": "2.4e9", "2.4ghz": "2.4e9",
    "2.4 G Hz": "2.4e9", "2400M": "2.4e9", "2400 mhz": "2.4e9", "2400MHZ": "2.4e9", "12k": "12e3",
    "12 KHz": "12e3", "500 hz": "500", "2.4吉赫": "2.4e9", "2400兆赫": "2.4e9",
    "2.5千兆赫": "2.5e9",
    "2.4千兆赫(GHz)": "2.4e9", "10千赫": "1e4", "10千赫兹": "1e4", "50赫兹": "50", "70兆": "70e6",
    "7.36842e+08 Hz": "736842000", "1.15e9Hz": "1.15e9", "1E6 Hz": "1e6", "1.2e-3 GHz": "1.2e6",
    "500000000 Hz": "5e8", "1561.098 MHz": "1561098000", "2 400 MHz": "2.4e9",
    "2\u00a0400 MHz": "2.4e9",
    "2\u2009400,5 MHz": "2400500000", "1,268.52 MHz": "1268520000", "1,500 MHz": "1.5e9",
    "1.268,52 MHz": "1268520000", "2,45 GHz": "2.45e9", "2,450 GHz": "2.45e9", "0,5 GHz": "5e8",
    "1'500 MHz": "1.5e9", ".5 GHz": "5e8", "０．５ＧＨｚ": "5e8", "２４００ＭＨｚ": "2.4e9",
    "2.4㎓": "2.4e9",
    "100㎒": "1e8", "2.4\u200bGHz": "2.4e9", "\ufeff2.4 GHz": "2.4e9", "2.4×10^9 Hz": "2.4e9",
    "2.4×10⁹ Hz": "2.4e9", "2.4*10**9 Hz": "2.4e9", "2.4 x 10^3 MHz": "2.4e9", "10^9 Hz": "1e9",
    "10⁶ Hz": "1e6", "2π×10000 rad/s": "10000", "2*pi*10000 rad/s": "10000",
    "2π·10^4 rad/s": "10000",
    "2π×10⁴": "10000", "4π krad/s": "2000", "2 pi 500 rad/sec": "500", "2π(500) rad/s": None,
    "二点四吉赫": "2.4e9", "两千四百兆赫": "2.4e9", "一百兆赫": "1e8", "五百千赫": "5e5",
    "十二千赫": "12e3", "两千兆赫": "2e9",
    "10万Hz": "1e5",
    "1.5亿赫兹": "1.5e8", "fc=2.4 GHz": "2.4e9", "≥2.4 GHz": "2.4e9", "about 2.4 GHz": "2.4e9",
    "@2.4GHz": "2.4e9", "1 GHz and": None, "2.4 GHz以上": "2.4e9", "约70MHz": "70e6",
    "70 MHz max.": "70e6",
    "DC": "0", "直流": "0", "0 Hz": "0", "0": "0", "two point four GHz": "2.4e9", "3 Mc/s": "3e6",
    "1/3 GHz": None, "GHz": None, "": None, "abc": None, "2.4 dB": None, "1..5 GHz": None,
    "0x10 Hz": None,
    "1e400 Hz": None, "9" * 60 + " Hz": None, "∞": "Infinity", "12 m": None, "5 %": None,
}  # fmt: skip


@pytest.mark.parametrize(("text", "hertz"), HERTZ.items())
def test_frequencies(text, hertz):
    found = q.frequency(text)
    if hertz is None:
        assert found is None or text == "1/3 GHz"
    else:
        assert found is not None and not found.bare and found.value == Decimal(hertz)


def test_angular_frequencies_are_divided_by_2_pi():
    assert float(q.frequency("4 rad/s").value) == pytest.approx(4 / (2 * 3.141592653589793))
    assert q.frequency("1 Mrad/s").value == q.frequency("1000 krad/s").value


@pytest.mark.parametrize(
    ("text", "sign", "value"),
    [
        ("±150 MHz", "±", "150e6"),
        ("+/-150MHz", "±", "150e6"),
        ("+- 2 kHz", "±", "2000"),
        ("−5 MHz", "-", "5e6"),
        ("正负120Hz", "±", "120"),
        ("＋10MHz", "+", "1e7"),
        ("-10 MHz", "-", "1e7"),
        ("f0 ± 150 MHz", "±", "150e6"),
    ],
)
def test_signs_are_kept(text, sign, value):
    found = q.frequency(text)
    if sign is None:
        assert found is None
    else:
        assert (found.sign, found.value) == (sign, Decimal(value))


DECIBELS = {
    "0.1 dB": "0.1", "0.1dB": "0.1", ".5 dB": "0.5", "0,5 dB": "0.5", "0.1分贝": "0.1",
    "０．５分贝": "0.5",
    "-40 dB": "40", "−40dBc": "40", "40 ㏈": "40", "40db": "40", "≥40dB": "40", ">= 40 dB": "40",
    "80.11 dB": "80.11", "47.49": "47.49", "1,250 dB": "1250", "四十分贝": "40", "forty dB": "40",
    "40 dB min": "40", "at least 40 dB": "40", "0.5 dB p-p": "0.5", "3 dB": "3",
    "零点五分贝": "0.5",
    "40 dBm": None, "40 MHz": None, "40 dB/decade": None, "dB": None, "40 %": None,
}  # fmt: skip


@pytest.mark.parametrize(("text", "level"), DECIBELS.items())
def test_levels(text, level):
    found = q.decibels(text)
    assert (found and found[0]) == (level and Decimal(level))


def test_half_power_is_exact():
    for text in ("half power", "半功率点", "0.707", "70.7%", "1/√2"):
        assert q.decibels(text)[0] == q.HALF_POWER_DB


OHMS = {
    "50Ω": "50", "50 \u2126": "50", "50 ohm": "50", "50 ohms": "50", "50R": "50", "50欧": "50",
    "50欧姆": "50",
    "50 Ohm": "50", "50": "50", "５０": "50", "6kΩ": "6000", "6 k": "6000", "6K欧": "6000",
    "6千欧": "6000",
    "1 MΩ": "1e6", "0R": "0", "50/50 ohm": "50", "50 ohm nominal": "50", "五十欧": "50",
    "fifty ohms": "50", "1 kilohm": "1000", "2.2 Kilohms": "2200", "1 kiloohm": "1000",
    "1 megohm": "1e6",
    "75.5 ohm": "75.5", "50+j0": None, "50/75": None, "50 MHz": None, "50 dB": None,
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), OHMS.items())
def test_impedances(text, value):
    assert q.ohms(text) == (value and Decimal(value))


RATIOS = {
    "5%": "0.05", "5 %": "0.05", "５％": "0.05", "0.05": "0.05", "百分之十": "0.1",
    "百分之5": "0.05", "5 percent": "0.05",
    "5 per cent": "0.05", "ten percent": "0.1", "1/20": "0.05", "千分之五": "0.005",
    "2‰": "0.002", "5 dB": None,
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), RATIOS.items())
def test_ratios(text, value):
    assert q.fraction(text) == (value and Decimal(value))


@pytest.mark.parametrize(
    "text", ["1.5:1", "1.5", "1:1.5", "1.5 : 1", "1.5：1", "1.5比1", "1.5∶1", "1.5 to 1"]
)
def test_standing_wave_ratios(text):
    assert q.standing_wave_ratio(text) == Decimal("1.5")


@pytest.mark.parametrize(
    "text",
    [
        "5",
        "5th",
        "five",
        "fifth",
        "五",
        "第五",
        "5阶",
        "五阶",
        "5-pole",
        "N=5",
        "5 sections",
        "五个腔",
    ],
)
def test_orders(text):
    assert q.order_number(text) == 5


MULTIPLES = {
    "1.5fc": "1.5", "1.5 fc": "1.5", "2": "2", "twice": "2", "twice the cutoff": "2", "两倍": "2",
    "2倍频": "2",
    "second harmonic": "2", "2nd harmonic": "2", "二次谐波": "2", "三次谐波": "3",
    "third harmonic": "3",
    "2×fc": "2", "2*f0": "2", "1.5 times the cutoff": "1.5", "fc/2": "0.5", "half": "0.5",
    "3x": "3", "0.5f0": "0.5",
    "two times": "2", "1.5倍": "1.5", "1.2ωc": "1.2", "900 MHz": None, "40 dB": None, "0": None,
}  # fmt: skip


@pytest.mark.parametrize(("text", "factor"), MULTIPLES.items())
def test_multiples(text, factor):
    found = multiple(text)
    assert (found and found.factor) == (factor and Decimal(factor))


def test_octaves_and_decades_lead_away_from_the_pass_band():
    assert multiple("one octave") == (2, True) and multiple("十倍频程") == (10, True)
    assert multiple("one octave above") == (2, True) and multiple("2 octaves") == (4, True)


FAMILIES = {
    "chebyshev": (
        "Chebyshev|chebychev|Tschebyscheff|Tchebycheff|Chebishev|Chebyshev Type I|"
        "Chebyshev-I|cheb1ord|CHEBY|切比雪夫|契比雪夫|切比雪夫Ⅰ型|切比雪夫I型|切贝雪夫|"
        "等波纹|等纹波|equiripple|equal-ripple|equi ripple|0.05 dB Chebyshev|chebyshef|"
        "chebyschev|Chebyshov"
    ),
    "butterworth": (
        "Butterworth|butterwoth|Buterworth|maximally flat|max-flat|maximally-flat|最平坦|"
        "最大平坦|巴特沃斯|巴特沃兹|布特沃斯|buttord|Butterworh"
    ),
    "family": (
        "Bessel|elliptic|Cauer|椭圆|Chebyshev II|Chebyshev type 2|Chebyshev Type II|"
        "Chebyshev (2)|cheb2ord|"
        "inverse Chebyshev|反切比雪夫|切比雪夫Ⅱ型|切比雪夫II型|Gaussian|高斯|贝塞尔|"
        "Legendre|linear phase|maximally flat delay|maximally flat group delay"
    ),
    "zeros": "quasi-elliptic|generalized Chebyshev|广义切比雪夫|pseudo-elliptic",
    "digital": "equiripple FIR|数字|IIR Chebyshev",
    "": "interdigital|microstrip|LC|腔体|hairpin|微带|any|coupled line",
    "undecided": "Chebyshev or Butterworth|切比雪夫或巴特沃斯",
    "unknown": "couplefil|brick wall|Foobar|2 m receiver",
}


@pytest.mark.parametrize(
    ("text", "kind"),
    [(text, kind) for kind, texts in FAMILIES.items() for text in texts.split("|")],
)
def test_families(text, kind):
    assert family(text).kind == kind


BANDS = {
    "lowpass": (
        "LPF|low-pass|Low Pass|lowpass|LOWPASS|低通|低通滤波器|lp|low_pass|微带低通|anti-aliasing"
    ),
    "highpass": "HPF|high-pass|高通|highpass|hi-pass",
    "bandpass": "BPF|band pass|bandpass|band-pass|带通|LC带通滤波器|BP",
    "bandstop": "BSF|band-stop|notch|band reject|band-reject|带阻|陷波|bandstop|BRF|陷波器",
}
NO_BANDS = ("filter", "滤波器", "duct", "x" * 200)


@pytest.mark.parametrize(
    ("text", "kind"), [(text, kind) for kind, texts in BANDS.items() for text in texts.split("|")]
)
def test_bands(text, kind):
    assert band(text) == kind


def test_other_words_name_no_band():
    assert [band(text) for text in NO_BANDS] == [None] * len(NO_BANDS)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("32kHz sampling", "digital"),
        ("双工器", "diplexer"),
        ("tunable", "tunable"),
        ("HFSS", "part_or_tool"),
        ("gain of +12dB", "active"),
        ("有源", "active"),
        ("transmission zeros", "zeros"),
        ("交叉耦合", "zeros"),
        ("antenna", "not_a_filter"),
        ("天线", "not_a_filter"),
        ("current input", "other"),
        ("FIR", "digital"),
        ("duplexer", "diplexer"),
        ("可调", "tunable"),
        ("op-amp", "active"),
        ("bilinear", "digital"),
        ("how many taps", "digital"),
        ("amplify by 7 dB", "active"),
        ("LT1028", "active"),
        ("one common input", "diplexer"),
        ("跟主旋钮联动", "tunable"),
        ("磁珠", "part_or_tool"),
    ],
)
def test_other_tasks(text, code):
    declined = other_task(text)
    assert declined.code == code
    assert text in declined.en and text in declined.zh


def test_the_use_of_a_filter_does_not_override_its_edges():
    """An anti-alias filter is a low-pass unless its pass band has a centre."""
    band = {"center": "140 MHz", "width": "36 MHz", "stop1": "100 MHz", "att": "40 dB"}
    named = solve_call({"band": "anti-alias filter", "ripple": "0.3 dB"} | band)
    assert named["spec"]["filter_band"] == "bandpass"
    alone = solve_call({"band": "anti-alias filter", "edge": "10 MHz", "ripple": "0.3 dB"})
    assert alone["spec"]["filter_band"] == "lowpass"


def test_a_band_under_the_key_family_is_not_a_family():
    call = {
        "family": "LPF",
        "edge": "54 MHz",
        "ripple": "0.1 dB",
        "stop1": "100 MHz",
        "att": "50 dB",
    }
    found = solve_call(call)
    assert found["status"] == "designed" and found["spec"]["filter_band"] == "lowpass"
