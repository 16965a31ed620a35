"""`validate` finds all faults planted in single records, with their lines."""

import json

import pytest
from click.testing import CliRunner
from rf_synth.cli import group
from rf_synth.verify.folder import validate


def change_answer(record, **changes):
    answer = json.loads(record["messages"][-1]["content"])
    for key, value in changes.items():
        answer[key] = value
    record["messages"][-1]["content"] = json.dumps(answer, ensure_ascii=False)


def order_too_high(record):
    change_answer(record, order=record["meta"]["order"] + 1)
    record["meta"]["order"] += 1


def order_too_low(record):
    change_answer(record, order=record["meta"]["order"] - 1)
    record["meta"]["order"] -= 1


def answer_order_only(record):
    change_answer(record, order=record["meta"]["order"] + 1)


def invented_digits(record):
    record["meta"]["spec"]["fc"] += 1
    change_answer(record, fc=record["meta"]["spec"]["fc"])


def prompt_digit(record):
    record["messages"][1]["content"] = record["messages"][1]["content"].translate(
        str.maketrans("123456789", "234567891")
    )


def other_band(record):
    record["meta"]["band"] = "highpass"


def extra_key(record):
    change_answer(record, poles=3)


def no_json(record):
    record["messages"][-1]["content"] = "The order is 5."


def fenced(record):
    text = record["messages"][-1]["content"]
    record["messages"][-1]["content"] = text.replace(": ", ":")


def keys_moved(record):
    answer = json.loads(record["messages"][-1]["content"])
    moved = {"order": answer.pop("order"), **answer}
    record["messages"][-1]["content"] = json.dumps(moved, ensure_ascii=False)


def wrong_margin(record):
    record["meta"]["margin"] = round(abs(record["meta"]["margin"] - 0.25), 6)


def wrong_n(record):
    record["meta"]["n_exact"] += 0.01


def impossible(record):
    spec = record["meta"]["spec"]
    spec["fs"] = spec["fc"] // 2
    change_answer(record, fs=spec["fs"])


def held_out_family(record):
    from rf_synth.language import held_out_families

    record["meta"]["phrasing"] = min(held_out_families())


def no_system(record):
    del record["messages"][0]


def unknown_type(record):
    record["meta"]["type"] = "half"


def missing_meta(record):
    del record["meta"]["missing"]


def turns_swapped(record):
    record["messages"] = [record["messages"][0], record["messages"][2], record["messages"][1]]


def asks_too_much(record):
    words = {
        "zh": "请补充以下参数：通带纹波、端口阻抗、中心频率和阶数。",
        "en": "Please give the order.",
    }
    record["messages"][2]["content"] = words.get(record["meta"]["lang"], words["zh"])


def told_after_all(record):
    record["messages"][1]["content"] += " 1 GHz, 2 GHz, 3 GHz, 4 GHz, 5 GHz"


def question_with_order(record):
    record["meta"]["order"] = 5


def wrong_id(record):
    record["id"] = "val-000000"


def missing_untrue(record):
    record["meta"]["missing"] = ["R0", "La_target", "ripple_db"]


def other_band_in_words(record):
    words = {"低通": "高通", "LPF": "HPF", "ow-pass": "igh-pass", "owpass": "ighpass"}
    text = record["messages"][1]["content"]
    for low, high in words.items():
        text = text.replace(low, high)
    record["messages"][1]["content"] = text


def other_language(record):
    record["meta"]["lang"] = "zh" if record["meta"]["lang"] == "en" else "en"


def missing_in_full(record):
    record["meta"]["missing"] = ["R0"]


def second_question_asks_all(record):
    record["messages"][4]["content"] = record["messages"][2]["content"]


def second_question_asks_nothing(record):
    record["messages"][4]["content"] = "OK?"


def doubled_key(record):
    record["messages"][-1]["content"] = record["messages"][-1]["content"].replace(
        '"R0"', '"R0": 1, "R0"'
    )


FAULTS = {
    order_too_high: ("full", "is not the minimum"),
    order_too_low: ("full", "is not the minimum"),
    answer_order_only: ("full", "in the answer and"),
    invented_digits: ("full", "is not in the user"),
    prompt_digit: ("full", "is not in the user"),
    other_band: ("full", "band is highpass"),
    extra_key: ("full", "answer"),
    no_json: ("full", "not JSON"),
    fenced: ("full", "one line of plain JSON"),
    keys_moved: ("full", "in a different order"),
    wrong_margin: ("full", "margin is"),
    wrong_n: ("full", "n_exact is"),
    impossible: ("full", "no filter can meet"),
    held_out_family: ("full", "is reserved for test_ood"),
    no_system: ("full", "messages"),
    unknown_type: ("full", "half"),
    missing_meta: ("full", "missing"),
    turns_swapped: ("full", "messages"),
    wrong_id: ("full", "does not begin with"),
    asks_too_much: ("followup_question", "question asks for"),
    told_after_all: ("followup_question", "states more in Hz"),
    question_with_order: ("followup_question", "has an order"),
    missing_untrue: ("followup_resolve", "missing is"),
    other_band_in_words: ("full", "but the user names"),
    other_language: ("full", "but the user writes"),
    missing_in_full: ("full", "has missing or corrected"),
    second_question_asks_all: ("followup_resolve", "the question asks for"),
    second_question_asks_nothing: ("followup_resolve", "the question asks for nothing"),
    doubled_key: ("full", "plain JSON"),
}
TWO_ROUNDS = (second_question_asks_all, second_question_asks_nothing)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_every_planted_fault_in_a_record_is_found(sound, tmp_path, fault):
    path = tmp_path / "train.jsonl"
    lines = (sound / "train.jsonl").read_text(encoding="utf-8").splitlines()[:1000]
    place = plant(lines, fault, set())
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    findings = list(validate(path))
    own = [text for text in findings if text.startswith(f"{path}:{place + 1}: ")]
    assert any(FAULTS[fault][1] in text for text in own), findings
    assert all("follows" in text for text in findings if text not in own), findings


def plant(lines, fault, taken):
    """Plants the fault in the first fitting record without one; returns its position."""

    def fits(record):
        meta = record["meta"]
        rounds = 7 if fault in TWO_ROUNDS else len(record["messages"])
        return (
            (meta["type"], meta["band"]) == (FAULTS[fault][0], "lowpass")
            and (meta["order"] or 9) > 1
            and meta["margin"] != 0.25
            and len(record["messages"]) == rounds
        )

    for place, line in enumerate(lines):
        record = json.loads(line)
        if place not in taken and fits(record):
            fault(record)
            lines[place] = json.dumps(record, ensure_ascii=False)
            return place
    raise AssertionError("no such record")


def test_all_faults_at_once_are_found_each_in_its_line(folder):
    """No fault hides another, and the command reports the line of each."""
    path = folder / "train.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    places = {}
    for fault in FAULTS:
        places[fault] = plant(lines, fault, set(places.values()))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = CliRunner().invoke(group, ["validate", str(folder)])
    assert result.exit_code == 1
    assert len(FAULTS) >= 20
    told = {}
    for text in result.output.splitlines():
        place, _, reason = text.removeprefix(f"{path}:").partition(": ")
        told.setdefault(place, []).append(reason)
    for fault, place in places.items():
        reasons = told.get(str(place + 1), [])
        assert any(FAULTS[fault][1] in reason for reason in reasons), (fault.__name__, reasons)
    others = {place for place in told if place.isdigit()} - {str(n + 1) for n in places.values()}
    assert all("follows" in reason for place in others for reason in told[place])
