"""What two calls say, compared by value; and the metrics that judge readings and results."""

import json
import math
from decimal import Decimal

import numpy as np
import pytest
from rf_eval.answer import Answer
from rf_eval.cli import run_command as run
from rf_eval.filters.measure import measure
from rf_eval.filters.result import read_result
from rf_eval.metrics.outcome import changed_result
from rf_eval.reading.compare import compare_calls, first_wrong
from rf_eval.reading.meaning import meaning
from rf_eval.reading.quantities import read_quantity
from rf_eval.registry import metrics
from rf_eval.samples import Sample
from scipy import signal


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("824 MHz", "824e6", "Hz"),
        ("7.36842e+08 Hz", "736842000", "Hz"),
        ("０．５分贝", "0.5", "dB"),
        ("2.4G", "2.4e9", ""),
        ("1,268.52 MHz", "1268.52e6", "Hz"),
        ("2 400 MHz", "2400e6", "Hz"),
        ("1,268 MHz", "1268e6", "Hz"),
        ("0,125 dB", "0.125", "dB"),
        ("12,50 MHz", "12.5e6", "Hz"),
        (".5 dB", "0.5", "dB"),
        ("1.5×10^9 Hz", "1.5e9", "Hz"),
        ("1.5 × 10⁹ Hz", "1.5e9", "Hz"),
        ("2.5千兆赫", "2.5e9", "Hz"),
        ("一百二十兆赫", "120e6", "Hz"),
        ("百分之十", "10", "%"),
        ("6kΩ", "6000", "ohm"),
        ("50 欧姆", "50", "ohm"),
        ("1.5:1", "1.5", ":1"),
        ("twenty-one", "21", ""),
        ("12345678901234567890.123 Hz", "12345678901234567890.123", "Hz"),
    ],
)
def test_quantities_are_read_exactly(text, value, unit):
    found = read_quantity(text)
    assert (found.value, found.unit) == (Decimal(value), unit)


@pytest.mark.parametrize("text", ["", "dB", "2.4.5 MHz", "MHz 5", "5 5 5", "9" * 81, "点", "e5"])
def test_what_is_no_quantity_is_none(text):
    assert read_quantity(text) is None


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        ("ripple", "0.1 dB", "0.10dB"),
        ("ripple", "-0.5dB", "０．５分贝"),
        ("edge", "2π×10000 rad/s", "10 kHz"),
        ("edge", "0.62 GHz", "620M"),
        ("stop1", "DC", "0 Hz"),
        ("width", "±120Hz", "240 Hz"),
        ("fbw", "5%", "0.05"),
        ("offset1", "150 MHz", "±150MHz"),
        ("att2", "-40dBc", "40"),
        ("vswr", "1.5:1", "1.5"),
        ("multiple1", "twice", "2fc"),
        ("multiple1", "二次谐波", "second harmonic"),
        ("multiple1", "两倍", "2"),
        ("order", "seven", "7th"),
        ("order", "五阶", "5"),
        ("z0", "50R", "50 ohm"),
        ("family", "切比雪夫", "Chebychev type I"),
        ("family", "最大平坦", "maximally flat"),
        ("band", "LPF", "低通"),
        ("band", "notch", "带阻"),
        ("other", "diplexer", "双工器"),
    ],
)
def test_two_texts_that_say_the_same(key, one, other):
    assert meaning(key, one) == meaning(key, other)


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        ("ripple", "0.1 dB", "0.01 dB"),
        ("edge", "620 MHz", "620"),
        ("edge", "1.23456789 GHz", "1.23456780 GHz"),
        ("offset1", "+150 MHz", "150 MHz"),
        ("fbw", "5%", "5"),
        ("multiple1", "2", "3"),
        ("family", "Chebyshev", "Chebyshev Type II"),
        ("family", "Bessel", "maximally flat"),
        ("band", "bandpass", "band-stop"),
        ("z0", "50 ohm", "50 MHz"),
        ("family", "foo", "bar"),
    ],
)
def test_two_texts_that_do_not(key, one, other):
    assert meaning(key, one) != meaning(key, other)


POINTS = {"f1": "824 MHz", "f2": "849 MHz", "stop1": "869 MHz", "to1": "894 MHz", "att1": "60 dB",
          "stop2": "700 MHz", "att2": "60 dB"}  # fmt: skip


def kinds(expected, found):
    return {slot.key: slot.kind for slot in compare_calls(expected, found) if slot.kind != "right"}


@pytest.mark.parametrize(
    "found",
    [
        POINTS,
        POINTS | {"f1": "849MHz", "f2": "824MHz"},
        POINTS | {"stop1": "894 MHz", "to1": "869 MHz"},
        {"f1": "824 MHz", "f2": "849 MHz", "stop1": "700 MHz", "stop2": "869 MHz", "to2": "894 MHz",
         "att": "60 dB"},
        {"f1": "824 MHz", "f2": "849 MHz", "stop3": "700 MHz", "att3": "60dB", "stop1": "869 MHz",
         "to1": "894 MHz", "att": "60 dB"},
    ],
    ids=range(5),
)  # fmt: skip
def test_the_same_call_said_differently(found):
    assert kinds(POINTS, found) == {} == kinds(found, POINTS)


def test_each_wrong_argument_is_named():
    without = {key: value for key, value in POINTS.items() if key not in ("to1", "f2")}
    assert kinds(POINTS, without) == {"f2": "missing", "to1": "missing"}
    assert kinds(POINTS, POINTS | {"att2": "50 dB"}) == {"att2": "wrong"}
    assert kinds(POINTS, POINTS | {"z0": "50", "odd": 1}) == {"z0": "invented", "odd": "invented"}
    third = {"stop3": "2 GHz", "att3": "60 dB"}
    assert kinds(POINTS, POINTS | third) == {"stop3": "invented", "att3": "invented"}
    assert kinds(POINTS | third, POINTS) == {"stop3": "missing", "att3": "missing"}
    assert kinds({"att": "40 dB"}, {}) == {"att": "missing"}
    slots = compare_calls(POINTS, POINTS | {"att2": "50 dB", "f1": "1 MHz"})
    assert str(first_wrong(slots)) == "f1 is '1 MHz', expected '824 MHz'"
    assert [slot.name for slot in slots if slot.kind == "wrong"] == ["f1", "att"]


@pytest.mark.parametrize(
    "found", [{}, {"f1": None}, {"f1": ["a"]}, {"f1": {"a": {}}}, {"f1": 824e6, "stop1": True},
              {f"stop{i}": "1 GHz" for i in range(10_000)}],
    ids=range(6),
)  # fmt: skip
def test_no_call_is_too_odd_to_compare(found):
    slots = compare_calls(POINTS, found)
    assert first_wrong(slots) is not None
    assert {"f1", "f2"} <= {slot.key for slot in slots}


def scored(name, sample, answer):
    return metrics.get(name)(sample, answer)


def sample_of(call, result, kind="full"):
    text = json.dumps({"name": "design_filter", "arguments": call})
    meta = {"type": kind, "call": call, "result": result}
    return Sample("x", [], f"<tool_call>{text}</tool_call>", meta)


SPEC = {"filter_type": "chebyshev", "filter_band": "lowpass", "ripple_db": 0.1, "fc": 100000000,
        "stop_points": [{"f": 200000000, "attenuation_db": 40}], "R0": 50}  # fmt: skip
DESIGNED = {"status": "designed", "spec": SPEC, "order": 6}
INCOMPLETE = {"status": "incomplete", "missing": ["ripple_db"], "spec": {}}
OUTSIDE = {"status": "outside", "reason_code": "diplexer"}
CALL = {"edge": "100 MHz", "ripple": "0.1 dB", "stop1": "200 MHz", "att": "40 dB"}


def answer_to(call, result):
    text = json.dumps({"name": "design_filter", "arguments": call})
    return Answer(f"<tool_call>{text}</tool_call>", result=result, asked_tool=True)


@pytest.mark.parametrize(
    ("expected", "found", "wrong", "label"),
    [
        (DESIGNED, DESIGNED, 0, "designed → designed"),
        (DESIGNED, INCOMPLETE, 0, "designed → incomplete"),
        (INCOMPLETE, DESIGNED, 1, "incomplete → designed"),
        (OUTSIDE, DESIGNED, 1, "outside → designed"),
        (OUTSIDE, OUTSIDE, 0, "outside → outside"),
        (DESIGNED, DESIGNED | {"order": 7}, 1, "designed → designed"),
        (DESIGNED, DESIGNED | {"spec": SPEC | {"fc": 100000001}}, 1, "designed → designed"),
        (DESIGNED, DESIGNED | {"spec": SPEC | {"stop_points": []}}, 1, "designed → designed"),
        (DESIGNED, {"status": "?"}, 0, "designed → none"),
        (DESIGNED, None, 0, "designed → none"),
    ],
    ids=range(10),
)
def test_a_confident_wrong_design_is_counted(expected, found, wrong, label):
    sample, answer = sample_of(CALL, expected), answer_to(CALL, found)
    assert scored("wrong_design", sample, answer).value == wrong
    found_status = scored("status", sample, answer)
    assert found_status.label == label
    assert found_status.value == (label.split(" → ")[0] == label.split(" → ")[1])


def test_an_order_is_not_changed_by_the_order_of_the_stop_points():
    points = [{"f": 2e8, "attenuation_db": 40}, {"f": 3e8, "attenuation_db": 60}]
    one = {"spec": SPEC | {"stop_points": points}, "order": 6}
    other = {"spec": SPEC | {"stop_points": points[::-1]}, "order": 6.0}
    assert changed_result(one, other) == ""


def test_the_result_s_ladder_is_simulated():
    sample = sample_of(CALL, DESIGNED)
    for order, meets, minimal in ((5, 0, 0), (6, 1, 1), (7, 1, 0)):
        answer = answer_to(CALL, DESIGNED | {"order": order})
        assert scored("meets_spec", sample, answer).value == meets
        assert scored("minimal_order", sample, answer).value == minimal
        assert scored("order", sample, answer).value == (order == 6)
        assert scored("order_error", sample, answer).value == order - 6
        assert scored("order_within_one", sample, answer).value == 1


def test_without_a_tool_only_the_reading_is_judged():
    sample = sample_of(CALL, DESIGNED)
    answer = Answer(answer_to(CALL, None).text)
    assert scored("reading", sample, answer).value == 1
    for name in ("status", "wrong_design", "order", "meets_spec"):
        assert scored(name, sample, answer).status == "not_applicable"


@pytest.mark.parametrize(
    ("text", "valid", "status"),
    [
        ('<tool_call>{"name": "design_filter", "arguments": {"q": "14"}}</tool_call>', 1, "ok"),
        ('{"name": "design_filter", "arguments": {"edge": "1 Hz"}}', 1, "ok"),
        ('<tool_call>{"name": "other", "arguments": {"edge": "1 Hz"}}</tool_call>', 0, "ok"),
        ('<tool_call>{"name": "design_filter", "arguments": {"edge": 1}}</tool_call>', 0, "ok"),
        ('<tool_call>{"name": "design_filter", "arguments": {"fc": "1"}}</tool_call>', 0, "ok"),
        ('So <tool_call>{"name": "design_filter", "arguments": {}}</tool_call>', 0, "parse_error"),
        ("Which ripple?", 0, "parse_error"),
    ],
    ids=range(7),
)  # fmt: skip
def test_a_valid_call(text, valid, status):
    found = scored("call_valid", sample_of(CALL, DESIGNED), Answer(text))
    assert (found.value, found.status) == (valid, status)


def test_a_schema_that_the_data_carries_decides(call_data, call_tool, tmp_path):
    schema = {"type": "object", "properties": {"band": {"enum": ["HPF"]}}}
    function = {"name": "design_filter", "parameters": schema}
    metadata = {"tools": [{"type": "function", "function": function}]}
    sample = sample_of({"band": "HPF"}, OUTSIDE)
    sample = Sample("x", [], sample.expected_text, sample.meta, dataset=metadata)
    assert scored("call_valid", sample, answer_to({"band": "HPF"}, None)).value == 1
    found = scored("call_valid", sample, answer_to({"band": "LPF"}, None))
    assert found.value == 0 and "HPF" in found.why


def test_the_right_calls_score_full_marks(call_data, call_tool, tmp_path, capsys):
    out = tmp_path / "ref"
    tool = " ".join(call_tool)
    arguments = ["generate", "--data", str(call_data), "--backend", "reference", "--tool", tool]
    assert run([*arguments, "--out", str(out)]) == 0
    assert run(["score", str(out), "--data", str(call_data)]) == 0
    rows = json.loads((out / "results.json").read_text(encoding="utf-8"))["metrics"]
    overall = {row["metric"]: row for row in rows if not row["group"]}
    zero = {"wrong_design", "declined_needlessly", "asked_order", "asked_needlessly", "order_error"}
    for name, row in overall.items():
        assert row["value"] == (name.split(".")[-1] not in zero), row
    assert overall["reading"]["n"] == overall["status"]["n"] == 6
    assert overall["declined"]["n"] == 2 and overall["order"]["n"] == 2
    assert overall["asked"]["n"] == 3 and overall["asked_exactly"]["n"] == 2
    assert overall["resolve_own.reading"]["n"] == overall["resolve_own.wrong_design"]["n"] == 1
    assert overall["status"]["labels"] == {
        "designed → designed": 2,
        "incomplete → incomplete": 2,
        "outside → outside": 2,
    }
    groups = {key for row in rows if row["metric"] == "reading" for key in row["group"]}
    assert groups == {"type", "band", "lang", "voice", "form"}


def test_a_dialogue_whose_first_request_was_complete_asks_for_nothing(
    call_data, call_tool, tmp_path
):
    """The user corrects a value later: the first reply is an answer, and asking would be wrong."""
    records = [json.loads(line) for line in call_data.read_text(encoding="utf-8").splitlines()]
    records[-1]["messages"][2]["content"] = "Order 6 (n = 5.45)."
    call_data.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    out = tmp_path / "ref"
    arguments = ["generate", "--data", str(call_data), "--backend", "reference", "--out", str(out)]
    assert run([*arguments, "--tool", " ".join(call_tool)]) == 0
    assert run(["score", str(out), "--data", str(call_data)]) == 0
    rows = json.loads((out / "results.json").read_text(encoding="utf-8"))["metrics"]
    overall = {row["metric"]: row for row in rows if not row["group"]}
    assert overall["asked"]["n"] == overall["asked"]["successes"] == 2


def loss_of(design, family, hertz):
    """The closed form by scipy's analogue design, an oracle that knows no ladder."""
    low = [2 * math.pi * f for f in design.pass_edges]
    edges = low if len(low) > 1 else low[0]
    if family == "chebyshev":
        b, a = signal.cheby1(design.order, design.ripple, edges, design.band, analog=True)
    else:
        # butter's edge is at 3.01 dB: shift the prototype to have the ripple at 1 rad/s.
        epsilon = math.sqrt(10 ** (design.ripple / 10) - 1)
        z, p, k = signal.buttap(design.order)
        scale = epsilon ** (-1 / design.order)
        z, p, k = signal.lp2lp_zpk(z, p, k, scale)
        if design.band == "bandstop":
            centre = math.sqrt(low[0] * low[1])
            b, a = signal.zpk2tf(*signal.lp2bs_zpk(z, p, k, centre, low[1] - low[0]))
        else:
            b, a = signal.zpk2tf(*signal.lp2lp_zpk(z, p, k, low[0]))
    _, h = signal.freqs(b, a, 2 * math.pi * np.asarray(hertz))
    return -20 * np.log10(np.abs(h))


@pytest.mark.parametrize("family", ["chebyshev", "butterworth"])
@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("band", ["lowpass", "bandstop"])
def test_results_of_every_kind_agree_with_scipy(family, order, band):
    """Stop points at different levels, band-stop and Butterworth: each loss against scipy's."""
    edges = {"fc": 1000.0} if band == "lowpass" else {"f1": 800.0, "f2": 1250.0}
    stops = [1500.0, 2300.0] if band == "lowpass" else [950.0, 1080.0]
    spec = {"filter_type": family, "filter_band": band, "ripple_db": 0.5, "R0": 50} | edges
    spec["stop_points"] = [{"f": f, "attenuation_db": 10.0 * i} for i, f in enumerate(stops, 1)]
    design = read_result({"status": "designed", "spec": spec, "order": order})
    expected = loss_of(design, family, stops)
    found = measure(design)
    assert found.attenuation == pytest.approx(min(expected), rel=1e-6)
    assert found.margin == pytest.approx(min(expected - [10.0, 20.0]), rel=1e-6, abs=1e-6)
    assert found.ripple == pytest.approx(0.5, abs=1e-6)


def test_a_stop_point_at_the_centre_of_a_band_stop_is_met():
    spec = {"filter_type": "chebyshev", "filter_band": "bandstop", "ripple_db": 0.5, "R0": 50,
            "f1": 800, "f2": 1250, "stop_points": [{"f": 1000, "attenuation_db": 60}]}  # fmt: skip
    found = measure(read_result({"status": "designed", "spec": spec, "order": 3}))
    assert found.meets and math.isfinite(found.attenuation)


def test_an_order_given_without_a_stop_band_is_a_design():
    spec = {key: value for key, value in SPEC.items() if key != "stop_points"}
    design = read_result({"status": "designed", "spec": spec, "order": 5})
    assert measure(design).meets


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "outside"}, "status is outside"),
        ({"spec": None}, "spec is missing"),
        ({"order": 0}, "order is not an integer"),
        ({"spec": SPEC | {"ripple_db": 0}}, "ripple_db is 0, expected a positive number"),
        ({"spec": SPEC | {"fc": "1 GHz"}}, "fc is '1 GHz'"),
        ({"spec": SPEC | {"filter_type": "elliptic"}}, "no ladder for elliptic lowpass"),
        ({"spec": SPEC | {"stop_points": [1]}}, "no list of objects"),
        ({"spec": SPEC | {"stop_points": [{"f": 1}]}}, "attenuation_db is None"),
    ],
)
def test_a_result_that_is_no_design_has_a_reason(change, reason):
    assert reason in read_result(DESIGNED | change)


@pytest.mark.parametrize(
    "arguments",
    [{"edge": "5 MHz"}, {"f1": "DC", "edge": "5000 kHz"}, {"f1": "0", "f2": "5 MHz"}],
)
def test_a_pass_band_from_zero_has_one_edge_however_it_is_written(arguments):
    slots = compare_calls(
        {"f1": "DC", "f2": "5 MHz", "ripple": "1 dB"}, {**arguments, "ripple": "1 dB"}
    )
    assert [(slot.key, slot.kind) for slot in slots] == [("edge", "right"), ("ripple", "right")]


def test_equal_impedances_of_source_and_load_are_one_for_both_ports():
    each = {"z_source": "50 Ω", "z_load": "50 ohm"}
    assert [(s.key, s.kind) for s in compare_calls({"z0": "50"}, each)] == [("z0", "right")]
    assert [(s.key, s.kind) for s in compare_calls(each, {"z0": "50"})] == [("z0", "right")]
    unequal = compare_calls({"z0": "50"}, each | {"z_load": "75 ohm"})
    assert [(s.key, s.kind) for s in unequal] == [
        ("z0", "missing"), ("z_source", "invented"), ("z_load", "invented"),
    ]  # fmt: skip


def test_an_article_does_not_change_a_multiple():
    expected, found = {"multiple1": "the second harmonic"}, {"multiple1": "second harmonic"}
    assert [slot.kind for slot in compare_calls(expected, found)] == ["right"]
