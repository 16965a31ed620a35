"""One table of bad input against every reader: exit 1, one line with `path:line`, nothing lost."""

import importlib
import re
import shutil
import time

import pytest
from bad_inputs import FROM_WINDOWS, HUGE, IN_ITS_PLACE, JSON, JSONL, YAML
from readers import READERS

TABLES = {"JSONL": JSONL, "JSON": JSON, "YAML": YAML}
WHOLE_TABLE = {
    "synth stats", "figs results", "figs recipe",  # one for each parser
    "synth validate", "eval check",  # and those that find the lines by themselves
}  # fmt: skip
FAULTS = {"JSONL": "unknown-fields", "JSON": "unknown-fields", "YAML": "unknown-key"}
"""What only the reader above the parser can tell."""


def faults_of(name):
    """The whole table, or one fault each of what the parser, the reader and the path may meet."""
    kind, optional = READERS[name].kind, READERS[name].optional
    if name in WHOLE_TABLE:
        return [*TABLES[kind], *IN_ITS_PLACE]
    return ["duplicate-key", FAULTS[kind], HUGE if optional else "nothing"]


CASES = [
    pytest.param(name, fault, id=f"{name}-{fault}") for name in READERS for fault in faults_of(name)
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


@pytest.mark.parametrize("name", READERS)
def test_a_good_file_from_windows_is_read_and_said_once(name, work, monkeypatch, capfd, caplog):
    """Without this, a command that refuses everything would pass the table above.

    Line ends of Windows and byte order marks are accepted everywhere, with one remark a file.
    """
    reader = READERS[name]
    if name in ("train recipe", "eval recipe"):
        pytest.skip("the whole chain has run it")
    monkeypatch.chdir(work)
    monkeypatch.setattr("rf_jsonl.reader._warned", set())
    path = work / reader.file
    good = path.read_bytes()
    for spoil, _ in FROM_WINDOWS.values():
        path.write_bytes(spoil(path.read_bytes()))
    kept = {file: data for file, data in fingerprint(work).items() if file != path}
    try:
        code, output, errors = command_line(reader.command.split(), capfd)
    finally:
        path.write_bytes(good)
    assert code == 0, output + errors
    assert fingerprint(work).items() >= kept.items()
    said = [r.getMessage() for r in caplog.records if r.name == "rf_jsonl"]
    for how, (_, words) in FROM_WINDOWS.items():
        assert [line for line in said if words in line] == [
            f"{reader.file}: {words} (accepted; output files have neither)"
        ] * (how == "bom" or b"\n" in good)
    clear(work / "again")
