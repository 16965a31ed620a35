"""Which clauses go together in one request: registers, frequencies, topics, characters."""

import re
from collections import Counter
from dataclasses import replace
from importlib.resources import files

import pytest
from rf_jsonl import loads
from rf_synth.calls import solve_call
from rf_synth.calls.characters import simplified, traditional
from rf_synth.calls.multiples import multiple
from rf_synth.dataset.recipe import load_preset, resolve
from rf_synth.dataset.request_stream import TRADITIONAL_SHARE, RequestStream
from rf_synth.requests.clause_writer import ClauseWriter
from rf_synth.requests.clauses import assemble
from rf_synth.requests.filters import draw_values
from rf_synth.requests.habits import voices_with
from rf_synth.requests.labels import assemble as assemble_list
from rf_synth.requests.labels import pool as labels_of
from rf_synth.requests.layout import laid_out
from rf_synth.requests.mixing import VOCABULARIES, is_entry, with_terms
from rf_synth.requests.plausible import draw_frequency
from rf_synth.requests.printing import Hand, draw_hand, printed
from rf_synth.requests.slots import Slot, parse
from rf_synth.requests.variation import in_lower_case, in_traditional_characters, varied
from rf_synth.requests.voices import all_requests
from rf_synth.requests.wordings import (
    REGISTERS,
    ClauseError,
    Wording,
    all_wordings,
    choice_of,
    clauses,
    closed_by,
    fitting,
    read_wording,
)
from rf_synth.specs.draws import Draws

GRID = sorted({draw_frequency(Draws(f"grid:{i}")) for i in range(3000)})
"""All frequency ranges of requests made from clauses."""


def lists(pool, path=()):
    """(path, clauses) of every list of a pool."""
    for name, part in pool.items():
        if isinstance(part, dict):
            yield from lists(part, (*path, name))
        else:
            yield (*path, name), part


def test_a_clause_is_a_text_or_an_object():
    assert read_wording("up to {edge}") == Wording("up to {edge}")
    limited = read_wording(
        {"text": "mains hum", "register": "chat", "freq": [10, 1e3], "topic": "history"}
    )
    assert limited == Wording("mains hum", frozenset(["chat"]), (10.0, 1e3), "history")


@pytest.mark.parametrize(
    "entry",
    [
        {"text": "x", "tone": "chat"},
        {"register": "chat"},
        {"text": "x", "register": "loud"},
        {"text": "x", "register": []},
        {"text": "x", "freq": [1e6, 1e3]},
    ],
)
def test_a_wrong_clause_is_refused(entry):
    with pytest.raises(ClauseError):
        read_wording(entry)


def test_a_clause_fits_its_register_and_its_frequencies():
    mains = Wording("mains hum", frozenset(["chat"]), (10.0, 1e3))
    assert mains.fits("chat", (50.0, 70.0))
    assert not mains.fits("formal", (50.0, 70.0))
    assert not mains.fits("chat", (900.0, 1200.0))
    assert all(Wording("fc {edge}").fits(register, (1e9, 2e9)) for register in REGISTERS)


def test_an_excluded_topic_is_not_chosen_and_all_others_are():
    texts = [("a", "power"), ("b", "price"), ("c", ""), ("d", "price"), ("e", "size")]
    choice = choice_of([Wording(text, topic=topic) for text, topic in texts])
    draws = Draws("topics")
    picked = Counter(choice.pick(draws, {"price", "thanks"}).text for _ in range(600))
    assert set(picked) == {"a", "c", "e"} and min(picked.values()) > 150
    only_price = choice_of([Wording("b", topic="price")])
    assert only_price.pick(draws, {"price"}) is None


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_list_has_a_clause_for_every_request(lang):
    """For all registers and frequencies, with enough clauses to choose from."""
    for path, found in lists(clauses(lang)):
        for register in REGISTERS:
            for frequency in GRID:
                fit = fitting(lang, path, register, frequency).wordings
                assert len(fit) >= min(3, len(found)), (path, register, frequency)
                if path[0] == "heads" or path == ("unnamed",):
                    assert fitting(lang, path, register, frequency, "{F}").wordings, path


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_a_request_needs_does_not_run_out(lang):
    """Even if all topics are excluded, every list that a request needs still has a clause."""
    spare = {"noise", "openings", "closings", "open", "order"}
    for path, found in lists(clauses(lang)):
        for register in REGISTERS if path[0] not in spare else ():
            containing = "{F}" if path[0] in ("heads", "unnamed") else ""
            fit = fitting(lang, path, register, (1e8, 1.1e8), containing).wordings
            assert sum(not wording.topic for wording in fit) >= min(2, len(found)), (path, register)


def test_a_writer_observes_register_frequency_and_topics():
    known = {w.text: w for lang in ("zh", "en") for w in all_wordings(lang)}
    for i in range(300):
        draws = Draws(f"writer:{i}")
        frequency, register = draw_frequency(draws), draws.pick(REGISTERS)
        writer = ClauseWriter(draws, "mix", frequency, register)
        names = ("noise", "noise", "noise", "openings", "closings")
        said = [known[text] for name in names if (text := writer.one(name))]
        assert all(wording.fits(register, frequency) for wording in said)
        topics = [wording.topic for wording in said if wording.topic]
        assert len(topics) == len(set(topics))


def test_a_varied_request_says_nothing_twice():
    known = {w.text: w for lang in ("zh", "en") for w in all_wordings(lang)}
    for i in range(300):
        draws = Draws(f"twice:{i}")
        request = assemble(draws, "en", "full", "lowpass")
        other = varied(draws, request)
        assert other.topics >= request.topics
        added = {known[text].topic for text in known if text == other.turns[0][0].argument}
        assert not (added - {""}) & request.topics


def test_punctuation_is_not_doubled():
    for i in range(400):
        draws = Draws(f"marks:{i}")
        register = draws.pick(REGISTERS)
        text = laid_out(
            draws, "en", register, ["need an LPF!", "what order?", "fc 3 MHz"], ("Hi,", "")
        )
        assert not any(pair in text for pair in ("!.", "?.", ",.", "!,", "?,", ",,", ".."[:2] * 2))


# ── characters ──────────────────────────────────────────────────────────────────────────────────


def test_clauses_and_labels_are_in_simplified_characters():
    """The keys of the table are simplified, its values are not."""
    written = _only_traditional()
    for lang in ("zh", "mix"):
        text = "".join(w.text for w in all_wordings("zh")) if lang == "zh" else ""
        text += str(labels_of(lang))
        assert not written & set(text), lang


def _only_traditional():
    """Characters that do not occur in simplified text."""
    table = loads(files("rf_synth.calls").joinpath("traditional.json").read_bytes())
    single = {key: other for key, other in table.items() if len(key) == 1}
    return set(single.values()) - set(single) - set("乾著")


@pytest.mark.parametrize(
    ("simplified", "taiwan"),
    [
        ("带通滤波器，带内纹波", "帶通濾波器，帶內紋波"),
        ("干扰在后面", "干擾在後面"),
        ("尽快回复，联系方式不变", "儘快回覆，聯繫方式不變"),
        ("标签重复，请复核", "標籤重複，請複核"),
        ("LPF {edge} 50Ω", "LPF {edge} 50Ω"),
    ],
)
def test_traditional_characters_are_those_of_taiwan(simplified, taiwan):
    assert traditional(simplified) == taiwan


def test_a_word_means_the_same_in_both_scripts():
    """The solver reads every word that a Chinese or mixed request may copy in both scripts."""
    words = {(slot.key, slot.argument) for request in all_requests() for slot in request.slots
             if slot.kind == "words" and request.lang != "en"}  # fmt: skip
    for wording in all_wordings("zh"):
        text = wording.text.replace("!U}", "!MHz}").replace("{U}", "MHz").replace("{F}", "x")
        words |= {(s.key, s.argument) for s in parse(text) if s.kind == "words"}
    words |= {("family", w.text) for found in clauses("zh")["families"].values() for w in found}
    for key, text in sorted(words):
        other = traditional(text)
        assert _read(key, text) == _read(key, other), (key, text, other)
        assert simplified(other) == simplified(text)
    assert sum(traditional(text) != text for _, text in words) > 100


def _read(key, text):
    if key.startswith("multiple"):
        return multiple(text)
    around = {"family": LOWPASS | {"edge": "5 MHz"}, "edge_db": LOWPASS | {"edge": "5 MHz"}}
    result = solve_call(around.get(key, {}) | {key: text})
    return [result.get(name) for name in ("status", "reason_code", "spec", "order", "missing")]


LOWPASS = {"band": "low-pass", "ripple": "0.1 dB", "stop1": "9 MHz", "att": "40 dB"}


def test_one_request_in_twenty_is_in_traditional_characters():
    stream = RequestStream(resolve(load_preset("real")), "train")
    written = _only_traditional()
    records = [stream.record(i) for i in range(1500)]
    texts = [
        "".join(m["content"] for m in r["messages"] if m["role"] == "user")
        for r in records
        if r["meta"]["lang"] != "en" and r["meta"]["voice"] not in voices_with("traditional")
    ]
    several = [text for text in texts if len(set(text) & written) > 1]
    assert len(several) / len(texts) == pytest.approx(TRADITIONAL_SHARE, abs=0.02)


def test_the_words_of_a_call_change_with_the_text():
    request = next(r for r in all_requests() if r.lang == "zh" and "滤波器" in str(r.turns))
    other = in_traditional_characters(request)
    assert "濾波器" in str(other.turns) and "滤" not in str(other.turns)


# ── numbers ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("register", REGISTERS)
def test_numbers_are_printed_as_the_register_requires(register):
    hands = [draw_hand(Draws(f"hand:{i}"), "en", register) for i in range(600)]
    of_programs = {hand.frequency for hand in hands} & {"exponent", "hertz"}
    assert bool(of_programs) == (register == "form")
    said = any(hand.spoken for hand in hands)
    assert not said, "numbers in words are dictated, not typed"


def test_every_form_of_a_number_occurs():
    forms = {draw_hand(Draws(f"form:{i}"), "zh", r).frequency for i in range(600) for r in _ANY}
    assert forms == {"auto", "mega", "letter", "lower", "hertz", "exponent", "han"}


_ANY = ("", *REGISTERS)


def test_voices_print_numbers_as_they_would():
    """Letters never have `1.3e+09 Hz`, and only speech has numbers in words."""
    for request in all_requests():
        hands = [draw_hand(Draws(f"{i}"), request.lang, request.numbers_as) for i in range(40)]
        assert any(hand.spoken for hand in hands) == (request.voice in voices_with("speech"))
        in_hertz = any(hand.frequency in ("hertz", "exponent") for hand in hands)
        assert in_hertz == (request.numbers_as == "program"), request.voice
    assert {r.numbers_as for r in all_requests()} == {"", "formal", "program", "speech"}


def test_a_kilohm_keeps_its_sign():
    hand = Hand(gap="", frequency="auto", decibel="dB", ohm="Ω")
    slot = parse("{z0}")[0]
    assert printed(hand, Draws("ohm"), slot, 6000)[0] == "6kΩ"
    request = assemble(Draws("ohms"), "en", "full", "lowpass")
    units = (Slot("apart", "z0", "kΩ"),)
    lowered = in_lower_case(Draws("x"), replace(request, turns=(units,)))
    assert lowered.turns[0][0].argument == "kΩ"


def test_homework_is_not_for_sale():
    assert "price" in closed_by("homework") and "homework" in closed_by("price")
    assert closed_by("order") == {"order"} and closed_by("") == frozenset()


def test_the_stop_edges_of_a_list_agree_with_their_labels():
    """Counted in the order of the text, whatever the order of the lines."""
    swapped = 0
    for i in range(400):
        request = assemble_list(Draws(f"sides:{i}"), "en", "full", "bandpass")
        points = [slot.key for slot in request.slots if slot.key.startswith("stop")]
        assert points == [f"stop{n}" for n in range(1, len(points) + 1)]
        if len(points) == 2:
            assert set(request.upper.values()) == {True, False}
            values = draw_values(Draws(f"values:{i}"), request)
            upper = next(point for point, side in request.upper.items() if side)
            assert values[f"stop{upper}"] > values[f"stop{3 - upper}"]
            swapped += upper == 1
    assert swapped > 10


def test_a_request_without_a_band_has_a_pass_band_wider_than_zero():
    """Also for a duplexer or a tunable filter, no zero is printed."""
    found = 0
    for request in all_requests():
        if request.band is None and any(slot.key == "width" for slot in request.slots):
            found += 1
            assert draw_values(Draws(request.id), request)["width"] > 0, request.id
    assert found


# ── English in Chinese requests ─────────────────────────────────────────────────────────────────


def test_terms_change_words_but_not_slots():
    text = "{band:带通}，通带纹波{ripple}，带宽{width}，驻波{vswr}"
    english = "{band:带通}，passband ripple {ripple}，bandwidth {width}，驻波{vswr}"
    assert with_terms(text, 1, "") == english
    assert with_terms("插损小的滤波器", 1, " ") == "IL 小的 filter"
    assert with_terms("RL和带宽", 1, "") == "RL和带宽"
    for wording in all_wordings("zh"):
        for vocabulary in range(len(VOCABULARIES)):
            other = with_terms(wording.text, vocabulary, "")
            assert re.findall(r"\{[^}]*\}", other) == re.findall(r"\{[^}]*\}", wording.text)


def test_only_entries_without_grammar_occur_in_chinese_text():
    assert is_entry("{att1} @ {stop1}") and is_entry("SMA connectors")
    assert not is_entry("the loss is {att}") and not is_entry("haven't thought about ripple")
    chinese = {wording.text for wording in all_wordings("zh")}
    for i in range(300):
        writer = ClauseWriter(Draws(f"mixed:{i}"), "mix", (1e8, 1.1e8), "chat")
        said = [writer.one("ripple"), writer.one("noise")]
        assert all(text in chinese or is_entry(text) for text in said)
        assert writer.one("openings") in chinese
