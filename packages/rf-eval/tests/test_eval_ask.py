"""Questions: whether one is asked, for what, and in which language."""

import pytest
from rf_eval import Answer, Sample
from rf_eval.metrics.words import asked_parameters, language_of
from rf_eval.registry import metrics


def score(name, text, missing=("fs",), lang="zh", band="lowpass", kind="followup_question"):
    meta = {"type": kind, "missing": list(missing), "lang": lang, "band": band}
    return metrics.get(name)(Sample("a", [], "?", meta), Answer(text))


@pytest.mark.parametrize(
    ("text", "band", "asked"),
    [
        ("请提供阻带边缘频率。", "lowpass", {"fs"}),
        ("请问通带纹波是多少？端口阻抗呢？", "lowpass", {"ripple_db", "R0"}),
        ("还缺少中心频率和带宽，请告诉我。", "bandpass", {"f_center", "bandwidth"}),
        ("请补充上阻带边缘频率。", "bandpass", {"fs_upper"}),
        ("请补充上、下阻带频率。", "bandpass", {"fs_lower", "fs_upper"}),
        ("请给出阻带频率。", "bandpass", {"fs_lower", "fs_upper"}),
        ("请补充阻带衰减（dB）。", "lowpass", {"La_target"}),
        ("需要带外抑制指标，以及通带带宽。", "bandpass", {"La_target", "bandwidth"}),
        ("请确认滤波器类型：低通、高通还是带通？", "", {"filter_band"}),
        ("请提供截止频率fc，以便计算阶数。", "lowpass", {"fc"}),
        ("需要几阶？", "lowpass", {"order"}),
        ("请提供滤波器的阶数和纹波。", "lowpass", {"order", "ripple_db"}),
        ("已收到通带纹波0.1 dB。请提供端口阻抗。", "lowpass", {"R0"}),
        ("请补充 ripple 和 stopband attenuation。", "lowpass", {"ripple_db", "La_target"}),
        ("请补充以下参数：\n- 中心频率\n- 阻抗", "bandpass", {"f_center", "R0"}),
        ("Please provide the stopband edge.", "lowpass", {"fs"}),
        ("What is the passband edge, and the port impedance?", "lowpass", {"fc", "R0"}),
        ("I still need the stopband attenuation in dB.", "lowpass", {"La_target"}),
        ("Which filter type: low-pass, high-pass or band-pass?", "", {"filter_band"}),
        ("Please give the lower and upper stopband edges.", "bandpass", {"fs_lower", "fs_upper"}),
        ("Could you tell me the upper stopband edge?", "bandpass", {"fs_upper"}),
        ("To compute the minimum order I need the ripple.", "lowpass", {"ripple_db"}),
        ("In order to design it, please tell me the bandwidth.", "bandpass", {"bandwidth"}),
        ("What order do you want?", "lowpass", {"order"}),
        ("Please specify:\n1. center frequency\n2. return loss", "bandpass",
         {"f_center", "ripple_db"}),
        ("The cutoff is 2.4 GHz. What rejection do you need?", "lowpass", {"La_target"}),
    ],
)  # fmt: skip
def test_parameters_asked_for(text, band, asked):
    assert asked_parameters(text, band) == asked


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("请提供阻带频率。", 1.0),
        ('{"order": 5}', 0.0),
        ('{"order": 5', 0.0),
        ("好的。", 0.0),
        ("Which stop frequency?", 1.0),
    ],
)
def test_asking_instead_of_answering(text, value):
    assert score("asked", text).value == value


def test_a_text_that_the_token_limit_cut_off_is_no_question():
    sample = Sample("a", [], "?", {"type": "followup_question", "missing": ["fs"]})
    found = metrics.get("asked")(sample, Answer("Please provide the stopband edge", "length"))
    assert found.value == 0.0 and "token limit" in found.why


def test_exactly_what_is_missing():
    assert score("asked_exactly", "请提供阻带频率。").value == 1.0
    both = score("asked_exactly", "请提供阻带频率和阻抗。")
    assert both.value == 0.0 and both.why == "also asks for R0"
    other = score("asked_exactly", "请提供阻抗。")
    assert other.why == "also asks for R0; does not ask for fs"
    assert score("asked_exactly", '{"order": 5}').why == "answered instead of asking"


def test_the_order_is_never_asked_for():
    assert score("asked_order", "请提供阶数。").value == 1.0
    assert score("asked_order", "请提供纹波，以便计算阶数。").value == 0.0
    assert metrics.get("asked_order").higher_is_better is False


def test_asking_without_need():
    sample = Sample("a", [], '{"order": 3}', {"type": "full", "missing": []})
    needless = metrics.get("asked_needlessly")
    assert needless(sample, Answer("请提供阻抗。")).value == 1.0
    assert needless(sample, Answer('{"order": 3}')).value == 0.0


@pytest.mark.parametrize(
    ("text", "lang", "value"),
    [
        ("请提供阻抗。", "zh", 1.0),
        ("请提供 port impedance。", "mix", 1.0),
        ("请提供阻抗。", "mix", 1.0),
        ("请提供阻带边缘 fs（Hz）。", "zh", 1.0),
        ("Please provide the impedance.", "zh", 0.0),
        ("请提供阻抗。", "en", 0.0),
        ("Please provide the impedance.", "en", 1.0),
        ("Please provide the impedance.", "mix", 0.0),
    ],
)
def test_the_question_keeps_the_language(text, lang, value):
    assert score("language_match", text, lang=lang).value == value


def test_languages():
    assert [language_of(t) for t in ("滤波器", "filter", "滤波器 filter", "50 Ω")] == [
        "zh",
        "en",
        "mix",
        "en",
    ]
