"""A reading is held to the numbers that its request prints."""

import json
import re

import pytest
from rf_design.core import design_from_result
from rf_design.options import Options
from rf_design.reading.conversation import read_request
from rf_design.reading.evidence import supported, unread_numbers, weigh
from rf_design.reading.foreign import foreign_band
from rf_design.terminal.render import render

REQUEST = "LPF, Chebyshev 0.1 dB, cutoff 620 MHz, 30 dB at 870 MHz, insertion loss 1.5 dB, 50 ohms"
CALL = {
    "family": "Chebyshev",
    "band": "LPF",
    "edge": "620 MHz",
    "ripple": "0.1 dB",
    "stop1": "870 MHz",
    "att": "30 dB",
    "z0": "50 ohms",
}


def test_a_faithful_call_raises_no_doubt():
    assert weigh(CALL, REQUEST).doubts == 0


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"order": "7"}, "order"),  # nobody has said 7
        ({"z0": "870 MHz"}, "z0"),  # an impedance in MHz
        ({"stop1": "877 MHz"}, "stop1"),
        ({"z0": "Chebyshev"}, "z0"),
    ],
)
def test_what_the_request_does_not_hold_is_dropped(change, key):
    call = {**CALL, **change}
    assert key in weigh(call, REQUEST).unsupported
    kept = supported(call, REQUEST)
    # The only impedance that the request prints takes the place of a wrong one.
    assert kept.get(key) == (CALL["z0"] if key == "z0" else None)


def test_a_level_of_s21_is_no_return_loss():
    said = "low-pass to 3.2 GHz, rejection of 20 dB at 6.4 GHz, i.e. S21 < -20 dB"
    call = {"edge": "3.2 GHz", "stop1": "6.4 GHz", "att": "20 dB", "return_loss": "-20 dB"}
    assert weigh(call, said).unsupported == ("return_loss",)
    matched = "pass to 3.2 GHz with S11 < -20 dB, stop 6.4 GHz"
    assert weigh({**call, "att": "-20 dB"}, matched).unsupported == ()


def test_a_quantity_left_out_is_noticed_and_a_loss_is_not_one():
    without = {key: value for key, value in CALL.items() if key != "att"}
    assert weigh(without, REQUEST).unread == ("30 dB",)


def test_one_printed_frequency_serves_one_key():
    call = {**CALL, "edge": "870 MHz"}
    assert weigh(call, REQUEST).repeated == ("stop1",)


class Recorded:
    """A recorded call instead of a model."""

    def __init__(self, call) -> None:
        self.call = call

    def answer_many(self, conversations):
        return [json.dumps({"name": "design_filter", "arguments": self.call})] * len(conversations)


class TwoReadings:
    """A model that misreads at first and reads right when it is asked otherwise."""

    def __init__(self) -> None:
        self.asked: list[list[dict[str, str]]] = []

    def answer_many(self, conversations):
        self.asked += conversations
        right = len(self.asked) > 1
        stop = "870 MHz" if right else "620 MHz"
        text = ", ".join(f'"{k}": "{v}"' for k, v in {**CALL, "stop1": stop}.items())
        call = f'<tool_call>\n{{"name": "design_filter", "arguments": {{{text}}}}}\n</tool_call>'
        return [call for _ in conversations]


def test_a_doubtful_reading_is_read_again():
    model = TwoReadings()
    reading = read_request([REQUEST], model)
    assert reading.call == CALL
    assert len(model.asked) == 2
    assert model.asked[0][0] != model.asked[1][0]  # asked in the other language


@pytest.mark.parametrize(
    ("said", "unread"),
    [
        (REQUEST, ["1.5 dB"]),
        (REQUEST + ", 60 dB at 1.4 GHz, again 1.4 GHz", ["1.5 dB", "60 dB", "1.4 GHz"]),
        ("LPF, Chebyshev 0.1 dB, 620 MHz, 30 dB at 870 MHz, 50 ohms", []),
        (REQUEST.replace("1.5 dB", "S21 of the 2nd harmonic") + ", 7 poles", ["7"]),
    ],
)
def test_numbers_that_no_argument_states_are_shown(said, unread):
    reading = read_request([said], Recorded(CALL))
    found = design_from_result(reading.result, Options(), call=reading.call, request=(said,))
    assert found.to_json()["unread"] == unread
    lines = [line for line in render(found).splitlines() if line.startswith("Not used")]
    assert lines == ([f"Not used  {', '.join(unread)}"] if unread else [])


def test_what_a_later_turn_replaces_is_not_left_out():
    turns = (REQUEST.replace("1.5 dB", "little").replace("30 dB", "25 dB"), "make it 30 dB, 4711")
    reading = read_request(turns, Recorded(CALL))
    found = design_from_result(reading.result, Options(), call=reading.call, request=turns)
    assert found.unread == ("4711",)


@pytest.mark.parametrize(
    ("said", "read", "kept"),
    [("band-pass please", {"band": "band-pass", "other": "band-pass"}, {"band": "band-pass"}),
     ("一个FM带通滤波器", {"band": "带通滤波器", "other": "FM"}, {"band": "带通滤波器"}),
     ("a filter for my radio", {"other": "radio"}, {}),
     ("remove 60 Hz hum", {"other": "hum"}, {}),
     ("a digital filter, 8 kHz", {"other": "digital"}, {"other": "digital"}),
     ("capital of France", {"other": "capital"}, {"other": "capital"})],
)  # fmt: skip
def test_words_that_name_no_known_task_leave_a_filter_request_one(said, read, kept):
    reading = read_request([said], Recorded(read))
    assert reading.call == kept
    assert reading.result["status"] == ("outside" if "other" in kept else "incomplete")


@pytest.mark.parametrize(
    ("said", "read", "status"),
    [("Filtro paso bajo, corte 30 MHz, rizado 0.1 dB, 40 dB a 60 MHz", "center", "outside"),
     ("Tiefpass, Grenzfrequenz 30 MHz, Welligkeit 0.1 dB, 40 dB bei 60 MHz", "center", "outside"),
     ("Filtre passe-bas, coupure 30 MHz, ondulation 0.1 dB, 40 dB à 60 MHz", "edge", "designed"),
     ("Diplexer-Hälfte: Tiefpass und Hochpass 30 MHz, 0.1 dB, 40 dB, 60 MHz", "edge", "designed")],
)  # fmt: skip
def test_a_band_named_in_another_language_is_not_taken_for_another_band(said, read, status):
    numbers = {read: "30 MHz", "ripple": "0.1 dB", "stop1": "60 MHz", "att": "40 dB"}
    reading = read_request([said], Recorded(numbers), "en")
    assert reading.result["status"] == status
    if status == "outside":
        assert reading.call is None and "English" in reading.result["reason"]["en"]


@pytest.mark.parametrize(
    ("said", "band"),
    [("pasa altos", "highpass"), ("rechaza banda", "bandstop"), ("coupe-bande", "bandstop"),
     ("Bandsperre", "bandstop"), ("passe-bande", "bandpass"), ("ФНЧ", "lowpass"),
     ("passa-baixa", "lowpass"), ("passa banda", "bandpass"), ("pass band and base", None),
     ("low-pass, pass-band edge", None), ("paso bajo y paso alto", None)],
)  # fmt: skip
def test_bands_in_other_languages(said, band):
    found = foreign_band(said)
    assert (found and found[1]) == band


def test_a_decline_has_nothing_left_to_read():
    said = "digital low-pass, 8 kHz, 40 dB"
    reading = read_request([said], Recorded({"other": "digital"}))
    found = design_from_result(reading.result, Options(), call=reading.call, request=(said,))
    assert found.status == "outside" and found.unread == ()


@pytest.mark.parametrize("said", ["70 MHz, about 4 dB of insertion loss", "插损 4 dB，70 MHz"])
def test_an_insertion_loss_is_no_level_of_edges(said):
    assert weigh({"center": "70 MHz", "edge_db": "4 dB"}, said).unsupported == ("edge_db",)
    stated = {"center": "70 MHz", "edge_db": "4 dB"}
    assert weigh(stated, "70 MHz, 4 dB bandwidth").unsupported == ()


@pytest.mark.parametrize(
    ("said", "read", "stop"),
    [
        ("LPF 7.5 MHz, 2nd harmonic at 14 MHz 45 dB", "2nd harmonic", "14 MHz"),
        ("低通7.5MHz，二次谐波14MHz处45dB", "二次谐波", "14MHz"),
        ("LPF 7.5 MHz, second harmonic (15 MHz): 45 dB", "second harmonic", "15 MHz"),
        ("LPF 7.5 MHz, second harmonic 45 dB down, LO 70 MHz", "second harmonic", None),
        ("lpf for 7 MHz, cutoff 7.5 MHz, 2nd harmonic (14) 45 dB", "14", "14"),
        ("低通7.5MHz，二次谐波(14)处45dB", "14", "14"),
        ("LPF 7.5 MHz, 2nd harmonic (14) 45 dB", "2nd harmonic", "14"),
        ("LPF 7.5 MHz, 2f0从最低14MHz开始≥45dB", "2f0", "14MHz"),
        ("LPF 7.5 MHz, 45 dB at harmonic 3", "3", None),
    ],
)
def test_a_harmonic_is_where_its_frequency_says(said, read, stop):
    """Engineers print the frequency of a harmonic roughly; what they print counts."""
    edge = said.split("，")[0].removeprefix("低通") if "，" in said else "7.5 MHz"
    found = supported({"edge": edge, "multiple1": read}, said)
    assert found.get("stop1") == stop and ("multiple1" in found) == (stop is None)


def test_each_harmonic_has_the_frequency_printed_behind_it():
    """Not one before it; a model may call a harmonic a stop edge."""
    said = "LPF 2.5 GHz, 2nd harmonic 4.8 GHz 30 dB, 3rd harmonic 7.2 GHz 40 dB"
    read = {"stop1": "2nd harmonic", "att1": "30 dB", "stop2": "3rd harmonic", "att2": "40 dB"}
    expected = read | {"stop1": "4.8 GHz", "stop2": "7.2 GHz"}
    assert supported({"edge": "2.5 GHz", **read}, said) == {"edge": "2.5 GHz", **expected}
    as_multiples = {key.replace("stop", "multiple"): text for key, text in read.items()}
    assert supported(as_multiples, said) == expected


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("f0,BW,RL\n2.05,27.5,20 (GHz, MHz, dB)", {"center": "2.05 GHz", "width": "27.5 MHz"}),
        ("f_low(MHz),f_high(MHz),ripple(dB)\n278,325,1", {"f1": "278 MHz", "f2": "325 MHz"}),
        ("70 MHz band-pass, 1.5k in and out", {"center": "70 MHz", "z0": "1.5k"}),
        ("source fifty ohms load seventy five ohms",
         {"z_source": "fifty ohms", "z_load": "seventy five ohms"}),
    ],
)  # fmt: skip
def test_values_of_tables_and_words_are_supported(said, read):
    assert supported(read, said) == read


def test_an_impedance_is_in_ohms():
    assert weigh({"z0": "1.5 GHz"}, "at 1.5 GHz").unsupported == ("z0",)
    assert weigh({"z0": "20 mil"}, "a 20 mil board").unsupported == ("z0",)


def test_words_of_another_task_that_the_call_does_not_know_are_a_doubt():
    said = "有源带通，中心 320 Hz，±40 Hz 处 25 dB"
    call = {"band": "带通", "center": "320 Hz", "offset1": "±40 Hz", "att": "25 dB"}
    assert weigh(call, said).doubts > 0
    assert weigh(call | {"other": "有源"}, said).doubts == 0
    assert weigh(call, said.removeprefix("有源")).doubts == 0


@pytest.mark.parametrize(
    ("said", "other", "kept"),
    [
        ("a filter for my radio", "radio", False),
        ("low-pass 12 kHz, with a 32kHz sampling frequency", "32kHz", True),
        ("请问用矢网怎么测腔体滤波器的插损和带外抑制？校准到哪个面？", "矢网", True),
        ("Which cable is better at 435 MHz for a 15 m run, RG-58 or LMR-240?", "cable", True),
    ],
)
def test_words_that_name_no_task_count_where_nothing_else_was_read(said, other, kept):
    call = {"band": "low-pass", "other": other} if "low-pass" in said else {"other": other}
    assert ("other" in supported(call, said)) == kept


@pytest.mark.parametrize(
    ("said", "kept"),
    [("passband ripple 0.1 dB at 120 MHz, inductors with Q=187 @ 47 MHz", False),
     ("120 MHz，0.1 dB，电感Q约187", False),
     ("120 MHz, 0.1 dB, Qu = 187", False),
     ("120 MHz, 0.1 dB, 187 is the Q of the whole thing, not of the coils", True),
     ("120 MHz, 0.1 dB, Q = 187, coils as they come", True)],
)  # fmt: skip
def test_the_q_of_a_coil_is_no_width(said, kept):
    call = {"band": "bandpass", "center": "120 MHz", "q": "187", "ripple": "0.1 dB"}
    assert ("q" in supported(call, said)) == kept


def test_the_reach_of_an_instrument_is_no_stop_frequency():
    call = {"band": "高通", "edge": "50MHz", "ripple": "0.5dB", "stop1": "3GHz", "att": "40dB"}
    without = {key: text for key, text in call.items() if key != "stop1"}
    assert supported(call, "高通 50MHz，0.5dB，40dB，网分只能测到3GHz") == without
    assert supported(call, "高通 50MHz，0.5dB，3GHz 处 40dB") == call


def test_a_simulation_is_no_other_task_beside_a_complete_specification():
    call = {"edge": "1 MHz", "ripple": "0.1 dB", "stop1": "2 MHz", "att": "30 dB"}
    said = "For a simulation: 1 MHz, 0.1 dB, 30 dB at 2 MHz"
    assert supported(call | {"other": "simulation"}, said) == call
    half = {"edge": "1 MHz", "other": "simulation"}
    assert supported(half, "my simulation shows nothing at 1 MHz, why?") == half


@pytest.mark.parametrize(
    "said",
    ["1 kHz corner, 0.1 dB, 30 dB at 2 kHz, built around the LT1028 with feedback resistors",
     "1 kHz, 0.1 dB, 2 kHz 30 dB, C2 and C4 are varicaps",
     "1 kHz，0.1 dB，2 kHz 30 dB，跟主旋钮联动",
     "1 kHz, 0.1 dB, 30 dB at 2 kHz: a crystal ladder filter out of the box"],
)  # fmt: skip
def test_amplifiers_and_tuning_are_other_tasks_whatever_was_read(said):
    call = {"edge": "1 kHz", "ripple": "0.1 dB", "stop1": "2 kHz", "att": "30 dB"}
    assert "other" in supported(call, said)


def test_an_active_filter_is_never_designed_as_a_passive_one():
    call = {"band": "带通", "center": "320Hz", "ripple": "3dB", "offset1": "±40Hz", "att": "25dB"}
    said = "设计有源带通滤波器，中心320Hz，±40Hz处25dB，3dB"
    assert supported(call, said)["other"] == "有源带通"
    assert "other" not in supported(call, said.replace("有源", "无源"))
    assert "other" not in supported(call, "无源带通，不准用运放，320Hz，±40Hz处25dB，3dB")
    tuned = "无源带通，320Hz，±40Hz处25dB，3dB，中心要能用电压连续调到500Hz"
    assert supported(call, tuned)["other"].startswith("电压")


@pytest.mark.parametrize(
    ("said", "call", "dropped"),
    [
        ("BW 200MHz, 35dB @ 2130MHz", {"center": "200MHz", "width": "200MHz"}, "width"),
        ("fs 11.39 GHz, att -", {"stop1": "11.39 GHz", "att": "11.39 GHz"}, "att"),
        ("fs 11.39, att -", {"stop1": "11.39", "att": "11.39"}, "att"),
        ("8.73G 9.16G r.l.20", {"f1": "8.73G", "f2": "9.16G", "vswr": "20"}, "vswr"),
        ("fp=1.2e7 fs=2.0e7", {"edge": "1.2e7", "multiple1": "2.0e7"}, "multiple1"),
        ("f0=30MHz BW=1.5MHz Z=75", {"center": "30MHz", "order": "75"}, "order"),
    ],
)
def test_one_printed_number_is_one_statement(said, call, dropped):
    assert set(call) - set(supported(call, said)) == {dropped}


def test_levels_may_share_a_number():
    call = {"stop1": "100 MHz", "att1": "40 dB", "stop2": "190 MHz", "att2": "40 dB"}
    assert supported(call, "40 dB at 100 MHz and 190 MHz") == call
    both = {"stop1": "40 MHz", "att": "40 dB"}
    assert supported(both, "40 dB at 40 MHz") == both


def test_what_the_model_takes_for_another_task_is_one():
    """Also beside a whole specification, and where no list knows the task."""
    said = "which bias tee suits a band-pass at 1.8 GHz, 50 MHz wide?"
    call = {"band": "band-pass", "center": "1.8 GHz", "width": "50 MHz", "other": "bias tee"}
    assert supported(call, said)["other"] == "bias tee"
    assert "other" not in supported(call, said.replace("which", "behind the").rstrip("?"))
    whole = call | {"stop1": "2 GHz", "att": "40 dB"}
    assert supported(whole, f"{said} 40 dB at 2 GHz")["other"] == "bias tee"
    joke = "40 dB at 2 GHz, 1.8 GHz, 50 MHz wide: what is this band-pass in the attic worth?"
    assert supported(whole | {"other": "worth"}, joke)["other"] == "worth"


@pytest.mark.parametrize(
    ("said", "device"),
    [
        ("a low pass for my 1 kW amplifier, 30 MHz", "amplifier"),
        ("keep the pager out, a filter in front of our old LNA", "LNA"),
        ("给后级功放配一只低通", "功放"),
        ("放在混频器后面的带通，70MHz", "混频器"),
    ],
)
def test_a_device_that_is_the_place_of_a_filter_is_no_other_task(said, device):
    assert "other" not in supported({"other": device}, said)
    asked = f"design a {device}" if device.isascii() else f"设计一只{device}"
    assert supported({"other": device}, asked)["other"] == device


@pytest.mark.parametrize(
    ("said", "device"),
    [
        ("想做个 bandpass，88–108 MHz，要几个 inductor？", "inductor"),
        ("It hears the AM station all day. Just give me a high-pass, will you?", "AM station"),
    ],
)
def test_who_asks_for_a_filter_wants_no_part(said, device):
    call = {"band": "bandpass" if "bandpass" in said else "high-pass", "other": device}
    assert "other" not in supported(call, said)
    asked = f"which {device} suits this band-pass?"
    assert supported(call, asked)["other"] == device


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("FR4 板厚 1.6mm，50 欧的微带线要画多宽？走 2.4G 信号", "板厚"),
        ("10.7MHz 的晶体滤波器，并联电容取多少", "晶体滤波器"),
        ("Which ferrite for 900 MHz noise on a cable?", "ferrite"),
        ("有没有 SAW 滤波器推荐？1575 MHz 的，哪家好？", "哪家"),
        ("Any idea who still stocks a 140 MHz SAW filter?", "stocks"),
    ],
)
def test_a_question_on_a_part_is_no_request(said, part):
    number = re.search(r"[\d.]+ ?(?:G|MHz)", said)[0]
    assert supported({"center": number}, said)["other"] == part
    whole = {"center": number, "ripple": "1 dB", "stop1": "30 GHz", "att": "40 dB"}
    assert "other" not in supported(whole, f"{said} 1 dB, 40 dB at 30 GHz")
    assert "other" not in supported({"center": number}, f"need a filter: {said}")


@pytest.mark.parametrize(
    ("said", "tool"),
    [
        ("NanoVNA shows a dip at 2.6 GHz in my low-pass. Bad calibration?", "NanoVNA"),
        ("how do I export the 2.6 GHz sweep of this band-pass from CST?", "CST"),
        ("矢网测这只1.8GHz带通，平均次数设多少合适？", "矢网"),
        ("HFSS里这只1.8GHz带通的端口怎么设？", "HFSS"),
    ],
)
def test_a_question_on_a_tool_is_no_request(said, tool):
    call = {"band": "band-pass", "center": "2.6 GHz" if "2.6" in said else "1.8GHz"}
    assert supported(call, said)["other"] == tool
    assert "other" not in supported(call, said + " I need one with 1.8 GHz, 2.6 GHz")
    whole = {"f1": "2 GHz", "f2": "2.6 GHz", "ripple": "1 dB", "stop1": "3 GHz", "att": "40 dB"}
    spoken = "2 GHz to 2.6 GHz, 1 dB, 40 dB at 3 GHz, will be checked in HFSS, ok?"
    assert "other" not in supported(whole, spoken)


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("a diplexer for 145 and 435 MHz, how much isolation?", "diplexer"),
        ("双工器：收1710MHz，发1805MHz", "双工器"),
        ("low pass behind the diplexer, 30 MHz", ""),
        ("接在双工器后面的低通，30MHz", ""),
        ("not a diplexer, just 1.3 GHz, 48 MHz wide", ""),
    ],
)
def test_filters_on_a_common_port_are_another_task(said, word):
    assert supported({"edge": "30 MHz"}, said).get("other", "") == word


def test_one_arm_of_a_combiner_is_one_filter():
    whole = {"edge": "1.7 GHz", "ripple": "1 dB", "stop1": "1.1 GHz", "att": "45 dB"}
    said = "同一只合路器的另一臂：1.7 GHz 起通，纹波 1 dB，1.1 GHz 处 45 dB"
    assert "other" not in supported(whole, said)
    assert supported({"edge": "1.7 GHz"}, said)["other"] == "合路器"


@pytest.mark.parametrize(
    ("read", "said", "words"),
    [
        (
            {"center": "9 MHz", "order": "8", "other": "crystal"},
            "9 MHz crystal filter, 8 poles: is there a part number in stock?",
            "part number",
        ),
        ({}, "Why does group delay peak near the band edge?", "Why does"),
        ({"family": "切比雪夫"}, "切比雪夫和巴特沃斯的区别在哪？", "区别"),
    ],
)
def test_a_question_about_filters_is_no_request_for_one(read, said, words):
    assert supported(read, said)["other"] == words


@pytest.mark.parametrize(
    ("read", "said"),
    [
        ({}, "What is missing if I need a band-pass?"),
        ({"band": "LPF"}, "What does an LPF for 30 MHz look like?"),
        ({"order": "5"}, "Need five poles, which part number was it? 5 is fine."),
    ],
)
def test_a_request_may_contain_a_question(read, said):
    assert "other" not in supported(read, said)


@pytest.mark.parametrize(
    ("said", "declined"),
    [("subwoofer crossover, 4 ohm, passive lowpass with -3 dB at 120 Hz", False),
     ("crossover for woofer and tweeter, lowpass and high-pass at 2 kHz", True)],
)  # fmt: skip
def test_one_filter_of_a_crossover_is_designed(said, declined):
    read = {"band": "lowpass", "edge": "120 Hz", "edge_db": "-3 dB", "other": "crossover"}
    assert ("other" in supported(read, said)) == declined


@pytest.mark.parametrize(
    "said",
    ["微带发夹线带通，中心5.8GHz，带宽200MHz，给出版图尺寸",
     "microstrip LPF 2.5 GHz, give me width and length of each line",
     "Why does my LPF show 30 dB less at 1 GHz than the simulation? 150 MHz, 0.1 dB",
     "How does the ripple of 0.5 dB influence the 30 dB at 400 MHz of my 150 MHz LPF?",
     "LPF 150 MHz, 0.5 dB, 30 dB at 400 MHz: I only want to understand the formula.",
     "Write a short post on our new LPF, 150 MHz, 0.5 dB, 30 dB at 400 MHz.",
     "帮我写一段推文：LPF 150 MHz，0.5dB，400 MHz处30 dB",
     "Can you recommend a shop for an LPF, 150 MHz, 0.5 dB, 30 dB at 400 MHz?"],
)  # fmt: skip
def test_layouts_and_finished_filters_are_other_tasks(said):
    assert "other" in supported({"band": "LPF", "edge": "150 MHz", "att": "30 dB"}, said)


def test_two_chinese_characters_may_name_a_task():
    """Two letters or one character are left over from a word."""
    said = "今后凡带通滤波器（730MHz、带宽27MHz、纹波0.2dB、34MHz外55dB）入厂，均须复验温漂"
    read = {"band": "带通", "center": "730MHz", "width": "27MHz", "ripple": "0.2dB"}
    assert "other" in supported({**read, "other": "复验"}, said)
    assert "other" not in supported({**read, "other": "复"}, said)


def test_what_the_filter_is_for_is_no_family():
    said = "I need something in front of my 2 m receiver, 144 to 148"
    read = {"f1": "144", "f2": "148"}
    assert supported({"family": "2 m receiver", **read}, said) == read


def test_a_width_of_which_half_is_used_is_not_left_over():
    call = {"center": "4GHz", "width": "200MHz", "offset1": "±250 MHz", "att": "40dB"}
    said = "cf 4GHz，BW 200MHz，40dB 带宽 500MHz，5 W"
    assert unread_numbers(call, said) == ("5",)


@pytest.mark.parametrize(
    "said",
    [
        "Translate into German: high-pass, 10 MHz, 0.1 dB, 50 dB at 5 MHz",
        "L1 = 182 nH, C2 = 87 pF for a low-pass of 50 MHz. Are these values right?",
        "再帮我设计一个2.4 GHz的贴片天线",
    ],
)
def test_other_tasks_in_so_many_words(said):
    assert "other" in supported({"band": "low-pass"}, said)


def test_a_shape_factor_is_no_order():
    said = "Bandpass, Butterworth, 3 dB bandwidth 280 kHz, shape factor 60/3 dB is 4"
    assert "order" not in supported({"band": "Bandpass", "width": "280 kHz", "order": "4"}, said)
