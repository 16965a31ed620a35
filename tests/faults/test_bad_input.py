"""One table of bad input against every reader: exit 1, one line with `path:line`, nothing lost."""

import importlib
import re
import shutil
import time

import pytest
from bad_inputs import FROM_WINDOWS, HUGE, IN_ITS_PLACE, JSON, JSONL, YAML
from readers import READERS


def in_its_place(reader):
    """A file that a command does without may be missing."""
    return [fault for fault in IN_ITS_PLACE if not reader.optional or fault == HUGE]


TABLES = {"JSONL": JSONL, "JSON": JSON, "YAML": YAML}
CASES = [
    pytest.param(reader, fault, id=f"{reader}-{fault}")
    for reader in READERS
    for fault in (*TABLES[READERS[reader].kind], *in_its_place(READERS[reader]))
]
AT_MOST_SECONDS = 20
"""Of the processor; hundreds of times what a refusal takes: only a quadratic walk is slower."""


@pytest.fixture
def spoiled(work, request):
    """(reader, expected words) with the reader's file spoiled, and mended afterwards."""
    name, fault = request.param
    reader = READERS[name]
    path = work / reader.file
    good = path.read_bytes()
    if fault in IN_ITS_PLACE:
        IN_ITS_PLACE[fault](path)
        words = ""
    else:
        spoil, words = TABLES[reader.kind][fault]
        path.write_bytes(spoil(good))
    before = fingerprint(work)
    yield reader, fault, words
    assert fingerprint(work) == before, "a refused command changed a file"
    clear(path)
    path.write_bytes(good)
    clear(work / "again")


def clear(path):
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def fingerprint(folder):
    """Every file and its bytes, but for locks and what the command was asked to write."""
    return {
        path: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".rf-lock" and "again" not in path.parts
    }


def command_line(words, capfd):
    """Runs a command in this process, as its script would: (exit code, output, errors)."""
    module = importlib.import_module(words[0].replace("-", "_") + ".cli")
    with pytest.raises(SystemExit) as left:
        module.main(words[1:])
    return left.value.code, *capfd.readouterr()


@pytest.mark.parametrize(
    "spoiled", [case.values for case in CASES], ids=[c.id for c in CASES], indirect=True
)
def test_bad_input_is_refused_in_one_line(spoiled, work, monkeypatch, capfd):
    reader, fault, words = spoiled
    monkeypatch.chdir(work)
    start = time.process_time()
    code, output, errors = command_line(reader.command.split(), capfd)
    assert time.process_time() - start < AT_MOST_SECONDS
    if fault in reader.takes:
        assert reader.file not in errors
        return
    assert code == 1, output + errors
    assert "Traceback" not in output + errors
    if reader.findings and output:
        assert not errors
        said = [line for line in output.splitlines() if line.startswith(reader.file)]
    else:
        said = errors.splitlines()
        if "--once" in reader.command:  # chat tells on the same stream what it is about to do
            said = [line for line in said if line.startswith("rf-train: ")]
        assert len(said) == 1, errors
    if fault in IN_ITS_PLACE and fault != HUGE and reader.skips:
        assert f"skipped: {reader.skips}" in said[0]
        return
    assert reader.file in said[0]
    if fault not in IN_ITS_PLACE and not (reader.kind == "JSON" and fault == "unknown-fields"):
        assert re.search(rf"{re.escape(reader.file)}:\d+: ", said[0]), said[0]
    assert re.search(words, " ".join(said)), said


@pytest.mark.parametrize("how", FROM_WINDOWS)
@pytest.mark.parametrize(
    "name", [n for n, r in READERS.items() if n not in ("train recipe", "eval recipe")]
)
def test_a_file_from_windows_is_read_and_said_once(name, how, work, monkeypatch, capfd, caplog):
    """Line ends of Windows and byte order marks: accepted everywhere, with one remark a file."""
    reader = READERS[name]
    monkeypatch.chdir(work)
    monkeypatch.setattr("rf_jsonl.reader._said", set())
    path = work / reader.file
    good = path.read_bytes()
    spoil, words = FROM_WINDOWS[how]
    path.write_bytes(spoil(good))
    kept = {file: data for file, data in fingerprint(work).items() if file != path}
    try:
        code, output, errors = command_line(reader.command.split(), capfd)
    finally:
        path.write_bytes(good)
    assert code == 0, output + errors
    assert fingerprint(work).items() >= kept.items()
    said = [r.getMessage() for r in caplog.records if r.name == "rf_jsonl"]
    multiline = b"\n" in good
    assert [line for line in said if words in line] == [
        f"{reader.file}: {words} (accepted; what is written has neither)"
    ] * (how == "bom" or multiline)
    clear(work / "again")


@pytest.mark.parametrize("name", [name for name, reader in READERS.items() if not reader.heavy])
def test_the_same_command_reads_good_input(name, work, monkeypatch, capfd):
    """Without this, a command that refuses everything would pass the table above."""
    reader = READERS[name]
    if name in ("train recipe", "eval recipe"):
        pytest.skip("the whole chain has run it")
    monkeypatch.chdir(work)
    code, output, errors = command_line(reader.command.split(), capfd)
    clear(work / "again")
    assert code == 0, output + errors
