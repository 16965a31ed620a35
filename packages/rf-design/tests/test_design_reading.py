"""Reading: text made plain, answers taken apart, conversations played as the model was trained."""

import json

import pytest
from rf_design import design
from rf_design.errors import DesignError
from rf_design.reading import read_many, read_request
from rf_design.reading.answer import call_in
from rf_design.reading.conversation import SYSTEM_PROMPTS
from rf_design.reading.model import EngineReader
from rf_design.reading.text import MAX_CHARACTERS, language_of, normalised
from rf_jsonl import FileError


class Recorded:
    """Answers from a table by the last user message, and keeps what it was asked."""

    def __init__(self, answers):
        self.answers, self.asked = answers, []

    def answer_many(self, conversations):
        self.asked += conversations
        return [self.answers[messages[-1]["content"]] for messages in conversations]


def call(**arguments):
    return (
        "<tool_call>\n"
        + json.dumps({"name": "design_filter", "arguments": arguments})
        + "\n</tool_call>"
    )


def test_a_later_turn_forgets_nothing():
    """Unless it asks for another band, another task or a filter without ripple."""
    first = "低通，通带 200MHz，纹波 0.1dB，400MHz 要 40dB，75 欧"
    stated = {"band": "低通", "edge": "200MHz", "ripple": "0.1dB", "stop1": "400MHz"}
    stated |= {"att": "40dB", "z0": "75 欧"}
    for second, read, expected in (
        ("通带改成 220MHz，其余不变", {"edge": "220MHz"}, stated | {"edge": "220MHz"}),
        ("两处：400MHz 40dB，600MHz 60dB",
         {"stop1": "400MHz", "att1": "40dB", "stop2": "600MHz", "att2": "60dB"},
         {k: v for k, v in stated.items() if k != "att"}
         | {"att1": "40dB", "stop2": "600MHz", "att2": "60dB"}),
        ("换成高通，900MHz", {"band": "高通", "edge": "900MHz"},
         # the only ripple and impedance that are printed
         {"band": "高通", "edge": "900MHz", "ripple": "0.1dB", "z0": "75 欧"}),
        ("改用巴特沃斯", {"family": "巴特沃斯"},
         {k: v for k, v in stated.items() if k != "ripple"} | {"family": "巴特沃斯"}),
        ("阻带改成 450MHz", {**stated, "stop1": "450MHz", "att": "450MHz"},
         stated | {"stop1": "450MHz"}),
        ("要数字滤波器", {"other": "数字滤波器"}, {"other": "数字滤波器"}),
    ):  # fmt: skip
        reader = Recorded({first: call(**stated), second: call(**read)})
        assert read_request([first, second], reader).call == expected


@pytest.mark.parametrize(
    ("second", "misread", "key", "value"),
    [
        ("cf 偏了 应该 3.92GHz [裂开]", {"stop1": "3.92GHz"}, "center", "3.92GHz"),
        ("argh, ticket 2 twice. not 4 GHz, 3.95 GHz", {"stop1": "3.95 GHz"}, "center", "3.95 GHz"),
        ("重复一遍，4.31GHz，不是刚才那个", {"center": "4.31GHz"}, "stop1", "4.31GHz"),
    ],
)
def test_a_correction_that_would_contradict_belongs_to_the_nearest_value(
    second, misread, key, value
):
    """Where the model puts it, the stop frequency would lie inside the pass band."""
    first = "BP，BW 200MHz，cf 4GHz，rip 1dB，rej 51dB @ 4.22GHz"
    stated = {"band": "BP", "center": "4GHz", "width": "200MHz", "ripple": "1dB"}
    stated |= {"stop1": "4.22GHz", "att": "51dB"}
    reader = Recorded({first: call(**stated), second: call(**(stated | misread))})
    found = read_request([first, second], reader)
    assert found.call == stated | {key: value}
    assert found.result["status"] == "designed"


@pytest.mark.parametrize(
    ("second", "key", "value"),
    [
        ("cf 改成 3.9GHz 吧，其他的 keep", "center", "3.9GHz"),
        ("bandwidth becomes 250 MHz", "width", "250 MHz"),
        ("ripple should be 0.5 dB", "ripple", "0.5 dB"),
        ("order 改成 4 吧,别的不动", "order", "4"),
    ],
)
def test_a_named_correction_that_the_model_overlooks(second, key, value):
    first = "BP，BW 200MHz，cf 4GHz，rip 1dB，order 5"
    stated = {"band": "BP", "center": "4GHz", "width": "200MHz", "ripple": "1dB", "order": "5"}
    reader = Recorded({first: call(**stated), second: call(**stated)})
    assert read_request([first, second], reader).call == stated | {key: value}


def test_a_labelled_edge_of_the_first_turn_does_not_undo_its_correction():
    first, second = "Butterworth LPF, -3dB cutoff 45MHz, 80MHz 处 40dB", "cutoff 改成 40MHz 吧"
    stated = {"family": "Butterworth", "band": "LPF", "edge": "45MHz", "edge_db": "-3dB"}
    stated |= {"stop1": "80MHz", "att": "40dB"}
    reader = Recorded({first: call(**stated), second: call(**stated)})
    assert read_request([first, second], reader).call == stated | {"edge": "40MHz"}


@pytest.mark.parametrize(
    ("first", "second", "before", "misread", "expected"),
    [
        (  # a later order and a later cut-off, each beside one that the first turn labels
            "Chebyshev low-pass, order 5, 0.1 dB ripple, cutoff 3.8 MHz",
            "Sorry, the cutoff should be 3.9 MHz. And order nine.",
            {"band": "low-pass", "edge": "3.8 MHz", "ripple": "0.1 dB", "order": "5"},
            {"edge": "3.9 MHz", "order": "nine"},
            {"edge": "3.9 MHz", "order": "nine"},
        ),
        (
            "Butterworth high-pass 20 MHz, 40 dB at 7 MHz",
            "把20改成25,7改成8",
            {"family": "Butterworth", "band": "high-pass", "edge": "20 MHz", "stop1": "7 MHz",
             "att": "40 dB"},
            {"att": "8", "order": "8"},
            {"edge": "25 MHz", "stop1": "8 MHz"},
        ),
        (
            "截止455 MHz 的低通，7阶，波纹0.1 dB",
            "单位写错了,是kHz",
            {"band": "低通", "edge": "455 MHz", "ripple": "0.1 dB", "order": "7"},
            {},
            {"edge": "455 kHz"},
        ),
        (
            "LPF 30 MHz, 0.5 dB, 50 dB at 60 MHz",
            "I mixed them up: it has to be 60 dB at 55 MHz.",
            {"band": "LPF", "edge": "30 MHz", "ripple": "0.5 dB", "stop1": "60 MHz",
             "att": "50 dB"},
            {"att": "60 dB"},
            {"stop1": "55 MHz", "att": "60 dB"},
        ),
        (  # no stop point: nothing says so
            "Butterworth bandpass 144-146 MHz, order 3",
            "My neighbour transmits on 433 MHz, just so you know.",
            {"family": "Butterworth", "band": "bandpass", "f1": "144 MHz", "f2": "146 MHz",
             "order": "3"},
            {"stop1": "433 MHz"},
            {},
        ),
        (
            "Chebyshev bandpass for 40 m, 7.0-7.3 MHz, 0.5 dB, order 3",
            "Move it to 80 m: 3.5-3.8 MHz",
            {"band": "bandpass", "f1": "7.0 MHz", "f2": "7.3 MHz", "ripple": "0.5 dB",
             "order": "3"},
            {"stop1": "3.5 MHz", "to1": "3.8 MHz"},
            {"f1": "3.5 MHz", "f2": "3.8 MHz"},
        ),
        (  # a stop band, as it says
            "Chebyshev bandpass 7.0-7.3 MHz, 0.5 dB, order 3",
            "it must also block 3.5-3.8 MHz",
            {"band": "bandpass", "f1": "7.0 MHz", "f2": "7.3 MHz", "ripple": "0.5 dB",
             "order": "3"},
            {"stop1": "3.5 MHz", "to1": "3.8 MHz"},
            {"stop1": "3.5 MHz", "to1": "3.8 MHz"},
        ),
    ],
)  # fmt: skip
def test_what_a_later_turn_changes(first, second, before, misread, expected):
    reader = Recorded({first: call(**before), second: call(**before | misread)})
    assert read_request([first, second], reader).call == before | expected


def test_an_impossible_correction_is_declined():
    """The pass band does not move to where the stop band is put."""
    first, second = "low-pass 10 MHz, 0.1 dB, 40 dB at 20 MHz", "Sorry, the 40 dB must be at 8 MHz."
    stated = {"band": "low-pass", "edge": "10 MHz", "ripple": "0.1 dB", "stop1": "20 MHz"}
    stated |= {"att": "40 dB"}
    for read in (stated, stated | {"stop1": "8 MHz"}):
        reader = Recorded({first: call(**stated), second: call(**read)})
        assert read_request([first, second], reader).result["reason_code"] == "contradiction"


def test_a_contradiction_of_the_user_stays_one():
    """Nothing is moved where the correction says which value it is about, or nothing fits."""
    first, second = "低通，通带 200MHz，纹波 0.1dB，400MHz 要 40dB", "通带改成 900MHz"
    stated = {"band": "低通", "edge": "200MHz", "ripple": "0.1dB", "stop1": "400MHz", "att": "40dB"}
    reader = Recorded({first: call(**stated), second: call(**stated | {"edge": "900MHz"})})
    assert read_request([first, second], reader).result["reason_code"] == "contradiction"


def test_a_changed_level_is_the_only_one_stated():
    """Not one of another kind; where two levels were stated, the model decides."""
    first, second = "low-pass 400 MHz, 35 dB at 800 MHz", "Make that 45 dB, my boss is strict."
    stated = {"band": "low-pass", "edge": "400 MHz", "stop1": "800 MHz", "att": "35 dB"}
    misread = stated | {"return_loss": "45 dB"}
    reader = Recorded({first: call(**stated), second: call(**misread)})
    assert read_request([first, second], reader).call == stated | {"att": "45 dB"}
    two = stated | {"ripple": "1 dB"}
    first += ", 1 dB ripple"
    reader = Recorded({first: call(**two), second: call(**two | {"att": "45 dB"})})
    assert read_request([first, second], reader).call == two | {"att": "45 dB"}


@pytest.mark.parametrize(
    ("second", "read", "corrected"),
    [("3.92 MHz，刚手滑", {"edge": "3.92 MHz"}, {"stop1": "3.92 MHz"}),
     ("Correction, the next channel begins at 3.9 MHz", {}, {"stop1": "3.9 MHz"}),
     ("sorry, 1.1 MHz", {"edge": "1.1 MHz"}, {"edge": "1.1 MHz"}),
     ("make it 55 dB", {}, {"att": "55 dB"}),
     # both values are printed
     ("45, not 50", {}, {"att": "45 dB"}),
     ("那个4改成3.9吧", {}, {"stop1": "3.9 MHz"}),
     ("不是 1.07，是 1.5 MHz", {"stop1": "1.5 MHz"}, {"edge": "1.5 MHz"}),
     ("sorry, make that a Bessel", {}, {"family": "Bessel"}),
     # two numbers that are no exchange: a range, and a level at its frequency
     ("sorry, pass 1.07 to 1.5 MHz", {"edge": "1.5 MHz"}, {"edge": "1.5 MHz"}),
     ("correction: 45 dB at 4 MHz is fine", {"att": "45 dB"}, {"att": "45 dB"}),
     # it names what it changes, is near no value, or is no correction: the reading stays
     ("the cutoff should be 3.92 MHz", {"edge": "3.92 MHz"}, {"edge": "3.92 MHz"}),
     ("sorry, 2.1 MHz", {"edge": "2.1 MHz"}, {"edge": "2.1 MHz"}),
     ("2.1 MHz is where it begins", {"edge": "2.1 MHz"}, {"edge": "2.1 MHz"}),
     # as an edge it would need an order that nobody builds
     ("3.92 MHz is where it begins", {"edge": "3.92 MHz"}, {"stop1": "3.92 MHz"})],
)  # fmt: skip
def test_a_correction_replaces_the_nearest_value(second, read, corrected):
    first = "低通 1.07 MHz，4 MHz 抑制 50 dB，纹波 0.1 dB"
    stated = {"band": "低通", "edge": "1.07 MHz", "stop1": "4 MHz", "att": "50 dB"}
    stated |= {"ripple": "0.1 dB"}
    reader = Recorded({first: call(**stated), second: call(**stated | read)})
    assert read_request([first, second], reader).call == stated | corrected


@pytest.mark.parametrize(
    ("second", "levels"),
    [("Sorry, at 980 MHz it only needs to be 30 dB. 850 stays at 45.", ("45 dB", "30 dB")),
     ("850 MHz 只要 30dB，980 MHz 保持 45 dB", ("30dB", "45 dB")),
     ("45 is too much, 30 dB will do", None)],
)  # fmt: skip
def test_the_attenuation_of_one_stop_point_is_corrected_alone(second, levels):
    """A small model may copy the new level for all points."""
    first = "BPF 902 to 928 MHz, 0.1 dB ripple, 45 dB at 850 MHz and 980 MHz"
    stated = {"band": "BPF", "f1": "902 MHz", "f2": "928 MHz", "ripple": "0.1 dB"}
    stated |= {"stop1": "850 MHz", "stop2": "980 MHz"}
    read = {first: call(**stated, att="45 dB"), second: call(**stated, att="30 dB")}
    expected = {"att": "30 dB"} if levels is None else {"att1": levels[0], "att2": levels[1]}
    assert read_request([first, second], Recorded(read)).call == stated | expected


@pytest.mark.parametrize(
    ("typed", "plain"),
    [("２．４ＧＨｚ，带宽 １００ＭＨｚ", "2.4GHz，带宽 100MHz"),
     ("50\u2126 and 75\u03a9", "50Ω and 75Ω"),
     ("2.4\u00a0GHz\u200b\ufeff", "2.4 GHz"),
     ("100㎒", "100MHz"),
     ("①通带 10² Hz", "①通带 10² Hz"),
     ("\u202egnp.exe\u202c 1 MHz", "gnp.exe 1 MHz"),
     ("a\x00b\x1b[31m\tc", "a b  c"),
     ("\x1b[1;31m10 MHz\x1b[0m", "10 MHz"),
     ("35 d B at 70  M Hz, 2 kHz", "35 dB at 70  MHz, 2 kHz"),
     ("Wp=2*pi*[10e3 12e3]", "Wp=[2*pi*10e3, 2*pi*12e3]"),
     ("Wp=[10e3 12e3]", "Wp=[10e3 12e3]"),
     ("Q=f0/BW=14, FBW = (f2-f1)/f0 = 0.07", "Q=14, FBW =  0.07"),
     ("R0=Zin=50, Wp=2*pi*3=18.8, x-y", "R0=Zin=50, Wp=2*pi*3=18.8, x-y"),
     ("  \n ", "")],
)  # fmt: skip
def test_text_is_made_plain(typed, plain):
    assert normalised(typed) == plain


def test_the_language_is_that_of_the_request():
    assert language_of("LPF 截止 1 GHz") == "zh"
    assert language_of("LPF, 1 GHz, 50 Ω") == "en"


@pytest.mark.parametrize(
    "answer",
    ["", "Order 5.", "<tool_call>", '<tool_call>{"name": "design_filter"}</tool_call>',
     '<tool_call>{"name": "rm", "arguments": {}}</tool_call>', "[" * 10_000,
     '{"name": "design_filter", "arguments": []}',
     '{"name": "design_filter", "arguments": {"edge": "1", "edge": "2"}}', "x" * 30_000],
)  # fmt: skip
def test_what_is_no_call_is_none(answer):
    assert call_in(answer) is None


def test_a_call_is_found_with_tags_and_without():
    assert call_in(call(edge="1 MHz")) == {"edge": "1 MHz"}
    assert call_in('{"name": "design_filter", "arguments": {"edge": "1 MHz"}}') == {"edge": "1 MHz"}


def test_a_conversation_shows_the_model_replies_and_never_its_calls():
    turns = ["低通，截止 1 GHz，2 GHz 处衰减 40 dB", "波纹 0.1 dB"]
    first = {"band": "低通", "edge": "1 GHz", "stop1": "2 GHz", "att1": "40 dB"}
    model = Recorded({turns[0]: call(**first), turns[1]: call(**first, ripple="0.1 dB")})
    reading = read_request(turns, model)
    assert reading.result["status"] == "designed" and reading.result["order"] == 6
    shown = model.asked[1]
    assert [message["role"] for message in shown[:4]] == ["system", "user", "assistant", "user"]
    assert shown[0]["content"] == SYSTEM_PROMPTS["zh"]
    assert "tool_call" not in shown[2]["content"] and "波" in shown[2]["content"]


def test_many_conversations_are_played_side_by_side():
    full = {"band": "LPF", "edge": "1 GHz", "stop1": "2 GHz", "att": "40 dB", "ripple": "0.1 dB"}
    text, first = "LPF to 1 GHz, 0.1 dB, 40 dB at 2 GHz", "an LPF"
    more = "pass 1 GHz with 0.1 dB, 40 dB at 2 GHz"
    model = Recorded({text: call(**full), first: call(band="LPF"), more: call(**full)})
    found = read_many([[text], [first, more], [""]], model)
    assert [reading.result["status"] for reading in found] == ["designed", "designed", "outside"]
    assert found[2].call is None


def test_an_answer_that_is_no_call_is_declined():
    found = design("hello", model=Recorded({"hello": "I am fine."}))
    assert found.status == "outside" and found.result["reason_code"] == "unreadable"
    assert found.to_json()["call"] is None


@pytest.mark.parametrize("text", ["", " \u200b\n", "9" * (MAX_CHARACTERS + 1), "x" * 1_000_000])
def test_nothing_and_far_too_much_are_answered_without_a_model(text):
    model = Recorded({})
    assert design(text, model=model).status == "outside"
    assert model.asked == []


class Broken:
    """An engine whose files are damaged."""

    def answer(self, messages, **limits):
        raise FileError("cache/model.json", "not JSON", 3)


def test_a_damaged_file_of_the_model_is_one_line():
    with pytest.raises(DesignError, match=r"^cache/model.json:3: not JSON$"):
        EngineReader(Broken()).answer_many([[{"role": "user", "content": "a filter"}]])
