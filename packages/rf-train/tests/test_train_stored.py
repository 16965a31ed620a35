"""Tokenised samples on disk: the same as in memory, found again, never half there, never stale."""

import json
import os
import time
from dataclasses import replace

import numpy as np
import pytest
from rf_jsonl import FileError
from rf_train.data import prefixes, samples, shuffle, stored, tokenised
from rf_train.data.rendering import render as render_dialogue
from rf_train.data.rendering import tokenise
from rf_train.data.sources import Source
from rf_train.data.templates import TEMPLATES
from rf_train.data.tokenised import read_samples

CHATML = TEMPLATES["chatml"]


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A cache folder of this test alone."""
    folder = tmp_path / "samples"
    monkeypatch.setenv(stored.FOLDER_VARIABLE, str(folder))
    return folder


@pytest.fixture
def read(tokenizer):
    """A factory: (path, settings) -> samples of a JSONL file."""

    def samples_of(*paths, template=CHATML, cutoff_len=500, **how):
        sources = [Source(path) for path in paths]
        return read_samples(sources, tokenizer, template, cutoff_len=cutoff_len, **how)

    return samples_of


def entries(root):
    return sorted(path.name for path in root.iterdir())


def contents(found):
    return [(found.sample(i)[0].tolist(), found.sample(i)[1].tolist()) for i in range(len(found))]


def test_mapped_samples_are_those_of_the_tokeniser(tmp_path, root, read, write_data, tokenizer):
    path = write_data(tmp_path / "d.jsonl", 30)
    found = read(path)
    expected = []
    for _, messages, _ in Source(path).dialogues():
        (example,) = tokenise(render_dialogue(messages, tokenizer, CHATML), tokenizer)
        expected.append((example.ids.tolist(), example.answer.tolist()))
    assert contents(found) == expected
    lengths = [len(ids) for ids, _ in expected]
    every = np.arange(30)
    assert found.lengths(every).tolist() == lengths
    assert found.answer_lengths(every).tolist() == [sum(marks) for _, marks in expected]
    assert found.sizes == (sum(lengths), sum(sum(m) for _, m in expected), max(lengths))
    assert found.files[0].ids.base is not None  # a view of a mapped file, no copy
    found.release()
    assert contents(found) == expected


def test_the_same_data_is_tokenised_once(tmp_path, root, read, write_data, monkeypatch):
    """Whatever decides tokens, or what is said about them, makes samples of their own."""
    path = write_data(tmp_path / "d.jsonl", 6)
    first = contents(read(path))
    calls = []
    real = tokenised.tokenise
    monkeypatch.setattr(tokenised, "tokenise", lambda *a: calls.append(1) or real(*a))
    assert contents(read(path)) == first
    assert (calls, len(entries(root))) == ([], 1)
    each = replace(CHATML, turns_differ=True)
    for how in ({"mask_history": True}, {"max_records": 4}, {"cutoff_len": 60}, {"template": each}):
        read(path, **how)
    write_data(path, 7)
    assert len(read(path)) == 7
    assert (len(calls), len(entries(root))) == (5, 6)


def test_what_is_known_beside_the_tokens_is_found_too(tmp_path, root, read):
    """System prompts, functions and what was left out, in the same order."""
    path = tmp_path / "d.jsonl"
    with open(path, "w", encoding="utf-8") as file:
        for prompt, answer in [("b", "x"), ("a", " "), ("b", "dB " * 400), ("", "y")]:
            turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": answer}]
            turns = [{"role": "system", "content": prompt}, *turns] if prompt else turns
            file.write(json.dumps({"messages": turns}) + "\n")
    made, found = (read(path, cutoff_len=100).summary for _ in range(2))
    assert made == found
    assert (made.records, made.systems.most_common()) == (4, [("b", 2), ("a", 1), ("", 1)])
    assert made.tools == {"[]": 4}
    assert made.skipped.places == {"empty answer": [f"{path}:2"], "over cutoff_len": [f"{path}:3"]}


@pytest.mark.parametrize("damage", ["no summary", "short", "unlike"])
def test_half_written_samples_are_made_again(tmp_path, root, read, write_data, damage):
    path = write_data(tmp_path / "d.jsonl", 6)
    first = contents(read(path))
    (name,) = entries(root)
    folder = root / name
    if damage == "no summary":
        (folder / "summary.json").unlink()
        (folder / "ids.bin").write_bytes(b"")
    elif damage == "short":
        os.truncate(folder / "ids.bin", 8)
    else:
        (folder / "summary.json").write_text("{}", encoding="utf-8")
    assert contents(read(path)) == first


def test_a_faulty_file_leaves_no_samples(tmp_path, root, read, write_data):
    path = write_data(tmp_path / "d.jsonl", 3000)  # more than are tokenised at once
    with open(path, "a", encoding="utf-8") as file:
        file.write("{}\n")
    for _ in range(2):
        with pytest.raises(FileError, match=r"d\.jsonl:3001: expected a list of messages"):
            read(path)
    assert not list(root.glob("*/*.bin")) and not list(root.glob("*/summary.json"))


def test_a_file_that_changes_while_it_is_read_is_refused(
    tmp_path, root, read, write_data, monkeypatch
):
    path = write_data(tmp_path / "d.jsonl", 6)
    real = tokenised.tokenise

    def while_someone_writes(*arguments):
        write_data(path, 9)
        return real(*arguments)

    monkeypatch.setattr(tokenised, "tokenise", while_someone_writes)
    with pytest.raises(FileError, match=r"d\.jsonl: was changed while it was read"):
        read(path)
    monkeypatch.undo()
    assert len(read(path)) == 9


def test_samples_nobody_opened_for_a_month_are_removed(tmp_path, root, read, write_data):
    names = {}
    for count in (3, 4, 5):
        names[count] = set(entries(root)) if root.exists() else set()
        read(write_data(tmp_path / f"{count}.jsonl", count))
        (names[count],) = set(entries(root)) - names[count] - set(list(names.values())[:-1])
    old = time.time() - 40 * 24 * 3600
    for count in (3, 4):
        for path in (root / names[count]).iterdir():
            os.utime(path, (old, old))
    kept = read(tmp_path / "4.jsonl")  # opened, so not removed
    read(write_data(tmp_path / "6.jsonl", 6))
    assert names[3] not in entries(root)
    assert {names[4], names[5]} < set(entries(root))
    assert len(contents(kept)) == 4


def test_without_a_cache_samples_live_as_long_as_they_are_needed(
    tmp_path, read, write_data, monkeypatch
):
    """A folder that cannot be made, as in a home that may only be read."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv(stored.FOLDER_VARIABLE, str(tmp_path / "file/samples"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    found = read(write_data(tmp_path / "d.jsonl", 5))
    assert len(contents(found)) == 5
    assert list((tmp_path / "tmp").iterdir())
    del found
    assert not list((tmp_path / "tmp").iterdir())


def test_rare_texts_are_forgotten_where_there_are_too_many(monkeypatch):
    monkeypatch.setattr(stored, "_MOST_TEXTS", 5)
    summary = stored.Summary()
    for number in range(50):
        summary.count_texts(["common", f"rare {number}"], ["[]", "[]"])
    assert len(summary.systems) <= 10
    assert summary.systems.most_common(1) == [("common", 50)]
    assert summary.tools == {"[]": 100}


# -- some at a time ------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 7, 100, 1000])
def test_a_stretch_of_an_order_is_that_of_the_whole(monkeypatch, count):
    """As numpy sorts all random numbers at once, which is how runs began."""
    keys = np.random.Generator(np.random.Philox(key=[42, 3])).random(count)
    whole = np.argsort(keys, kind="stable")
    for bucket, block in [(2**18, 2**18), (64, 50), (7, 3)]:
        monkeypatch.setattr(shuffle, "_BUCKET", bucket)
        monkeypatch.setattr(shuffle, "_BLOCK", block)
        shuffle._bucket.cache_clear(), shuffle._bucket_ends.cache_clear()
        for start, stop in [(0, count), (0, 1), (count // 2, count // 2 + 20), (count - 1, count)]:
            found = shuffle.shuffled(count, (42, 3), start, stop)
            assert found.tolist() == whole[start:stop].tolist()
    shuffle._bucket.cache_clear(), shuffle._bucket_ends.cache_clear()


def test_blocks_of_any_size_find_the_same(tmp_path, read, write_data, monkeypatch):
    """Sums, prompts and the draw of two files, in blocks of a few samples and at once."""
    one, other = write_data(tmp_path / "one.jsonl", 40), write_data(tmp_path / "two.jsonl", 25)
    each = replace(CHATML, turns_differ=True)

    def facts():
        whole = read(one, other, template=each)
        parts = [whole, *whole.split(0.3, seed=5)]
        return [
            (len(part), part.summary.records, part.sizes, part.own(), part.shared, contents(part))
            for part in parts
        ]

    at_once = facts()
    monkeypatch.setattr(samples, "_BLOCK", 4)
    monkeypatch.setattr(samples.Samples.blocks, "__defaults__", (4,))
    monkeypatch.setattr(prefixes, "_CHUNK", 3)
    assert facts() == at_once


def test_frequent_prompts_are_found_among_ever_new_ones(monkeypatch):
    """Where heads are too many to be counted: those of a tenth are still found, and counted."""
    rng = np.random.default_rng(0)
    common = rng.integers(0, 50, (2, 30)).astype(np.int32)
    rows = []
    for number in range(900):
        ids = rng.integers(0, 1000, 40).astype(np.int32)
        if number % 9 in (2, 5) or number % 9 == 7:
            ids[:30] = common[int(number % 9 == 5)]
        rows.append(ids)
    marks = np.tile(np.arange(40) > 35, 900)
    file = stored.Stored(
        np.concatenate(rows),
        marks,
        np.arange(901) * 40,
        np.full(900, 4),
        np.arange(900),
        stored.Summary(900),
    )
    exact = samples.Samples([file])
    assert exact.shared.distinct == (30, 30)
    monkeypatch.setattr(prefixes, "_CANDIDATES", 12)
    monkeypatch.setattr(samples.Samples.blocks, "__defaults__", (50,))
    assert samples.Samples([file]).shared == exact.shared
