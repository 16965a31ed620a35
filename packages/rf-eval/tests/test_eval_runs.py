"""Subsets, appending, resuming after a kill, and what belongs to one cache key."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from rf_eval.backends import make_backend, prediction
from rf_eval.errors import EvalError
from rf_eval.predictions import read_predictions
from rf_eval.runs import cache_key, generate
from rf_eval.samples import read_dataset, turns
from rf_eval.subset import allocate, largest_remainder, subset
from rf_jsonl import FileError


class Counting:
    """Answers with the prompt's last words; knows how often it was asked."""

    def __init__(self, mark="x", fail_after=None):
        self.mark, self.asked, self.fail_after = mark, [], fail_after

    def describe(self):
        return {"model": {"name": self.mark}, "adapter": None, "rendering": None, "decoding": None}

    def generate(self, samples):
        for sample in samples:
            if self.fail_after is not None and len(self.asked) >= self.fail_after:
                raise EvalError("the machine went away")
            self.asked.append(sample.key)
            yield [prediction(sample, f"{self.mark} {sample.messages[-1]['content'][:5]}")]


def test_the_published_allocation():
    """1204, 55 and 113 test samples gave 175, 8 and 16 of 200: each share rounded down."""
    sizes = {"full": 1204, "followup_question": 55, "followup_resolve": 113}
    places = allocate(sizes, 200)
    assert places == {"full": 175, "followup_question": 8, "followup_resolve": 16}


def test_every_type_gets_a_place_where_there_is_one():
    assert allocate({"a": 97, "b": 2, "c": 1}, 10) == {"a": 8, "b": 1, "c": 1}
    assert allocate({"a": 97, "b": 2, "c": 1}, 2) == {"a": 1, "b": 1, "c": 0}


def test_bands_share_by_largest_remainder():
    assert largest_remainder({"lowpass": 50, "highpass": 30, "bandpass": 20}, 10) == {
        "lowpass": 5,
        "highpass": 3,
        "bandpass": 2,
    }
    assert sum(largest_remainder({"a": 7, "b": 7, "c": 7}, 10).values()) == 10


def test_a_subset_is_seeded_nested_and_in_order(helpers):
    records = helpers.make_records(200)
    ids = [r["id"] for r in subset(records, 60, 1)]
    assert ids == [r["id"] for r in subset(records, 60, 1)] == sorted(ids)
    assert ids != [r["id"] for r in subset(records, 60, 2)]
    assert set(ids) <= {r["id"] for r in subset(records, 120, 1)}
    full = [r["meta"]["band"] for r in records if r["meta"]["type"] == "full"]
    drawn = [r["meta"]["band"] for r in subset(records, 60, 1) if r["meta"]["type"] == "full"]
    for band in set(full):
        assert abs(drawn.count(band) - len(drawn) * full.count(band) / len(full)) < 1
    assert len(subset(records, 0, 1)) == 200 == len(subset(records, 999, 1))
    with pytest.raises(ValueError):
        subset(records, -1, 0)


def test_own_second_turns_see_the_model_s_first_turn(data_file, tmp_path):
    data, backend = read_dataset(data_file), Counting()
    done = generate(data, "count", backend, tmp_path / "out")
    wanted = [sample.key for record in data.records for sample in turns(record)]
    assert sorted(map(str, done.predictions)) == sorted(map(str, wanted))
    assert len(backend.asked) == len(set(backend.asked)) == len(wanted)
    own = next(key for key in wanted if key[2] == "own")
    first = done.predictions[(own[0], 1, None)]["completion"]
    assert done.predictions[own]["messages"][-2] == {"role": "assistant", "content": first}
    reference = done.predictions[(own[0], 2, "reference")]
    assert reference["messages"][-2]["content"] != first


def test_a_failed_run_resumes_where_it_stopped(data_file, tmp_path):
    data, out = read_dataset(data_file), tmp_path / "out"
    with pytest.raises(EvalError, match="went away"):
        generate(data, "count", Counting(fail_after=7), out)
    with pytest.raises(FileError, match="unfinished"):
        generate(data, "count", Counting(), out)
    backend = Counting()
    done = generate(data, "count", backend, out, resume=True)
    assert done.changed and len(backend.asked) == len(done.predictions) - 7
    again = Counting()
    assert not generate(data, "count", again, out).changed and not again.asked


def test_a_wider_run_keeps_what_a_narrower_one_drew(data_file, tmp_path):
    data, out = read_dataset(data_file), tmp_path / "out"
    few = generate(data, "count", Counting(), out, n=8)
    backend = Counting()
    many = generate(data, "count", backend, out, n=0)
    assert len(backend.asked) == len(many.predictions) - len(few.predictions)


def test_another_model_needs_force(data_file, tmp_path):
    data, out = read_dataset(data_file), tmp_path / "out"
    generate(data, "count", Counting("x"), out)
    before = (out / "predictions.jsonl").read_bytes()
    for flags in ({}, {"resume": True}):
        with pytest.raises(FileError, match="another model"):
            generate(data, "count", Counting("y"), out, **flags)
    assert (out / "predictions.jsonl").read_bytes() == before
    done = generate(data, "count", Counting("y"), out, force=True, resume=True)
    assert all(r["completion"].startswith("y") for r in done.predictions.values())
    kept = Counting("y")
    generate(data, "count", kept, out, force=True, resume=True)
    assert not kept.asked
    fresh = Counting("y")
    generate(data, "count", fresh, out, force=True)
    assert fresh.asked


def test_the_cache_key_holds_what_decides_and_no_paths():
    base = {
        "backend": "hf",
        "model": {"path": "a", "sha256": "1"},
        "adapter": {"path": "b", "sha256": "2"},
        "rendering": {"stop": ["x"]},
        "decoding": {"max_new_tokens": 5},
    }
    key = cache_key(base, "d")
    assert cache_key(base | {"model": {"path": "elsewhere", "sha256": "1"}}, "d") == key
    others = [
        cache_key(base, "e"),
        cache_key(base | {"model": {"path": "a", "sha256": "9"}}, "d"),
        cache_key(base | {"adapter": None}, "d"),
        cache_key(base | {"rendering": {"stop": []}}, "d"),
        cache_key(base | {"decoding": {"max_new_tokens": 6}}, "d"),
        cache_key(base | {"backend": "openai"}, "d"),
        cache_key(base | {"model": {"path": "hub/id", "sha256": None}}, "d"),
        cache_key(base | {"model": {"path": "hub/other", "sha256": None}}, "d"),
    ]
    assert len({key, *others}) == len(others) + 1


SLOW = """
import sys, time
from pathlib import Path
from rf_eval.backends import prediction
from rf_eval.runs import generate
from rf_eval.samples import read_dataset

class Slow:
    def describe(self):
        return {"model": {"name": "slow"}, "adapter": None, "rendering": None, "decoding": None}
    def generate(self, samples):
        for sample in samples:
            time.sleep(float(sys.argv[3]))
            yield [prediction(sample, sample.id)]

generate(read_dataset(sys.argv[1]), "slow", Slow(), Path(sys.argv[2]), resume=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
def test_kill_nine_loses_nothing_and_doubles_nothing(data_file, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-c", SLOW, str(data_file), str(out)]
    for _ in range(3):
        process = subprocess.Popen([*command, "0.03"])
        file, begun = out / "predictions.jsonl", time.monotonic()
        size = file.stat().st_size if file.exists() else 0
        while time.monotonic() - begun < 30 and process.poll() is None:
            if file.exists() and file.stat().st_size > size + 600:
                break
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
    with file.open("ab") as torn:
        torn.write(b'{"id": "s-0')  # what a kill in the middle of a write leaves
    subprocess.run([*command, "0"], check=True)
    found = read_predictions(file)
    wanted = [s.key for r in read_dataset(data_file).records for s in turns(r)]
    assert sorted(map(str, found)) == sorted(map(str, wanted))
    meta = json.loads((out / "predictions.meta.json").read_text(encoding="utf-8"))
    assert meta["complete"] is True


def test_an_unknown_option_of_a_backend_is_named():
    with pytest.raises(EvalError, match="backend replay: no option 'model', it takes file"):
        make_backend("replay", {"file": "x", "model": "y"})
    with pytest.raises(EvalError, match="needs the option 'file'"):
        make_backend("replay", {})
    with pytest.raises(EvalError, match="did you mean openai"):
        make_backend("opanai", {})
