"""Every file that is read beside data and predictions, spoilt in three ways.

All ways that files are spoilt are tried on each parser (`tests/faults`).
"""

import json
import shutil

import pytest
from rf_eval.cli import run_command as run

SPOILT = {
    "truncated": (b'{"a": {"b"', "not JSON"),
    "twice": (b'{"a": 1, "a": 2}', "duplicate"),
    "no_object": (b"[]", "object"),
}


@pytest.fixture(scope="module")
def template(tmp_path_factory, helpers):
    """A data set, and its labels as predictions, scored and compared with themselves."""
    root = tmp_path_factory.mktemp("template")
    data_file = helpers.write_lines(root / "data" / "test.jsonl", helpers.make_records(6))
    out, data = root / "res" / "ref", ["--data", str(data_file)]
    assert run(["generate", *data, "--backend", "reference", "--out", str(out)]) == 0
    assert run(["score", str(out), *data]) == 0
    comparison = out.parent / "baseline_comparison.json"
    assert run(["compare", str(out), str(out), "--out", str(comparison)]) == 0
    return root


@pytest.fixture
def data_file(template, tmp_path):
    """A copy of the data set, to spoil."""
    return shutil.copytree(template / "data", tmp_path / "data") / "test.jsonl"


@pytest.fixture
def scored(template, tmp_path):
    """A copy of the scored folder, to spoil."""
    return shutil.copytree(template / "res", tmp_path / "res") / "ref"


def readers(scored, data_file, tmp_path):
    """Role to (file, command that reads it)."""
    data, out = ["--data", str(data_file)], ["--out", str(tmp_path / "new")]
    run_folder, schema = tmp_path / "run", tmp_path / "any.schema.json"
    replay, alone = tmp_path / "replay.jsonl", tmp_path / "answers.jsonl"
    with_schema = ["--metric", f"schema_valid:schema={schema}"]
    return {
        "metadata": (data_file.with_name("metadata.json"), ["score", str(scored), *data, *out]),
        "meta": (scored / "predictions.meta.json", ["score", str(scored), *data, *out]),
        "comparison": (
            scored.parent / "baseline_comparison.json",
            ["report", str(scored.parent), *data],
        ),
        "schema": (schema, ["score", str(scored), *data, *out, *with_schema]),
        "run": (
            run_folder / "run.json",
            ["generate", *data, "--backend", "hf", "--run", str(run_folder), *out],
        ),
        "replay": (
            replay,
            ["generate", *data, "--backend", "replay", "--file", str(replay), *out],
        ),
        "check": (alone, ["check", str(alone)]),
    }


ROLES = ["metadata", "meta", "comparison", "schema", "run", "replay", "check"]


@pytest.mark.parametrize("name", SPOILT)
@pytest.mark.parametrize("role", ROLES)
def test_a_spoilt_file_is_refused_with_its_place(name, role, scored, data_file, tmp_path, capsys):
    content, reason = SPOILT[name]
    path, command = readers(scored, data_file, tmp_path)[role]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    before = {p: p.read_bytes() for p in scored.iterdir()}
    capsys.readouterr()
    assert run(command) == 1
    error = capsys.readouterr().err
    assert error.startswith("rf-eval: ") and error.count("\n") == 1
    assert f"{path}:1:" in error and reason in error
    assert {p: p.read_bytes() for p in scored.iterdir()} == before
    assert not (scored.parent / "report.html").exists()


@pytest.mark.parametrize("role", ROLES)
def test_a_folder_in_the_place_of_a_file(role, scored, data_file, tmp_path, capsys):
    path, command = readers(scored, data_file, tmp_path)[role]
    if path.is_file():
        path.unlink()
    path.mkdir(parents=True)
    capsys.readouterr()
    code, error = run(command), capsys.readouterr().err
    if role in ("metadata", "meta", "comparison"):  # these may be missing, and a folder is no file
        assert code == 0, error
    else:
        assert code == 1 and str(path) in error and error.count("\n") == 1


def test_a_truncated_last_line_is_told_by_its_number(scored, data_file, tmp_path, capsys):
    data = ["--data", str(data_file)]
    for path, command in (
        (data_file, ["score", str(scored), *data]),
        (scored / "predictions.jsonl", ["score", str(scored), *data]),
        (scored / "scores.jsonl", ["compare", str(scored), str(scored)]),
    ):
        whole = path.read_bytes()
        last = whole.count(b"\n")
        path.write_bytes(whole[:-40])
        capsys.readouterr()
        assert run([*command, "--out", str(tmp_path / "new")]) == 1
        error = capsys.readouterr().err
        assert f"{path}:{last}: " in error and "cut off" in error
        path.write_bytes(whole)


def test_scores_of_an_id_that_came_before(scored, tmp_path, capsys):
    path = scored / "scores.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[0]]), encoding="utf-8")
    assert run(["compare", str(scored), str(scored), "--out", str(tmp_path / "c.json")]) == 1
    assert f"{path}:{len(lines) + 1}: a second score" in capsys.readouterr().err


@pytest.mark.parametrize("subset", [{"n": "all"}, {"n": -1}, {"n": 3, "seed": None}, {"n": True}])
def test_a_subset_that_is_none(subset, scored, data_file, capsys):
    path = scored / "predictions.meta.json"
    meta = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(meta | {"subset": subset}), encoding="utf-8")
    assert run(["score", str(scored), "--data", str(data_file)]) == 1
    assert f"{path}: subset" in capsys.readouterr().err
