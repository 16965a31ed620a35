"""Records: exact counts, the same bytes everywhere, nothing shared, everything readable."""

import itertools
import json
import os
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rf_synth.dataset.plan import Composition, Plan, apportion
from rf_synth.dataset.recipe import load_preset, override, preset_names, resolve
from rf_synth.dataset.stream import RecordStream
from rf_synth.dataset.writer import Shard, write_dataset
from rf_synth.language import LANGUAGES, held_out_families
from rf_synth.language.reading import bands_named, quantities, skeleton, wording
from rf_synth.schemas import load_schema
from rf_synth.specs.return_loss import RIPPLES, ripple_from_return_loss, ripple_from_vswr
from rf_synth.specs.split_sectors import SECTORS, sectors_of
from rf_synth.verify.record import RecordChecker

SPLITS = ("train", "val", "test", "test_ood")
PAPER = {  # total, full, resolve, question, low, band, high, zh (with mixed), en
    "train": (25168, 21853, 2335, 980, 10148, 7577, 6463, 20785, 4383),
    "val": (1415, 1238, 132, 45, 535, 426, 409, 1167, 248),
    "test": (1372, 1204, 113, 55, 575, 339, 403, 1143, 229),
    "test_ood": (1372, 1204, 113, 55, 575, 339, 403, 1143, 229),
}


@pytest.fixture(scope="module")
def paper(tmp_path_factory):
    folder = tmp_path_factory.mktemp("paper")
    write_dataset(resolve(load_preset("paper")), folder, workers=2)
    return folder


@pytest.fixture(scope="module")
def records(paper):
    return {
        split: [json.loads(line) for line in open(paper / f"{split}.jsonl", encoding="utf-8")]
        for split in SPLITS
    }


@pytest.fixture(scope="module")
def loose():
    """Training samples of a recipe with shared frames; half of the requests are brief."""
    values = load_preset("paper")
    override(values, "splits.train.dialogue={shared_frames: 1, shorthand: 0.5}")
    recipe = resolve(values)
    stream = RecordStream(recipe, "train")
    return recipe, [stream.record(i) for i in range(6000)]


@pytest.mark.parametrize("split", SPLITS)
def test_the_paper_preset_has_the_published_counts(records, split):
    types, bands, langs = Counter(), Counter(), Counter()
    for record in records[split]:
        meta = record["meta"]
        types[meta["type"]] += 1
        langs[meta["lang"]] += 1
        if meta["type"] != "followup_question":
            bands[meta["band"]] += 1
    found = (
        len(records[split]),
        *(types[t] for t in ("full", "followup_resolve", "followup_question")),
        *(bands[b] for b in ("lowpass", "bandpass", "highpass")),
        langs["zh"] + langs["mix"],
        langs["en"],
    )
    assert found == PAPER[split]
    assert langs["mix"] / (langs["zh"] + langs["mix"]) == pytest.approx(1 / 3, abs=0.01)


def test_there_are_twenty_thousand_skeletons(records):
    texts = (r["messages"][1]["content"] for split in SPLITS[:3] for r in records[split])
    assert len({re.sub(r"\d", "#", skeleton(text)) for text in texts}) >= 20_000


def test_no_request_occurs_twice_and_no_specification_in_two_splits(records):
    requests = [r["messages"][1]["content"] for split in SPLITS for r in records[split]]
    assert len(set(requests)) == len(requests)
    owners = {}
    for split in SPLITS:
        for record in records[split]:
            if record["meta"]["type"] != "followup_question":
                key = json.dumps(record["meta"]["spec"])
                assert owners.setdefault(key, split) == split


def test_held_out_families_occur_only_in_test_ood(records):
    kept = held_out_families()
    for split in SPLITS:
        families = {record["meta"]["phrasing"] for record in records[split]}
        assert (families <= kept) if split == "test_ood" else not families & kept
    ood = {skeleton(r["messages"][1]["content"]) for r in records["test_ood"]}
    others = {skeleton(r["messages"][1]["content"]) for s in SPLITS[:3] for r in records[s]}
    assert not ood & others


def values_in(text):
    """All quantities of a text as {kind: values}, independently of the package's parser."""
    text = unicodedata.normalize("NFKC", text).replace("Ω", "ohm").replace("Ω", "ohm")
    powers = {"吉赫": 9, "千兆赫": 9, "兆赫": 6, "GHz": 9, "MHz": 6, "Hz": 0, "G": 9, "M": 6}
    powers |= {"ghz": 9, "mhz": 6}
    found = {"Hz": [], "dB": [], "ohm": [], "": []}
    for match in re.finditer(r"(?<![A-Za-z0-9])[0-9]+(?:\.[0-9]+)?(?:e[0-9]+)?", text):
        value = Decimal(match.group())
        rest = text[match.end() :].lstrip(" ")
        unit = next((u for u in sorted(powers, key=len, reverse=True) if rest.startswith(u)), None)
        if unit:
            found["Hz"].append(value * 10 ** powers[unit])
        elif rest.startswith(("dB", "db", "分贝")):
            found["dB"].append(value)
        elif rest.startswith(("ohm", "欧")) or re.match("R(?![A-Za-z0-9])", rest):
            found["ohm"].append(value)
        elif re.search(
            r"(?:(?<![a-z])z[0o]?|r0|impedance|阻抗)[ =:]*$", text[: match.start()].lower()
        ):
            found["ohm"].append(value)  # the unit is left out where the name tells it
        else:
            found[""].append(value)
    return found


def test_every_number_of_an_answer_is_in_the_users_messages(records, loose):
    for record in itertools.chain(*records.values(), loose[1]):
        if record["meta"]["type"] == "followup_question":
            continue
        user = "\n".join(m["content"] for m in record["messages"] if m["role"] == "user")
        said = values_in(user)
        answer = json.loads(record["messages"][-1]["content"], parse_float=Decimal)
        for key, value in answer.items():
            if key in ("filter_type", "filter_band", "order"):
                continue
            kind = {"R0": "ohm", "ripple_db": "dB", "La_target": "dB"}.get(key, "Hz")
            assert value in said[kind], (record["id"], key, value, user)


def test_what_is_missing_is_not_stated_and_is_asked_for(records, loose):
    for record in itertools.chain(*records.values(), loose[1]):
        meta = record["meta"]
        if meta["type"] == "full":
            continue
        said = values_in(record["messages"][1]["content"])
        frequencies = {"fc", "fs", "f_center", "bandwidth", "fs_lower", "fs_upper"}
        given = frequencies - set(meta["missing"])
        band_keys = {"fc", "fs"} if meta["band"] != "bandpass" else frequencies - {"fc", "fs"}
        assert len(said["Hz"]) == len(given & band_keys) >= 1, record["id"]
        assert ("R0" in meta["missing"]) == (not said["ohm"]), record["id"]
        stated = 2 - len({"ripple_db", "La_target"} & set(meta["missing"]))
        assert len(set(said["dB"])) <= stated  # an attenuation may be told at both edges
        assert 1 <= len(meta["missing"]) <= 4
        if "filter_band" in meta["missing"]:
            assert {"fc", "fs"} & set(meta["missing"])
            request = re.sub("低通原型|low-pass prototype", "", record["messages"][1]["content"])
            assert not re.search("低通|高通|带通|[LHB]PF|(?i:(low|high|band)[ -]?pass\\b)", request)


def test_records_and_answers_follow_their_schemas(records):
    record_schema = jsonschema.Draft202012Validator(load_schema("record"))
    answer_schema = jsonschema.Draft202012Validator(load_schema("answer"))
    for record in records["val"] + records["test_ood"]:
        record_schema.validate(record)
        if record["meta"]["type"] != "followup_question":
            answer = json.loads(record["messages"][-1]["content"])
            answer_schema.validate(answer)
            assert list(answer)[-1] == "order"
            assert {k: v for k, v in answer.items() if k != "order"} == record["meta"]["spec"]


def test_metadata_and_recipes_follow_their_schemas(paper):
    metadata = json.loads((paper / "metadata.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(load_schema("metadata")).validate(metadata)
    for name in preset_names():
        jsonschema.Draft202012Validator(load_schema("recipe")).validate(load_preset(name))


def small(**changes):
    values = load_preset("quickstart")
    for split, count in (("train", 300), ("val", 40), ("test", 40), ("test_ood", 40)):
        override(values, f"splits.{split}.count={count}")
    for key, value in changes.items():
        override(values, f"{key}={json.dumps(value)}")
    return values


def digest(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.jsonl")}


@pytest.mark.parametrize("style", ["json", "derivation"])
def test_the_bytes_do_not_depend_on_workers_or_runs(tmp_path, style):
    recipe = resolve(small(answer_style=style))
    for name, workers in (("one", 1), ("two", 2), ("three", 3), ("again", 1)):
        write_dataset(recipe, tmp_path / name, workers=workers)
    assert len({str(digest(tmp_path / name)) for name in ("one", "two", "three", "again")}) == 1


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_the_bytes_do_not_depend_on_the_hash_seed(tmp_path, hash_seed):
    recipe = resolve(small())
    write_dataset(recipe, tmp_path / "here")
    command = [sys.executable, "-m", "rf_synth", "generate", "--out", str(tmp_path / "there")]
    for split, count in recipe.counts.items():
        command += ["--set", f"splits.{split}.count={count}"]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    subprocess.run(command, check=True, env=environment, capture_output=True)
    assert digest(tmp_path / "here") == digest(tmp_path / "there")


def test_shards_together_are_the_whole_data_set(tmp_path):
    recipe = resolve(small())
    write_dataset(recipe, tmp_path / "whole")
    for k in range(1, 8):
        write_dataset(recipe, tmp_path / "shards", shard=Shard(k, 7))
    for split in SPLITS:
        parts = sorted((tmp_path / "shards").glob(f"{split}.shard-*.jsonl"))
        assert len(parts) == 7
        joined = b"".join(part.read_bytes() for part in parts)
        assert joined == (tmp_path / "whole" / f"{split}.jsonl").read_bytes()


def test_a_longer_run_begins_with_the_shorter_one(tmp_path):
    values = small()
    write_dataset(resolve(values), tmp_path / "short")
    write_dataset(resolve(values, {"train": 750}), tmp_path / "long")
    short = (tmp_path / "short" / "train.jsonl").read_bytes()
    long = (tmp_path / "long" / "train.jsonl").read_bytes()
    assert long.startswith(short)
    assert long.count(b"\n") == 750


def test_two_seeds_share_no_request():
    seen = [set(), set()]
    for seed in (42, 43):
        stream = RecordStream(resolve(load_preset("paper") | {"seed": seed}), "train")
        for i in range(3000):
            seen[seed - 42].add(stream.record(i)["messages"][1]["content"])
    assert not seen[0] & seen[1]


def test_any_record_can_be_generated_alone():
    recipe = resolve(load_preset("paper"))
    forward, alone = RecordStream(recipe, "test"), RecordStream(recipe, "test")
    everything = [forward.record(i) for i in range(60)]
    assert [alone.record(i) for i in reversed(range(60))] == everything[::-1]


def test_return_loss_and_vswr_take_the_place_of_ripple():
    recipe = resolve(small(**{"dialogue.return_loss": 0.5, "dialogue.vswr": 0.5}))
    stream = RecordStream(recipe, "train")
    for i in range(200):
        record = stream.record(i)
        if record["meta"]["type"] != "full":
            continue
        said = values_in(record["messages"][1]["content"])
        ripple = record["meta"]["spec"]["ripple_db"]
        by_loss = {ripple_from_return_loss(float(v)) for v in said["dB"] if v > 5}
        by_vswr = {ripple_from_vswr(float(v)) for v in said[""] if 1 < v <= 3}
        assert ripple in by_loss | by_vswr, record


def test_with_shared_frames_the_wording_does_not_reveal_what_is_missing(paper, loose):
    recipe, records = loose
    asked_in = {True: Counter(), False: Counter()}
    for record in records:
        asked_in[record["meta"]["type"] == "full"][record["meta"]["phrasing"]] += 1
    complete, incomplete = asked_in[True], asked_in[False]
    for code in ("zh", "en", "mix"):
        of_both = [name for name in complete.keys() & incomplete.keys() if name.startswith(code)]
        assert len(of_both) > 20, code
    for own, found in (("full", complete), ("partial", incomplete)):
        assert sum(n for name, n in found.items() if f".{own}." in name) < 0.8 * found.total()
    assert not (complete | incomplete).keys() & held_out_families()
    # "Design a …": held out where all is told, used where something is missing, so never shared
    assert "zh.full.design" in held_out_families()
    assert "zh.partial.design" in incomplete
    assert "zh.partial.design" not in complete
    lines = (paper / "test_ood.jsonl").read_bytes().splitlines()
    kept = {skeleton(json.loads(line)["messages"][1]["content"]) for line in lines}
    assert not kept & {skeleton(record["messages"][1]["content"]) for record in records}
    # what is said of one split changes no other
    val = (paper / "val.jsonl").read_bytes().splitlines(keepends=True)
    assert list(RecordStream(recipe, "val").lines(0, 100)) == val[:100]


def test_shorthand_is_brief_and_provable(loose, records):
    def length(several, code, frames):
        """Mean number of characters, without numbers, of complete requests."""
        texts = [
            skeleton(r["messages"][1]["content"])
            for r in several
            if r["meta"]["phrasing"] in {f.id for f in frames} and r["meta"]["type"] == "full"
        ]
        assert len(texts) > 50
        return sum(map(len, texts)) / len(texts)

    for code, language in LANGUAGES.items():
        brief = length(loose[1], code, language.shorthand.frames)
        assert brief < 0.85 * length(records["train"], code, language.full)
    checker = RecordChecker()
    for record in loose[1]:
        assert checker.problems(record, "train") == []
    # what is not known yet may be said so, and only then
    unknown = [r for r in loose[1] if "待定" in r["messages"][1]["content"]]
    assert unknown
    assert all(record["meta"]["missing"] for record in unknown)


def test_bands_and_units_are_recognized_in_all_spellings():
    assert quantities("1.2.3 dB, 5. GHz, 2e2 ohm, 0.0000000001 GHz") == (
        {5 * 10**9, Decimal("0.1")}, set(), {200.0}, set(),
    )  # fmt: skip
    assert quantities("１．５GHz，０．１dB，50 \u2126，−40 dBc") == (
        {1_500_000_000}, {0.1, 40.0}, {50.0}, set(),
    )  # fmt: skip
    assert quantities("2.4 Ghz, 100mhz, 30db, 50R, Z0=75") == (
        {2_400_000_000, 100_000_000}, {30.0}, {50.0, 75.0}, set(),
    )  # fmt: skip
    # the number behind an impedance's name is not its value where another unit follows
    assert quantities("端口阻抗待定，没给端口阻抗 30M宽，45R阻抗 12dB") == (
        {30_000_000}, {12.0}, {45.0}, set(),
    )  # fmt: skip
    assert bands_named("由低通原型出发设计切比雪夫BPF") == ["bandpass"]
    assert bands_named("Starting from the low-pass prototype, derive a high-pass") == ["highpass"]
    assert bands_named("从 low-pass prototype 出发设计 LPF") == ["lowpass"]
    assert bands_named("切比雪夫滤波器，低端阻带，passband") == []
    nested = "low-pass pro" * 5000 + "low-pass prototype" + "totype" * 5000
    assert bands_named(nested) == ["lowpass"]
    assert wording("３ dB, 2.4e9 Hz") == wording("0.1 dB, 1 Hz")


def test_ripples_agree_with_published_tables():
    losses = {10: 0.4576, 15: 0.1396, 20: 0.04365, 26: 0.01092}
    assert {v: ripple_from_return_loss(v) for v in losses} == losses
    ratios = {1.1: 0.00986, 1.2: 0.03604, 1.5: 0.1773, 2: 0.5115}
    for vswr, ripple in ratios.items():
        assert ripple_from_vswr(vswr) == pytest.approx(ripple, rel=1e-3)
    assert all(len(table) >= 9 for table in RIPPLES.values())


def test_splits_own_disjoint_sectors():
    owned = [sectors_of(split) for split in SPLITS]
    assert sum(map(len, owned)) == len(frozenset().union(*owned)) == SECTORS


@settings(max_examples=200)
@given(
    types=st.tuples(*[st.integers(0, 400)] * 3).filter(lambda t: sum(t) > 0),
    cut=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    offset=st.integers(0, 10**9),
)
def test_plans_have_exactly_the_requested_counts(types, cut, offset):
    total, answered = sum(types), types[0] + types[1]
    low, high = sorted(cut)
    bands = apportion(answered, [low + 1e-9, high - low + 1e-9, 1 - high + 1e-9])
    langs = apportion(total, [high + 1e-9, low + 1e-9, 0.5])
    composition = Composition(
        dict(zip(("full", "followup_resolve", "followup_question"), types, strict=True)),
        dict(zip(("lowpass", "highpass", "bandpass"), bands, strict=True)),
        dict(zip(("zh", "en", "mix"), langs, strict=True)),
    )
    plan = Plan(composition, offset)
    cells = [plan.cell(i) for i in range(total)]
    assert Counter(kind for kind, _, _ in cells) == Counter(dict(composition.types))
    assert Counter(lang for _, _, lang in cells) == Counter(dict(composition.langs))
    answered_bands = Counter(band for kind, band, _ in cells if kind != "followup_question")
    assert answered_bands == Counter(dict(composition.bands))
    assert plan.cell(total) == plan.cell(0)


def test_the_registration_and_the_card_list_every_split(paper):
    info = json.loads((paper / "dataset_info.json").read_text(encoding="utf-8"))
    assert {entry["file_name"] for entry in info.values()} == {f"{s}.jsonl" for s in SPLITS}
    assert all(entry["formatting"] == "sharegpt" for entry in info.values())
    card = Path(paper / "README.md").read_text(encoding="utf-8")
    assert "| train | 25,168 | 21,853 | 2,335 | 980 | 10,148 | 6,463 | 7,577 |" in card
    assert "arithmetic" in card
