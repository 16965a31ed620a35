"""The contracts: every file is what its writer's schema says, and its readers take it as it is."""

import copy
import json
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from tiny_chain import ROOT

# What the tiny chain leaves, and the schema in the package that wrote it.
FILES = [
    ("data/train.jsonl", "rf-synth", "record"),
    ("data/val.jsonl", "rf-synth", "record"),
    ("data/test.jsonl", "rf-synth", "record"),
    ("data/test_ood.jsonl", "rf-synth", "record"),
    ("data/metadata.json", "rf-synth", "metadata"),
    ("run/run.json", "rf-train", "run"),
    ("run/train_results.json", "rf-train", "train_results"),
    ("run/all_results.json", "rf-train", "train_results"),
    ("run/trainer_log.jsonl", "rf-train", "trainer_log"),
    ("results/base/predictions.jsonl", "rf-eval", "predictions"),
    ("results/tuned/predictions.jsonl", "rf-eval", "predictions"),
    ("results/tuned/predictions.meta.json", "rf-eval", "predictions_meta"),
    ("results/tuned/scores.jsonl", "rf-eval", "scores"),
    ("results/tuned/results.json", "rf-eval", "results"),
    ("results/baseline_comparison.json", "rf-eval", "comparison"),
    ("figures/figures.json", "rf-figs", "figures"),
]


def validator(package: str, name: str) -> Draft202012Validator:
    module = package.replace("-", "_")
    path = ROOT / "packages" / package / "src" / module / "schemas" / f"{name}.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def objects(path: Path) -> list[dict]:
    """What a JSON or JSONL file holds."""
    if path.suffix == ".json":
        return [json.loads(path.read_text(encoding="utf-8"))]
    return [json.loads(line) for line in path.read_bytes().removesuffix(b"\n").split(b"\n")]


def answers(folder: Path) -> list[dict]:
    """The final answers of the data set's test split."""
    records = objects(folder / "data" / "test.jsonl")
    last = [record["messages"][-1]["content"] for record in records]
    return [json.loads(text) for text in last if text.startswith("{")]


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.mark.parametrize(("file", "package", "name"), FILES, ids=[file for file, _, _ in FILES])
def test_what_is_written_is_what_the_schema_says(chain, file, package, name):
    check = validator(package, name)
    found = objects(chain / file)
    assert found
    for one in found:
        assert [error.message for error in check.iter_errors(one)] == []


@pytest.mark.parametrize(("file", "package", "name"), FILES, ids=[file for file, _, _ in FILES])
def test_a_schema_misses_nothing_it_requires(chain, file, package, name):
    """A schema that accepts everything would let the test above pass for nothing."""
    check = validator(package, name)
    one = objects(chain / file)[0]
    assert not check.is_valid([one])
    required = check.schema.get("required") or check.schema["oneOf"][0]["required"]
    for key in set(required) & set(one):
        less = copy.deepcopy(one)
        del less[key]
        assert not check.is_valid(less), f"{key} may be left out"


def test_both_sides_mean_the_same_by_an_answer(chain):
    """rf-synth writes answers and rf-eval judges them, each by its own schema."""
    written, judged = validator("rf-synth", "answer"), validator("rf-eval", "answer")
    for answer in answers(chain):
        assert written.is_valid(answer)
        assert judged.is_valid(answer)
        for key in ("filter_type", "filter_band", "ripple_db", "R0", "La_target", "order"):
            less = {name: value for name, value in answer.items() if name != key}
            assert not written.is_valid(less)
            assert not judged.is_valid(less)
        for wrong in ({"order": 0}, {"order": 2.5}, {"R0": "50"}, {"filter_band": "notch"}):
            assert not written.is_valid(answer | wrong)
            assert not judged.is_valid(answer | wrong)


def test_every_file_has_a_schema_and_every_schema_a_file(chain):
    """A new format has to be named above before it can be forgotten."""
    kept = {"dataset_info.json", "adapter_config.json", "tokenizer.json", "tokenizer_config.json"}
    folders = [chain / name for name in ("data", "run", "results", "figures")]
    found = {
        path.relative_to(chain).as_posix()
        for folder in folders
        for path in folder.rglob("*.json*")
        if not {part for part in path.parts if part.startswith("checkpoint-")}
    }
    covered = {file for file, _, _ in FILES}
    twins = {file.replace("tuned", "base") for file in covered}
    assert {f for f in found if Path(f).name not in kept} <= covered | twins
    schemas = {
        (path.parents[3].name, path.name.removesuffix(".schema.json"))
        for path in ROOT.glob("packages/*/src/*/schemas/*.schema.json")
    }
    later = {("rf-train", "merge")}  # written by a merge, which the chain does not make
    inputs = {("rf-synth", "recipe"), ("rf-synth", "spec")}  # read, not written
    parts = {("rf-synth", "answer"), ("rf-eval", "answer")}  # stand inside records
    # Of calls and designs, which the chain has none of: the tests of their packages hold them.
    calls = {("rf-synth", "call"), ("rf-synth", "result")}
    designs = {("rf-design", name) for name in ("design", "batch", "tool_options")}
    known = inputs | parts | later | calls | designs
    assert schemas == {(package, name) for _, package, name in FILES} | known


def test_the_synthesiser_reads_what_it_wrote(chain):
    outcome = run("rf-synth", "validate", chain / "data")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    audit = run("rf-synth", "audit", chain / "data" / "test.jsonl", "--json")
    assert audit.returncode == 0, audit.stderr
    assert json.loads(audit.stdout)["all"]["exact_share"] == 1


def test_the_evaluator_takes_the_synthesiser_for_an_oracle(chain, tmp_path):
    """Specs go from one command to the other and back, and every answer is right."""
    data = chain / "data" / "test.jsonl"
    asked = run(
        "rf-eval", "generate", "--data", data, "--backend", "oracle", "--out", tmp_path / "oracle",
        "--command", "rf-synth solve",
    )  # fmt: skip
    assert asked.returncode == 0, asked.stderr
    scored = run(
        "rf-eval", "score", tmp_path / "oracle" / "predictions.jsonl", "--data", data,
        "--out", tmp_path / "oracle",
    )  # fmt: skip
    assert scored.returncode == 0, scored.stderr
    [results] = objects(tmp_path / "oracle" / "results.json")
    overall = {one["metric"]: one for one in results["metrics"] if not one["group"]}
    for metric in ("json_strict", "order", "meets_spec", "minimal_order", "asked_exactly"):
        assert overall[metric]["n"] > 0
        assert overall[metric]["value"] == 1, metric


def test_the_evaluator_checks_answers_as_the_synthesiser_writes_them(chain, tmp_path):
    file = tmp_path / "answers.jsonl"
    file.write_text("".join(json.dumps(answer) + "\n" for answer in answers(chain)), "utf-8")
    outcome = run("rf-eval", "check", file, "--json")
    assert outcome.returncode == 0, outcome.stderr
    assert all(verdict["meets_spec"] for verdict in map(json.loads, outcome.stdout.splitlines()))
