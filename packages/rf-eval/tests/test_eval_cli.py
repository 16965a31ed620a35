"""The commands end to end, their exit codes, and what they do with bad files."""

import json
import subprocess
import sys

import pytest
from rf_eval.cli import run_command as run
from rf_eval.validation import packaged_schema, schema_names, validator


@pytest.fixture
def reference(data_file, tmp_path):
    """The labels as predictions, scored."""
    out = tmp_path / "ref"
    arguments = ["generate", "--data", str(data_file), "--backend", "reference"]
    assert run([*arguments, "--out", str(out)]) == 0
    assert run(["score", str(out), "--data", str(data_file)]) == 0
    return out


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def rows(path):
    return {
        (row["metric"], *row["group"].items()): row
        for row in json.loads(path.read_text(encoding="utf-8"))["metrics"]
    }


def test_the_labels_score_full_marks(reference):
    found = rows(reference / "results.json")
    lower_is_better = {"asked_order", "asked_needlessly", "order_error"}
    for (metric, *_), row in found.items():
        zero = metric.split(":")[0] in lower_is_better or metric.startswith("numeric_error")
        if zero and ":within" not in metric:
            assert row["value"] == 0, row
        else:
            assert row["value"] == 1, row
    names = {key[0] for key in found}
    assert {"order", "meets_spec", "asked_exactly", "resolve_own.order"} <= names
    assert ("order", ("band", "bandpass")) in found
    assert found[("order",)]["method"] == "wilson"


def test_every_file_follows_its_schema(reference, data_file, tmp_path):
    comparison = tmp_path / "c.json"
    assert run(["compare", str(reference), str(reference), "--out", str(comparison)]) == 0
    files = {
        "predictions": lines(reference / "predictions.jsonl"),
        "scores": lines(reference / "scores.jsonl"),
        "predictions_meta": [json.loads((reference / "predictions.meta.json").read_text("utf-8"))],
        "results": [json.loads((reference / "results.json").read_text("utf-8"))],
        "comparison": [json.loads(comparison.read_text("utf-8"))],
        "answer": [
            json.loads(r["messages"][-1]["content"])
            for r in lines(data_file)
            if r["meta"]["type"] == "full"
        ],
    }
    assert sorted(files) == schema_names()
    for name, records in files.items():
        schema = packaged_schema(name)
        assert schema["title"] and schema["description"]
        check = validator(schema)
        assert records and [check(record) for record in records] == [""] * len(records)


def test_running_again_changes_nothing(reference, data_file, capsys):
    before = {path.name: path.read_bytes() for path in reference.iterdir()}
    arguments = ["generate", "--data", str(data_file), "--backend", "reference"]
    assert run([*arguments, "--out", str(reference)]) == 0
    assert run(["score", str(reference), "--data", str(data_file)]) == 0
    assert capsys.readouterr().out.count("Unchanged:") == 2
    assert {path.name: path.read_bytes() for path in reference.iterdir()} == before


def test_different_scores_need_force(reference, data_file, capsys):
    arguments = ["score", str(reference), "--data", str(data_file), "--metric", "order"]
    assert run(arguments) == 1
    assert "--force replaces it" in capsys.readouterr().err
    assert run([*arguments, "--force"]) == 0
    assert {key[0] for key in rows(reference / "results.json")} == {"order"}


def test_a_recipe_compares_and_reports(data_file, tmp_path, capsys):
    answers = tmp_path / "base.jsonl"
    arguments = ["generate", "--data", str(data_file), "--backend", "reference"]
    run([*arguments, "--out", str(tmp_path / "r")])
    found = lines(tmp_path / "r" / "predictions.jsonl")
    for record in found[::2]:
        record["completion"] = "no"
    answers.write_text("".join(json.dumps(r) + "\n" for r in found), encoding="utf-8")
    recipe = tmp_path / "eval.yaml"
    recipe.write_text(
        f"data: {data_file.as_posix()}\nout: {(tmp_path / 'res').as_posix()}\nmodels:\n"
        f"  base: {{backend: replay, file: {answers.as_posix()}}}\n"
        "  tuned: {backend: reference}\ncompare: [base, tuned]\n",
        encoding="utf-8",
    )
    assert run(["run", "--recipe", str(recipe)]) == 0
    shown = capsys.readouterr().out
    table = [line for line in shown.splitlines() if line.startswith(("order", "metric"))]
    assert all(len(line) <= 100 for line in table)
    for name in ("base", "tuned"):
        files = {path.name for path in (tmp_path / "res" / name).iterdir()}
        assert {"predictions.jsonl", "scores.jsonl", "results.json"} <= files
    assert (tmp_path / "res" / "report.html").stat().st_size > 10_000
    assert run(["run", "--recipe", str(recipe), "--resume", "--force"]) == 0
    assert "Unchanged:" in capsys.readouterr().out


def test_a_third_model_stands_in_the_same_table(data_file, tmp_path, capsys):
    """Its own comparison with the baseline is in a file of its own."""
    recipe = tmp_path / "eval.yaml"
    root = tmp_path / "res"
    recipe.write_text(
        f"data: {data_file.as_posix()}\nout: {root.as_posix()}\nbackend: reference\nmodels:\n"
        "  base: {}\n  tuned: {}\n  another: {}\ncompare: [base, tuned, another]\n",
        encoding="utf-8",
    )
    assert run(["run", "--recipe", str(recipe)]) == 0
    first = capsys.readouterr().out
    header = next(line.split() for line in first.splitlines() if line.startswith("metric"))
    assert header[3:6] == ["base", "tuned", "another"]
    order = next(line.split() for line in first.splitlines() if line.startswith("order "))
    assert order[2:5] == ["100.0"] * 3
    assert "diff to p: base → tuned" in first
    table = [line for line in first.splitlines() if not line.startswith(("Eval", "Writ"))]
    assert max(map(len, table)) <= 100
    assert run(["report", str(root)]) == 0
    again = capsys.readouterr().out
    assert [line for line in first.splitlines() if line.startswith("order")] == [
        line for line in again.splitlines() if line.startswith("order")
    ]
    further = root / "baseline_comparison.another.json"
    record = json.loads(further.read_text(encoding="utf-8"))
    record["samples"] += 1  # of another evaluation: no column beside these samples
    further.write_text(json.dumps(record), encoding="utf-8")
    run(["report", str(root)])
    assert "another" not in capsys.readouterr().out


BAD_FILES = {
    "truncated": (b'{"id": "a", "messages": [{"role"', 1, "cut off"),
    "cr": (b'{"id": "a"}\r{"id": "b"}\n', 1, "carriage return"),
    "utf16": ('{"id": "a"}\n'.encode("utf-16"), 1, "UTF-16"),
    "utf8": (b'{"id": "\xff"}\n', 1, "UTF-8"),
    "nul": (b'{"id": "a\x00"}\n', 1, "NUL"),
    "nan": (b'{"id": "a", "x": NaN}\n', 1, "NaN"),
    "blank": (b'{"id": "a"}\n\n', None, ""),
    "no_object": (b"[]\n", 1, "object"),
    "empty": (b"", 1, "empty"),
}


@pytest.mark.parametrize("name", BAD_FILES)
@pytest.mark.parametrize("role", ["data", "predictions", "scores", "results", "recipe", "import"])
def test_bad_files_are_refused_with_their_place(name, role, reference, data_file, tmp_path, capsys):
    content, line, reason = BAD_FILES[name]
    names = {"scores": "scores.jsonl", "results": "results.json"}
    bad = tmp_path / "bad" / names.get(role, "bad.jsonl")
    bad.parent.mkdir()
    bad.write_bytes(content)
    before = {path: path.read_bytes() for path in reference.iterdir()}
    if role == "scores":
        (bad.parent / "results.json").write_bytes((reference / "results.json").read_bytes())
    commands = {
        "data": ["score", str(reference), "--data", str(bad)],
        "predictions": ["score", str(bad), "--data", str(data_file), "--out", str(reference)],
        "scores": ["compare", str(reference), str(bad.parent), "--out", str(tmp_path / "c.json")],
        "results": ["compare", str(reference), str(bad.parent), "--out", str(tmp_path / "c.json")],
        "recipe": ["run", "--recipe", str(bad)],
        "import": ["import", str(bad), "--out", str(tmp_path / "imported")],
    }
    assert run(commands[role]) == 1
    error = capsys.readouterr().err
    assert error.startswith("rf-eval: ") and error.count("\n") == 1 and str(bad) in error
    whole_file = role in ("results", "recipe", "import")
    if not whole_file:
        assert f"{bad}:{line or 1}:" in error and reason in error
    assert {path: path.read_bytes() for path in reference.iterdir()} == before


@pytest.mark.parametrize("role", ["data", "predictions"])
@pytest.mark.parametrize("kind", ["missing", "folder"])
def test_no_file_and_no_regular_file(role, kind, reference, data_file, tmp_path, capsys):
    place = tmp_path / "place"
    if kind == "folder":
        (place / "predictions.jsonl").mkdir(parents=True)
    data = str(place) if role == "data" else str(data_file)
    predictions = str(place) if role == "predictions" else str(reference)
    assert run(["score", predictions, "--data", data]) == 1
    assert str(place) in capsys.readouterr().err


def test_duplicate_ids(reference, data_file, tmp_path, capsys):
    text = data_file.read_text(encoding="utf-8")
    twice = tmp_path / "twice.jsonl"
    twice.write_text(text + text.splitlines(keepends=True)[0], encoding="utf-8")
    assert run(["score", str(reference), "--data", str(twice)]) == 1
    assert f"{twice}:25: id 's-000' is already on line 1" in capsys.readouterr().err
    file = tmp_path / "p.jsonl"
    text = (reference / "predictions.jsonl").read_text(encoding="utf-8")
    file.write_text(text + text.splitlines(keepends=True)[0], encoding="utf-8")
    assert run(["score", str(file), "--data", str(data_file)]) == 1
    assert f"{file}:" in (error := capsys.readouterr().err) and "second prediction" in error


def test_ids_missing_on_one_side(reference, data_file, tmp_path, capsys):
    file = tmp_path / "p.jsonl"
    text = (reference / "predictions.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(text[2:]), encoding="utf-8")
    out = ["--out", str(tmp_path / "s")]
    assert run(["score", str(file), "--data", str(data_file), *out]) == 1
    assert "no prediction for id 's-000'" in capsys.readouterr().err
    assert run(["score", str(file), "--data", str(data_file), "--partial", *out]) == 0
    shorter = tmp_path / "short.jsonl"
    lines_ = data_file.read_text(encoding="utf-8").splitlines(keepends=True)
    shorter.write_text("".join(lines_[1:]), encoding="utf-8")
    assert run(["score", str(reference / "predictions.jsonl"), "--data", str(shorter)]) == 1
    assert "id 's-000'" in capsys.readouterr().err
    assert run(["compare", str(reference), str(tmp_path / "s"), "--out", str(tmp_path / "c")]) == 1
    assert "have different samples" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    [
        "data: x\n",
        "data: 3\nout: y\nmodels: {}\n",
        "data: x\nout: y\nmodels: {a: {modl: z}}\n",
        "data: x\nout: y\nmodels: {a: {}}\nbatchsize: 3\n",
        "data: x\nout: y\nmodels: {a: {}}\nn: -3\n",
        "data: x\nout: y\nmodels: {../a: {}}\n",
        "data: x\nout: y\nmodels: {a: {}}\ncompare: [a, b]\n",
        "data: [\n",
        "- 1\n",
    ],
)
def test_wrong_recipes(text, tmp_path, capsys):
    recipe = tmp_path / "r.yaml"
    recipe.write_text(text, encoding="utf-8")
    assert run(["run", "--recipe", str(recipe)]) == 1
    error = capsys.readouterr().err
    assert str(recipe) in error and error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["scoore"], 2),
        (["score"], 2),
        (["score", "x", "--dta", "y"], 2),
        (["metrics"], 0),
        (["--help"], 0),
        (["--version"], 0),
        (["check", "--plot", "x.png"], 2),
        (["generate", "--data", "x", "--backend", "nope", "--out", "y"], 1),
    ],
)
def test_exit_codes(arguments, code, capsys):
    assert run(arguments) == code


def test_the_packaged_recipe_is_the_repository_s():
    from importlib import resources
    from pathlib import Path

    packaged = resources.files("rf_eval") / "recipes" / "quickstart.yaml"
    repository = Path(__file__).parents[3] / "recipes" / "quickstart" / "eval.yaml"
    if not repository.is_file():
        pytest.skip("not in the repository")
    assert repository.read_text(encoding="utf-8") == packaged.read_text(encoding="utf-8")


def test_the_list_of_metrics_is_whole_and_fits_a_terminal(capsys):
    from rf_eval.registry import metrics

    assert run(["metrics"]) == 0
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 100
    words = " ".join(shown.split())
    for metric in metrics:
        assert metric.name in shown
        assert metric.description.split()[-1] in words  # nothing is cut off


def test_metrics_as_json(capsys):
    assert run(["metrics", "--json"]) == 0
    listing = json.loads(capsys.readouterr().out)
    assert {"name", "version", "applies_to", "range"} <= set(listing["metrics"][0])


def test_importing_it_is_light():
    code = "import sys, rf_eval; print(*sys.modules)"
    run_ = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"torch", "transformers", "numpy", "scipy", "jsonschema_rs", "yaml", "httpx", "click"}
    assert not heavy & set(run_.stdout.split())


def test_a_project_without_filters(tmp_path, capsys):
    record = {
        "id": "1",
        "messages": [
            {"role": "user", "content": "Who?"},
            {"role": "assistant", "content": '{"name": "Ann", "age": 41}'},
        ],
    }
    data = tmp_path / "people.jsonl"
    data.write_text(json.dumps(record) + "\n", encoding="utf-8")
    answer = {"id": "1", "completion": '{"name": "Ann", "age": 40}'}
    (tmp_path / "p.jsonl").write_text(json.dumps(answer) + "\n", encoding="utf-8")
    arguments = ["score", str(tmp_path / "p.jsonl"), "--data", str(data)]
    assert run([*arguments, "--out", str(tmp_path / "default")]) == 0
    found = rows(tmp_path / "default" / "results.json")
    assert {key[0] for key in found} == {"json_strict", "json_recovered", "exact_match"}
    chosen = ["--metric", "field_equal:path=name", "--metric", "field_close:path=age,rel=0.05"]
    assert run([*arguments, "--out", str(tmp_path / "chosen"), *chosen]) == 0
    found = rows(tmp_path / "chosen" / "results.json")
    assert found[("field_equal[name]",)]["value"] == 1
    assert found[("field_close[age,0.05]",)]["value"] == 1
    assert run([*arguments, "--out", str(tmp_path / "x"), "--metric", "field_equal"]) == 2
    assert "needs parameters (path)" in capsys.readouterr().err
