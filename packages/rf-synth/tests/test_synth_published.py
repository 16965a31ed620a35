"""Requests as people write them, answered by the published keys: proved like all other records."""

import copy
import json
import re

import mpmath
import pytest
from rf_synth.calls import solve_call
from rf_synth.dataset.published_stream import PublishedStream
from rf_synth.dataset.recipe import RecipeError, load_preset, resolve
from rf_synth.dataset.writer import Shard, plan_metadata, write_dataset
from rf_synth.language import LANGUAGES
from rf_synth.requests.published import published_missing, published_spec
from rf_synth.styles import get_style
from rf_synth.verify.folder import validate
from rf_synth.verify.published import PublishedChecker
from rf_synth.verify.record import RecordChecker, asked_names


def recipe_of(style, **more):
    values = load_preset("real")
    values |= {"answer_style": style, **more}
    for split in values["splits"].values():
        split["count"] = 240
    values["splits"]["train"] |= {"program": 0.3, "clauses": 0.4}
    return resolve(values)


@pytest.fixture(scope="module", params=["by-hand", "json"])
def folder(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("published") / request.param
    write_dataset(recipe_of(request.param), path)
    return path


@pytest.fixture(scope="module")
def records(folder):
    found = {}
    for split in ("train", "val", "test", "test_ood"):
        lines = (folder / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
        found[split] = [json.loads(line) for line in lines]
    return found


def test_every_split_is_valid(folder):
    assert list(validate(folder)) == []


def test_answers_are_objects_questions_and_reasons(records):
    style = records["train"][0]["meta"]["answer_style"]
    kinds = set()
    for record in [r for split in records.values() for r in split]:
        meta, messages = record["meta"], record["messages"]
        kinds.add(meta["type"])
        assert messages[0]["content"] == LANGUAGES[meta["lang"]].system
        last = messages[-1]["content"]
        if meta["type"] in ("full", "followup_resolve"):
            answer = json.loads(last)
            assert answer["order"] == meta["order"]
            assert ("derivation" in answer) == (style == "by-hand")
            assert {key: answer[key] for key in meta["spec"]} == meta["spec"]
        elif meta["type"] == "followup_question":
            assert asked_names(last, meta["lang"]) == set(meta["missing"])
        else:
            assert not last.startswith("{") and meta["spec"] == {} and meta["order"] is None
    assert kinds == {"full", "followup_question", "followup_resolve", "outside"}


def test_orders_agree_with_forty_digits(records):
    """With natural logarithms and 40 digits, from the printed decimals."""
    checked = 0
    with mpmath.workdps(40):
        for record in records["train"]:
            spec = {k: mpmath.mpf(repr(v)) if type(v) is not str else v
                    for k, v in record["meta"]["spec"].items()}  # fmt: skip
            if record["meta"]["order"] is None:
                continue
            if spec["filter_band"] == "bandpass":
                f0 = spec["f_center"] ** 2 - spec["bandwidth"] ** 2 / 4
                edges = (spec["fs_lower"], spec["fs_upper"])
                omega = min(abs(f * f - f0) / (f * spec["bandwidth"]) for f in edges)
            else:
                omega = max(spec["fs"] / spec["fc"], spec["fc"] / spec["fs"])
            gain = mpmath.sqrt(
                (10 ** (spec["La_target"] / 10) - 1) / (10 ** (spec["ripple_db"] / 10) - 1)
            )
            n = mpmath.log(gain + mpmath.sqrt(gain**2 - 1)) / mpmath.log(
                omega + mpmath.sqrt(omega**2 - 1)
            )
            assert record["meta"]["order"] == mpmath.ceil(n)
            checked += 1
    assert checked > 100


def test_numbers_have_many_digits_and_forms(records):
    """Some requests have a program's numbers (3.17858e+09 Hz), or two edges."""
    said = [m["content"] for r in records["train"] for m in r["messages"] if m["role"] == "user"]
    assert sum(bool(re.search(r"\d\.\d{3,}e\+\d\d ?Hz", text)) for text in said) >= 15
    assert sum(bool(re.search(r"\d\d\.\d[1-9] ?dB", text)) for text in said) >= 15
    edges = [r for r in records["train"] if {"f1", "f2"} <= r["meta"]["stated"].keys()]
    assert any(r["meta"]["type"] == "full" and r["meta"]["band"] == "bandpass" for r in edges)


@pytest.mark.parametrize(
    ("call", "missing", "sayable"),
    [
        ({"family": "Chebyshev", "band": "LPF", "edge": "1.2 kHz", "ripple": "3 dB",
          "stop1": "5 kHz", "att": "60 dB", "z0": "50"}, [], True),
        ({"family": "Chebyshev", "band": "LPF", "edge": "1.2 kHz", "ripple": "3 dB",
          "stop1": "5 kHz", "att": "60 dB"}, ["R0"], False),
        ({"f1": "824 MHz", "f2": "849 MHz", "band": "bandpass", "ripple": "1 dB",
          "stop1": "869 MHz", "att": "32 dB", "z0": "50 ohm"}, ["fs_lower"], False),
        ({"f1": "824 MHz", "f2": "849 MHz", "band": "bandpass", "ripple": "1 dB",
          "stop1": "800 MHz", "stop2": "869 MHz", "att": "32 dB", "z0": "50 ohm"}, [], True),
        ({"f1": "824.137 MHz", "f2": "849.611 MHz", "band": "bandpass", "ripple": "1 dB",
          "stop1": "800 MHz", "stop2": "869 MHz", "att": "32 dB", "z0": "50 ohm"}, [], False),
        ({"edge": "2.4 GHz", "band": "LPF", "return_loss": "15 dB", "stop1": "4 GHz",
          "att": "30 dB", "z0": "50 ohm"}, [], False),
        ({"edge": "2π×10000 rad/s", "band": "LPF", "ripple": "1 dB", "stop1": "40 kHz",
          "att": "30 dB", "z0": "50 ohm"}, [], False),
    ],
)  # fmt: skip
def test_what_the_published_keys_can_express(call, missing, sayable):
    result = solve_call(call, strict=True)
    assert published_missing(result) == missing
    if result["status"] == "designed" and not missing:
        assert (published_spec(call, result) is not None) == sayable
    else:
        assert not sayable


def test_planted_faults_are_found(records):
    checker = PublishedChecker(RecordChecker())
    full = next(r for r in records["train"] if r["meta"]["type"] == "full")
    asked = next(r for r in records["train"] if r["meta"]["type"] == "followup_question")
    declined = next(r for r in records["train"] if r["meta"]["type"] == "outside")

    def found(record, change):
        record = copy.deepcopy(record)
        change(record)
        return checker.problems(record, "train")

    def answered(change):
        def apply(record):
            answer = json.loads(record["messages"][-1]["content"])
            change(answer)
            record["messages"][-1]["content"] = json.dumps(answer, ensure_ascii=False)

        return apply

    for record in (full, asked, declined):
        assert found(record, lambda r: None) == []
        assert found(record, lambda r: r["messages"][0].update(content="Design filters."))
        assert found(record, lambda r: r["meta"]["stated"].update(att6="77.7 dB"))
        assert found(record, lambda r: r["messages"][-1].update(content="Which ripple?"))
        assert found(record, lambda r: r["meta"].update(phrasing="en/ham-01"))
    assert found(full, answered(lambda a: a.update(order=a["order"] + 1)))
    assert found(full, answered(lambda a: a.update(R0=a["R0"] + 1)))
    assert found(full, lambda r: r["meta"].update(order=r["meta"]["order"] + 1))
    assert found(asked, lambda r: r["meta"].update(missing=[]))


def test_shares_and_styles_that_do_not_fit_are_refused():
    with pytest.raises(RecipeError, match="program: a share of the published styles"):
        resolve(load_preset("real") | {"program": 0.2})
    with pytest.raises(RecipeError, match="everyday: a share of calls, not of answers of style by"):
        resolve(load_preset("real") | {"answer_style": "by-hand", "everyday": 0.2})
    with pytest.raises(RecipeError, match="call_role: answers of style json are not calls"):
        resolve(load_preset("real") | {"answer_style": "json", "call_role": "function_call"})


def test_the_card_and_the_metadata_describe_published_answers():
    from rf_synth.dataset.card import readme

    recipe = recipe_of("by-hand")
    card = readme(recipe)
    assert "design_filter" not in card and "one JSON object" in card
    metadata = plan_metadata(recipe, Shard())
    assert "tools" not in metadata
    assert metadata["derivation_steps"]["by-hand"] == get_style("by-hand").steps()


def test_a_record_depends_on_its_index_only():
    recipe = recipe_of("by-hand")
    one, other = PublishedStream(recipe, "train"), PublishedStream(recipe, "train")
    assert [one.record(i) for i in (5, 3)] == [other.record(i) for i in (5, 3)]
    assert next(iter(one.lines(3, 6))) == list(other.lines(0, 4))[3]


def test_a_pass_band_that_is_rounded_down_to_0_hz_is_drawn_again():
    """Of "en/crossover", whose pass bands may be wider than their centre."""
    stream = PublishedStream(resolve(load_preset("real") | {"answer_style": "by-hand"}), "test_ood")
    spec = stream.record(640)["meta"]["spec"]
    assert all(value for value in spec.values())
