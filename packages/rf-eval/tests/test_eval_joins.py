"""Two files are joined only where they belong together: the ids of every data set are alike."""

import json

import pytest
from rf_eval.cli import run_command as run
from rf_eval.samples import read_dataset


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def answered(data, out, *options):
    arguments = ["generate", "--data", str(data), "--backend", "reference", "--out", str(out)]
    assert run([*arguments, *options]) == 0
    return out


@pytest.fixture
def other_data(helpers, tmp_path):
    """The same ids, other requests, other labels."""
    return helpers.write_lines(tmp_path / "data7" / "test.jsonl", helpers.make_records(seed=7))


@pytest.fixture
def relabelled(data_file, helpers, tmp_path):
    """The same requests with one order changed."""
    records = lines(data_file)
    answer = json.loads(records[0]["messages"][-1]["content"])
    records[0]["messages"][-1]["content"] = json.dumps(answer | {"order": answer["order"] + 1})
    return helpers.write_lines(tmp_path / "relabelled" / "test.jsonl", records)


def test_predictions_are_not_scored_against_another_data_set(
    data_file, other_data, tmp_path, capsys
):
    out = answered(data_file, tmp_path / "o")
    capsys.readouterr()
    assert run(["score", str(out), "--data", str(other_data)]) == 1
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert "predictions.jsonl: id 's-000' answers another prompt than the data set's" in said.err
    assert not (out / "results.json").exists()


def test_other_labels_are_scored_with_a_remark(data_file, relabelled, tmp_path, capsys):
    out = answered(data_file, tmp_path / "o")
    assert run(["score", str(out), "--data", str(relabelled)]) == 0
    assert "Note: scored against another version of the data set" in capsys.readouterr().err
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert "labels or meta are not" in results["remarks"][0]
    assert run(["report", str(out), "--data", str(relabelled)]) == 0
    assert "labels or meta are not" in (out / "report.html").read_text(encoding="utf-8")
    same = tmp_path / "same"
    answered(relabelled, same)
    assert run(["score", str(same), "--data", str(relabelled)]) == 0
    capsys.readouterr()
    comparison = tmp_path / "c.json"
    assert run(["compare", str(out), str(same), "--out", str(comparison)]) == 0
    assert "Note: o: scored against another version" in capsys.readouterr().err
    assert json.loads(comparison.read_text(encoding="utf-8"))["remarks"]


def test_the_own_data_set_needs_no_remark(data_file, tmp_path, capsys):
    out = answered(data_file, tmp_path / "o")
    assert run(["score", str(out), "--data", str(data_file)]) == 0
    assert "Note" not in capsys.readouterr().err
    assert "remarks" not in json.loads((out / "results.json").read_text(encoding="utf-8"))


def test_predictions_without_prompts_leave_it_open(data_file, other_data, tmp_path, capsys):
    out = answered(data_file, tmp_path / "o")
    file = out / "predictions.jsonl"
    bare = [{k: v for k, v in record.items() if k != "messages"} for record in lines(file)]
    file.write_text("".join(json.dumps(record) + "\n" for record in bare), encoding="utf-8")
    assert run(["score", str(out), "--data", str(other_data)]) == 0
    said = capsys.readouterr().err
    assert "keep no prompts" in said and "changed after they were generated" in said


def test_predictions_that_were_edited_are_remarked(data_file, tmp_path, capsys):
    out = answered(data_file, tmp_path / "o")
    file = out / "predictions.jsonl"
    file.write_text(file.read_text(encoding="utf-8").replace('"stop"', '"length"', 1), "utf-8")
    assert run(["score", str(out), "--data", str(data_file)]) == 0
    assert "Note: the predictions were changed" in capsys.readouterr().err


def test_replay_answers_only_what_was_asked(data_file, other_data, tmp_path, capsys):
    out = answered(data_file, tmp_path / "o")
    arguments = ["generate", "--data", str(other_data), "--backend", "replay"]
    arguments += ["--file", str(out / "predictions.jsonl"), "--out", str(tmp_path / "again")]
    assert run(arguments) == 1
    assert "answers another prompt" in capsys.readouterr().err


def test_resuming_refuses_answers_to_other_prompts(data_file, tmp_path, capsys):
    out = answered(data_file, tmp_path / "o")
    file, meta = out / "predictions.jsonl", out / "predictions.meta.json"
    records = lines(file)[:5]
    records[0]["messages"][-1]["content"] = "Something else"
    file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    stated = json.loads(meta.read_text(encoding="utf-8")) | {"complete": False}
    meta.write_text(json.dumps(stated), encoding="utf-8")
    arguments = ["generate", "--data", str(data_file), "--backend", "reference", "--resume"]
    assert run([*arguments, "--out", str(out)]) == 1
    assert "the user's 'Something else', expected" in capsys.readouterr().err


@pytest.fixture
def scored(data_file, tmp_path):
    """Two scored folders and their comparison in one root."""
    root = tmp_path / "root"
    for name in ("a", "b"):
        answered(data_file, root / name)
        assert run(["score", str(root / name), "--data", str(data_file)]) == 0
    comparison = root / "baseline_comparison.json"
    assert run(["compare", str(root / "a"), str(root / "b"), "--out", str(comparison)]) == 0
    return root


def test_a_metric_of_two_versions_is_not_compared(scored, capsys):
    file = scored / "b" / "results.json"
    results = json.loads(file.read_text(encoding="utf-8"))
    results["metric_definitions"][0]["version"] = 2
    file.write_text(json.dumps(results), encoding="utf-8")
    arguments = ["compare", str(scored / "a"), str(scored / "b"), "--out", str(scored / "c.json")]
    assert run(arguments) == 1
    assert "json_strict is version 1 in" in capsys.readouterr().err


def test_scores_of_another_scoring_are_not_compared(scored, capsys):
    file = scored / "b" / "scores.jsonl"
    file.write_text("".join(file.read_text("utf-8").splitlines(keepends=True)[:-1]), "utf-8")
    arguments = ["compare", str(scored / "a"), str(scored / "b"), "--out", str(scored / "c.json")]
    assert run(arguments) == 1
    assert "over 24 samples, scores.jsonl has 23" in capsys.readouterr().err


def test_a_report_shows_no_comparison_of_other_scores(scored, data_file, capsys):
    folder = scored / "b"
    arguments = ["score", str(folder), "--data", str(data_file), "--metric", "order", "--force"]
    assert run(arguments) == 0
    assert run(["report", str(scored)]) == 1
    assert "baseline_comparison.json: compares other scores of b" in capsys.readouterr().err


def test_a_report_shows_no_scores_of_other_predictions(scored, capsys):
    meta = scored / "b" / "predictions.meta.json"
    stated = json.loads(meta.read_text(encoding="utf-8")) | {"cache_key": "0" * 64}
    meta.write_text(json.dumps(stated), encoding="utf-8")
    assert run(["report", str(scored)]) == 1
    assert "b: the scores are of other predictions" in capsys.readouterr().err


def test_a_tool_s_own_turn_is_part_of_the_prompt(call_data, call_tool, tmp_path):
    """Second turns after the tool's question are recognised as answers to this data set."""
    out = answered(call_data, tmp_path / "o", "--tool", " ".join(call_tool))
    assert run(["score", str(out), "--data", str(call_data)]) == 0
    assert len(read_dataset(call_data)) == 7


def test_wrong_options_are_wrong_usage(data_file, tmp_path, capsys):
    out = answered(data_file, tmp_path / "o")
    score = ["score", str(out), "--data", str(data_file), "--metric"]
    for metric, said in (
        ("nosuch", "no metric 'nosuch'"),
        ("field_close:path=order,rel=abc", "rel is 'abc', expected a number from 0"),
        ("field_close:path=order,abs=-1", "abs is -1.0, expected a number from 0"),
        ("field_close:path=order,rel=nan", "rel is nan, expected a number from 0"),
        ("field_close:path=order,abs=inf", "abs is inf, expected a number from 0"),
        ("field_close:rel=0.1", "needs path (dotted path of the field)"),
        ("field_equal:path=", "path is '', expected the dotted path"),
        ("schema_valid:schema=5", "schema is 5.0, expected a file or an object"),
        ("field_equal:way=order", "no parameter 'way'"),
        ("order:", "write name:key=value"),
    ):
        assert run([*score, metric]) == 2
        assert said in capsys.readouterr().err
    generate = ["generate", "--data", str(data_file), "--out", str(tmp_path / "x"), "--backend"]
    for options, said in (
        (["nosuch"], "no backend 'nosuch'"),
        (["reference", "--nf4"], "no option 'nf4'"),
        (["replay"], "needs the option 'file'"),
        (["reference", "--tool-schema", "x.json"], "--tool-schema goes with --tool"),
    ):
        assert run([*generate, *options]) == 2
        assert said in capsys.readouterr().err


def test_how_many_samples_are_answered(data_file, tmp_path, capsys):
    """Never more than there are, and as many as the subset really draws."""
    for n, said in (
        (500, "Answering 24 of 24"),
        (0, "Answering 24 of 24"),
        (10, "Answering 8 of 24"),
    ):
        answered(data_file, tmp_path / str(n), "--n", str(n))
        assert said in capsys.readouterr().out
