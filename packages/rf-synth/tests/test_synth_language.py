"""The grammars: enough families, no two alike, nothing unsaid, every number form exact."""

import itertools
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from rf_synth.language import LANGUAGES, held_out, held_out_families
from rf_synth.language.compose import Composer
from rf_synth.language.numbers import FrequencyForm, decimal_text, scientific_text
from rf_synth.language.reading import bands_named, quantities
from rf_synth.specs.draws import Draws
from rf_synth.specs.minimum_order import BANDS

NAMES = (
    "fc",
    "fs",
    "f_center",
    "bandwidth",
    "fs_lower",
    "fs_upper",
    "ripple_db",
    "La_target",
    "R0",
)
EDGES = {
    "lowpass": ["fc", "fs"],
    "highpass": ["fc", "fs"],
    "bandpass": ["f_center", "bandwidth", "fs_lower", "fs_upper"],
}


@pytest.mark.parametrize("code", LANGUAGES)
def test_there_are_enough_families(code):
    language = LANGUAGES[code]
    assert len(language.full) >= 40
    assert len(language.partial) >= 15
    assert len(language.replies) >= 15


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_two_families_can_look_alike(code):
    language = LANGUAGES[code]
    for group in (language.full, language.partial, language.replies, language.shorthand.frames):
        seen = {}
        for frame in group:
            for text in expansions((*frame.before, "¦", *frame.after)):
                table = frame.layout if frame.layout in ("prose", "spoken") else frame.sep
                form = (text, frame.joiner, table, frame.bullet, frame.layout)
                assert seen.setdefault(form, frame.id) == frame.id, f"{frame.id} = {seen[form]}"


def expansions(parts):
    options = [part if isinstance(part, tuple) else (part,) for part in parts]
    return {"".join(choice) for choice in itertools.product(*options)}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_parameter_can_be_stated_in_every_layout(code):
    language = LANGUAGES[code]
    for name in (*NAMES, "return_loss", "vswr"):
        assert language.clauses[(name,)]
        assert language.spoken[(name,)]
        assert all((name,) in table for table in language.shorthand.clauses.values())
        assert language.shorthand.labels[name]
        assert language.names[name]
        assert language.symbols[name]
    assert set(language.asked) == {*NAMES, "filter_band"}
    assert all(language.heads[band] and language.bands[band] for band in BANDS)


def test_fifteen_percent_of_the_families_are_held_out():
    for language in LANGUAGES.values():
        for group in (language.full, language.partial, language.replies):
            assert 0.12 <= len(held_out(group)) / len(group) <= 0.18
    assert len(held_out_families()) == 39


SPEC = {
    "fc": 1_500_000_000, "fs": 2_000_000_000, "f_center": 2_400_000_000,
    "bandwidth": 200_000_000, "fs_lower": 2_100_000_000, "fs_upper": 2_700_000_000,
    "ripple_db": 0.1, "La_target": 40, "R0": 50,
}  # fmt: skip


def test_no_table_has_an_unfilled_placeholder():
    stated = {
        "lowpass": ["fc", "fs"],
        "bandpass": ["f_center", "bandwidth", "fs_lower", "fs_upper"],
    }
    for code, language in LANGUAGES.items():
        composer = Composer(language)
        for band, edges in stated.items():
            names = [*edges, "ripple_db", "La_target", "R0"]
            frames = language.full + language.partial + language.shorthand.frames
            for frame, i in itertools.product(frames, range(8)):
                if i > 3 and frame.layout == "prose":
                    frame = replace(frame, layout="shorthand")
                text = composer.request(Draws(f"{frame.id}{i}"), frame, SPEC, names, band)
                assert not re.search(
                    r"[{}_¦~]|\[\w+\||  \S",
                    text.replace("f_", "").replace("s_", "").replace("a_t", ""),
                ), text
                assert code == "en" or re.search("[\u4e00-\u9fff]", text), text
                assert code != "en" or not re.search("[\u4e00-\u9fff]", text), text


def told(code, group, draws=40):
    """Requests and replies of all frames of a language that state these parameters."""
    language = LANGUAGES[code]
    composer = Composer(language)
    for frame, i in itertools.product(language.full + language.partial, range(draws)):
        yield frame, composer.request(Draws(f"{frame.id}:{i}"), frame, SPEC, group, "lowpass")
    for frame, i in itertools.product(language.replies, range(draws)):
        yield frame, composer.reply(Draws(f"{frame.id}:{i}"), frame, SPEC, group, None)


def test_units_agree_with_the_following_word():
    texts = [text for _, text in told("en", ["fc", "R0"])]
    assert any("50 ohm ports" in text or "50 ohm terminations" in text for text in texts)
    assert any(re.search(r"impedance of 50 ohms\b", text) for text in texts)
    behind = {word for text in texts for word in re.findall(r"ohms (\w+)", text)}
    assert behind <= {"and", "need"}, behind
    assert not [text for _, text in told("mix", ["fc", "R0"]) if "欧" in text]


@pytest.mark.parametrize("code", ["zh", "mix"])
def test_there_is_no_space_between_han_characters(code):
    composer = Composer(LANGUAGES[code])
    for i in range(300):
        for name in ("R0", "bandwidth", "ripple_db", "La_target"):
            text = composer.correction(Draws(f"{code}:{name}:{i}"), name, SPEC[name])
            assert not re.search("[\u4e00-\u9fff] [\u4e00-\u9fff]", text), text
    for frame, text in told(code, ["fc", "fs", "ripple_db", "La_target", "R0"]):
        assert ".reply." in frame.id or re.search("[\u4e00-\u9fff]", text), text
        if " " not in frame.joiner:
            assert not re.search("[\u4e00-\u9fff] [\u4e00-\u9fff]", text), text


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_clause_can_occur(code):
    """A clause for several parameters that no order of mention reaches would be useless."""
    language = LANGUAGES[code]
    composer = Composer(language)
    for table in (language.clauses, language.spoken):
        for group in (group for group in table if len(group) > 1):
            names = [name for name in NAMES if name in group]
            forms = language.forms[0]
            said = set()
            for i in range(600):
                draws = Draws(f"{group}{i}")
                groups = composer._groups(draws, table, names)
                said.update(composer._clauses(draws, table, forms, SPEC, groups))
            wanted = sum(len(told) for stated, told in table.items() if set(stated) <= set(names))
            assert len(said) == wanted, group


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_brief_clause_occurs(code):
    composer, table = Composer(LANGUAGES[code]), LANGUAGES[code].shorthand.clauses
    for band, edges in EDGES.items():
        names, found = [*edges, "ripple_db", "La_target", "R0"], set()
        for i in range(1500):
            found.update(composer._joined_freely(Draws(f"{code}{band}{i}"), band, names))
        assert found == {group for group in table[band] if set(group) <= set(names)}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_number_form_prints_the_value_exactly(code):
    units = {"GHz": 9, "MHz": 6, "Hz": 0, "吉赫": 9, "千兆赫": 9, "兆赫": 6, "G": 9, "M": 6}
    units |= {"ghz": 9, "mhz": 6}
    wide = str.maketrans("０１２３４５６７８９．", "0123456789.")
    for forms in (*LANGUAGES[code].forms, *LANGUAGES[code].shorthand.forms):
        for value in (
            10_000_000,
            99_990_000,
            123_450_000,
            2_400_000_000,
            10_010_000_000,
            7_001_000,
        ):
            text = forms.text("fc", value).translate(wide)
            number, unit = re.fullmatch(r"([\d.e]+) ?(\D+)", text).groups()
            assert Decimal(number).scaleb(units[unit]) == value, text
        assert forms.text("ripple_db", 0.05).translate(wide).startswith("0.05")
        assert forms.text("R0", 75).translate(wide).startswith("75")


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_brief_request_states_everything_once(code):
    """Even if the head states a frequency; an impedance without a unit has a name."""
    composer, brief = Composer(LANGUAGES[code]), LANGUAGES[code].shorthand
    told_by_name = set()
    for band, edges in EDGES.items():
        names = [*edges, "ripple_db", "La_target", "R0"]
        values = {**SPEC, "R0": 57, "La_target": 43, "ripple_db": 0.13}
        for frame, i in itertools.product(brief.frames, range(20)):
            draws = Draws(f"{frame.id}{band}{i}")
            text = composer.request(draws, frame, values, names, band)
            said = quantities(text)
            assert said.hertz == {values[edge] for edge in edges}, text
            assert (said.decibels, said.ohms) == ({0.13, 43.0}, {57.0}), text
            assert text.count("57") == text.count("0.13") == 1, text
            assert text.count("43") <= 2, text  # "40 dB at 2.2 GHz, 40 dB at 2.6 GHz"
            assert bands_named(text) == [band], text
        told_by_name |= {name for head in brief.heads[band] for name in head.names}
    assert told_by_name == {"fc", "f_center", "R0"}
    for frame, i in itertools.product(brief.frames, range(10)):
        text = composer.request(Draws(f"{frame.id}{i}"), frame, SPEC, ["fs", "R0"], None)
        assert bands_named(text) == [], text
    alone = composer.request(Draws("alone"), brief.frames[0], SPEC, ["f_center"], "bandpass")
    assert quantities(alone).hertz == {SPEC["f_center"]}


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_brief_request_may_say_what_is_not_known(code):
    """In all wordings, for all parameters; no number is added or lost."""
    language = LANGUAGES[code]
    composer, brief, given = Composer(language), language.shorthand, ["f_center", "fs_upper"]
    said, ways = [], {*brief.pending, *brief.unset}
    for frame, i in itertools.product(brief.frames, range(60)):
        name = ("bandwidth", "fs_lower", "ripple_db", "La_target", "R0")[i % 5]
        draws = Draws(f"{frame.id}{i}")
        text = composer.request(draws, frame, SPEC, given, "bandpass", pending=[name])
        assert quantities(text) == ({SPEC["f_center"], SPEC["fs_upper"]}, set(), set(), set()), text
        words = brief.labels[name] if frame.layout == "labels" else language.names[name]
        assert any(word.lower() in text.lower() for word in words), text
        said.append(text.replace(" ", "").lower())
    for way in ways:
        pieces = [piece.replace(" ", "").lower() for piece in way.split("{name}")]
        assert any(all(piece in text for piece in pieces) for text in said), way


@pytest.mark.parametrize("exponent", [6, 9])
def test_decimal_text_has_no_trailing_zeros(exponent):
    assert decimal_text(2 * 10**exponent, exponent) == "2"
    assert decimal_text(25 * 10 ** (exponent - 1), exponent) == "2.5"
    assert decimal_text(10 ** (exponent - 3), exponent) == "0.001"


def test_scientific_text_and_switching():
    assert scientific_text(2_400_000_000) == "2.4e9"
    assert scientific_text(10**9) == "1e9"
    form = FrequencyForm(" GHz", " MHz")
    assert form.text(999_000_000) == "999 MHz"
    assert form.text(1_000_000_000) == "1 GHz"


def test_questions_never_ask_for_the_order_and_name_all():
    for code, language in LANGUAGES.items():
        composer = Composer(language)
        for i, missing in enumerate(
            (["fc"], ["ripple_db", "R0"], ["filter_band", "fs", "La_target"])
        ):
            text = composer.question(Draws(f"{code}{i}"), missing)
            assert all(language.asked[name] in text for name in missing)
            assert not re.search(r"阶|order", text)
