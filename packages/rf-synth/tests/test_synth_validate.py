"""`validate` finds every planted fault and nothing else; `audit`, `stats` and `solve` are right."""

import json
import shutil

import pytest
import rf_jsonl
from click.testing import CliRunner
from rf_synth.audit import audit
from rf_synth.cli import group
from rf_synth.physics import SpecError
from rf_synth.recipe import load_preset, resolve
from rf_synth.solve import solve
from rf_synth.stats import stats
from rf_synth.validate import validate
from rf_synth.writer import write_dataset


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    write_dataset(resolve(load_preset("quickstart")), folder)
    return folder


@pytest.fixture
def folder(sound, tmp_path):
    return shutil.copytree(sound, tmp_path / "copy")


def test_a_sound_data_set_gives_no_finding(sound):
    assert list(validate(sound)) == []
    assert list(validate(sound, workers=2)) == []
    assert list(validate(sound / "test_ood.jsonl")) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"answer_style": "derivation-b", "dialogue": {"return_loss": 0.5, "vswr": 0.5}},
        {"difficulty": "hard", "dialogue": {"second_round": 1, "correction": 1, "blind": 1}},
        {"seed": 11, "difficulty": "easy", "answer_style": "derivation"},
    ],
)
def test_other_recipes_are_sound_too(tmp_path, changes):
    write_dataset(resolve(load_preset("quickstart") | changes), tmp_path)
    assert list(validate(tmp_path)) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 106))
def test_the_paper_preset_is_sound_with_any_seed(tmp_path, seed):
    write_dataset(resolve(load_preset("paper") | {"seed": seed}), tmp_path, workers=2)
    assert list(validate(tmp_path, workers=2)) == []


def first(lines, kind, band=None, more=lambda meta: True):
    for place, line in enumerate(lines):
        record = json.loads(line)
        meta = record["meta"]
        if meta["type"] == kind and band in (None, meta["band"]) and more(meta):
            return place, record
    raise AssertionError("no such record")


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
    invented_digits: ("full", "cannot be read off"),
    prompt_digit: ("full", "cannot be read off"),
    other_band: ("full", "band is highpass"),
    extra_key: ("full", "answer"),
    no_json: ("full", "not JSON"),
    fenced: ("full", "one line of plain JSON"),
    keys_moved: ("full", "another order"),
    wrong_margin: ("full", "margin is"),
    wrong_n: ("full", "n_exact is"),
    impossible: ("full", "no filter can meet"),
    held_out_family: ("full", "kept for test_ood"),
    no_system: ("full", "messages"),
    unknown_type: ("full", "half"),
    missing_meta: ("full", "missing"),
    turns_swapped: ("full", "messages"),
    wrong_id: ("full", "does not begin with"),
    asks_too_much: ("followup_question", "question asks for"),
    told_after_all: ("followup_question", "tells more in Hz"),
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
def test_every_planted_fault_in_a_record_is_found(folder, fault):
    path = folder / "train.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    place = plant(lines, fault, set())
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    findings = list(validate(folder))
    own = [text for text in findings if text.startswith(f"{path}:{place + 1}: ")]
    assert any(FAULTS[fault][1] in text for text in own), findings
    strangers = [t for t in findings if t not in own and "sha256" not in t and "records" not in t]
    assert all(text.startswith(str(path)) for text in strangers), strangers


def plant(lines, fault, taken):
    """Puts the fault into the first fitting record whose place is free; returns the place."""

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
    """None hides another, and the command names the line of every one of them."""
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


def rewrite(path, change):
    lines = path.read_text(encoding="utf-8").splitlines()
    change(lines)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def copied_to_test(folder):
    source = (folder / "train.jsonl").read_text(encoding="utf-8").splitlines()
    _, record = first(source, "full")
    rewrite(folder / "test.jsonl", lambda lines: replaced(lines, record))


def replaced(lines, record):
    own = json.loads(lines[5])
    lines[5] = json.dumps({**record, "id": own["id"]}, ensure_ascii=False)


def same_numbers_other_words(folder):
    source = (folder / "train.jsonl").read_text(encoding="utf-8").splitlines()
    _, record = first(source, "full")
    record["messages"][1]["content"] += " "
    rewrite(folder / "val.jsonl", lambda lines: replaced(lines, record))


def same_words_in_ood(folder):
    source = (folder / "test_ood.jsonl").read_text(encoding="utf-8").splitlines()
    text = json.loads(source[3])["messages"][1]["content"]

    def change(lines):
        record = json.loads(lines[7])
        digits = str.maketrans("123456789", "234567891")
        record["messages"][1]["content"] = text.translate(digits)
        lines[7] = json.dumps(record, ensure_ascii=False)

    rewrite(folder / "train.jsonl", change)


def dropped_line(folder):
    rewrite(folder / "train.jsonl", lambda lines: lines.pop(10))


def torn_line(folder):
    path = folder / "train.jsonl"
    path.write_bytes(path.read_bytes()[:-40])


def no_metadata(folder):
    (folder / "metadata.json").unlink()


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (copied_to_test, "the same request stands at"),
        (same_numbers_other_words, "the same specification stands in"),
        (same_words_in_ood, "but for its numbers"),
        (dropped_line, "follows"),
        (dropped_line, "metadata.json tells"),
        (dropped_line, "sha256"),
        (torn_line, "not JSON"),
        (no_metadata, "is missing"),
    ],
)
def test_every_planted_fault_in_the_whole_is_found(folder, fault, message):
    fault(folder)
    assert any(message in text for text in validate(folder))


def test_the_command_tells_findings_and_fails(folder, sound):
    copied_to_test(folder)
    result = CliRunner().invoke(group, ["validate", str(folder)])
    assert result.exit_code == 1
    assert "test.jsonl:6: the same request stands at" in result.output
    assert CliRunner().invoke(group, ["validate", str(sound)]).output == ""


def test_empty_and_foreign_places_are_refused(tmp_path):
    with pytest.raises(rf_jsonl.FileError, match="holds no train"):
        list(validate(tmp_path))
    with pytest.raises(rf_jsonl.FileError):
        list(validate(tmp_path / "nothing.jsonl"))
    (tmp_path / "empty.jsonl").write_bytes(b"")
    with pytest.raises(rf_jsonl.FileError, match="empty"):
        list(validate(tmp_path / "empty.jsonl"))


SPEC = {
    "filter_type": "chebyshev",
    "filter_band": "lowpass",
    "ripple_db": 0.1,
    "fc": 1_000_000_000,
    "fs": 2_000_000_000,
    "R0": 50,
    "La_target": 40,
}


def test_audit_reads_three_forms_and_counts_by_band(tmp_path):
    right, high, low = ({**SPEC, "order": n} for n in (6, 7, 5))
    band_pass = {
        "filter_band": "bandpass", "ripple_db": 0.1, "f_center": 2e9, "bandwidth": 2e8,
        "fs_lower": 1.7e9, "fs_upper": 2.4e9, "R0": 50, "La_target": 40, "order": 2,
    }  # fmt: skip
    rows = [
        right,
        {"prompt": "…", "answer": json.dumps(high)},
        {
            "messages": [
                {"role": "user", "content": "…"},
                {"role": "assistant", "content": json.dumps(low)},
            ]
        },
        {"prompt": "…", "completion": f"```json\n{json.dumps(band_pass)}\n```"},
        {"messages": [{"role": "assistant", "content": "Which ripple?"}]},
        {**SPEC, "fs": 5, "order": 3},
    ]
    path = tmp_path / "foreign.jsonl"
    rf_jsonl.write_jsonl(path, rows)
    result = audit(path)
    low_pass = result.bands["lowpass"]
    assert solve(SPEC)["order"] == 6
    assert (low_pass.labels, low_pass.impossible) == (4, 1)
    assert (low_pass.meets, low_pass.minimal, low_pass.exact) == (2, 2, 1)
    assert result.bands["bandpass"].labels == 1
    assert (result.lines, result.without_answer) == (6, 1)
    figures = json.loads(CliRunner().invoke(group, ["audit", str(path), "--json"]).output)
    assert figures["all"]["labels"] == 5
    assert figures["bands"]["lowpass"]["meets_share"] == 0.5


def test_audit_of_our_own_finds_all_labels_exact(sound):
    total = audit(sound / "train.jsonl").total
    assert total.labels == total.meets == total.minimal == total.exact == 1275


def test_stats_count_what_is_there(sound):
    found = stats(sound)
    assert {split: figures["records"] for split, figures in found.items()} == {
        "train": 1500, "val": 150, "test": 200, "test_ood": 200,
    }  # fmt: skip
    assert sum(found["train"]["order"].values()) == 1275
    assert sum(found["train"]["margin"].values()) == 1275
    result = CliRunner().invoke(group, ["stats", str(sound)])
    assert "followup_question" in result.output
    assert json.loads(CliRunner().invoke(group, ["stats", str(sound), "--json"]).output)


def test_solve_is_the_oracle_and_keeps_the_order_of_keys():
    answer = solve(dict(reversed(SPEC.items())))
    assert list(answer) == [*SPEC, "order"]
    with pytest.raises(SpecError, match="no key"):
        solve({**SPEC, "order": 3})


def test_solve_refuses_each_impossible_line_and_writes_nothing(tmp_path):
    specs, out = tmp_path / "specs.jsonl", tmp_path / "out.jsonl"
    rf_jsonl.write_jsonl(specs, [SPEC, {**SPEC, "fs": 1}, SPEC, {**SPEC, "La_target": 0.05}])
    out.write_text("old\n", encoding="utf-8")
    result = CliRunner().invoke(group, ["solve", str(specs), "--out", str(out)])
    assert result.exit_code == 1
    assert f"{specs}:2: a low-pass needs fs above fc" in result.stderr
    assert f"{specs}:4: La_target 0.05 dB must exceed" in result.stderr
    assert out.read_text(encoding="utf-8") == "old\n"


def test_solve_reads_standard_input():
    line = json.dumps(SPEC) + "\n"
    result = CliRunner().invoke(group, ["solve"], input=line * 2)
    assert result.exit_code == 0
    assert [json.loads(text)["order"] for text in result.output.splitlines()] == [6, 6]
