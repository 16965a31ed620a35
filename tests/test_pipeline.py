"""The pipeline: stages in order, nothing done twice, and a failure that cannot be overlooked."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from tiny_chain import ROOT, SYNTH, generate, pipeline, write_recipe

TWICE = "stages:\n- {name: a, run: [rf-synth]}\n- {name: a, run: [rf-eval]}"


@pytest.fixture
def two_stages(tmp_path):
    write_recipe(tmp_path, generate("one"), generate("two"))
    return tmp_path


def test_stages_run_in_order_and_once(two_stages):
    first = pipeline(two_stages)
    assert first.returncode == 0, first.stderr
    assert first.stdout.index("[1/2] make-one: rf-synth") < first.stdout.index("[2/2] make-two:")
    assert (two_stages / "one" / "train.jsonl").exists()
    again = pipeline(two_stages)
    assert again.stdout.count("unchanged, skipped") == 2
    assert pipeline(two_stages, "--force").stdout.count("skipped") == 0


def test_a_folder_may_hold_several_pipelines(two_stages):
    """Another file beside pipeline.yaml has its own memory and the same folder as {recipe}."""
    other = two_stages / "recipe" / "other.yaml"
    other.write_text(yaml.safe_dump({"stages": [generate("three")]}), encoding="utf-8")
    command = [sys.executable, str(ROOT / "pipeline.py"), "recipe/other.yaml"]
    for expected in ("make-three: rf-synth", "unchanged, skipped"):
        done = subprocess.run(command, cwd=two_stages, capture_output=True, text=True, check=True)
        assert expected in done.stdout
    assert not (two_stages / "one").exists()
    assert "skipped" not in pipeline(two_stages).stdout


def test_what_changed_runs_again_and_only_that(two_stages):
    pipeline(two_stages)
    (two_stages / "two" / "train.jsonl").write_text("{}\n", encoding="utf-8")
    after_damage = pipeline(two_stages)
    assert "make-one: unchanged, skipped" in after_damage.stdout
    assert "make-two: rf-synth" in after_damage.stdout
    recipe = two_stages / "recipe" / "synth.yaml"
    recipe.write_text(SYNTH.replace("30", "31"), encoding="utf-8")
    assert pipeline(two_stages).stdout.count("skipped") == 0
    lines = (two_stages / "one" / "train.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 31


def test_from_and_to_choose_stages(two_stages):
    assert pipeline(two_stages, "--from", "make-two").returncode == 0
    assert not (two_stages / "one").exists()
    assert pipeline(two_stages, "--to", "make-one").returncode == 0
    assert (two_stages / "one").exists()
    wrong = pipeline(two_stages, "--from", "make-tow")
    assert wrong.returncode == 2
    assert "expected one of make-one, make-two" in wrong.stderr
    assert pipeline(two_stages, "--from", "make-two", "--to", "make-one").returncode == 2


def test_a_failing_stage_stops_the_run_with_its_code_and_last_words(tmp_path):
    bad = generate("bad") | {"run": ["rf-synth", "generate", "--recipe", "recipe/none.yaml"]}
    write_recipe(tmp_path, bad, generate("two"))
    outcome = pipeline(tmp_path)
    assert outcome.returncode == 1
    assert "stage make-bad failed with exit code 1" in outcome.stderr
    assert "none.yaml" in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert not (tmp_path / "two").exists()
    write_recipe(tmp_path, generate("bad") | {"run": ["rf-synth", "brew"]})
    assert pipeline(tmp_path).returncode == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("stages: [", "pipeline.yaml:1: not YAML"),
        ("", "pipeline.yaml:1: expected a mapping of keys and values"),
        ("stages: []", "expected a list under the key 'stages'"),
        ("stages: [3]", "stage 1: expected a mapping with a 'name'"),
        ("stages: [{name: a}]", "stage 1: 'run' must start with one of rf-synth"),
        ("stages: [{name: a, run: [sh, -c, ls]}]", "stage 1: 'run' must start with one of"),
        ("stages: [{name: a, run: rf-synth}]", "stage 1: 'run' must be a list of strings"),
        ("stages: [{name: a, run: [rf-synth], raeds: []}]", "stage 1: unknown key 'raeds'"),
        ("stages: [{name: a, run: [rf-synth]}]\nstep: 1", "pipeline.yaml:2: unknown key 'step'"),
        ("stages: [{name: 3, run: [rf-synth]}]", "stage 1: expected a mapping with a 'name'"),
        (TWICE, "pipeline.yaml:3: stage 2: a second stage named 'a'"),
    ],
)
def test_a_bad_recipe_is_named_and_nothing_runs(tmp_path, content, said):
    (tmp_path / "recipe").mkdir()
    (tmp_path / "recipe" / "pipeline.yaml").write_text(content, encoding="utf-8")
    outcome = pipeline(tmp_path)
    assert outcome.returncode == 1
    assert said in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_a_folder_may_be_called_anything(tmp_path):
    """Its name is put into words that are parsed already, not into YAML."""
    write_recipe(tmp_path, generate("one"))
    (tmp_path / "recipe").rename(tmp_path / 'my: "recipe" #1')
    command = [sys.executable, str(ROOT / "pipeline.py"), 'my: "recipe" #1']
    outcome = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr
    assert (tmp_path / "one" / "train.jsonl").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals a process group")
def test_an_interrupt_is_the_stages_own_business(tmp_path):
    """Ctrl-C reaches pipeline and stage; the pipeline waits until the stage has ended."""
    long = generate("one")
    long["run"] += ["--count", "train=5000000", "--workers", "1"]
    write_recipe(tmp_path, long, generate("two"))
    command = [sys.executable, str(ROOT / "pipeline.py"), "recipe"]
    with subprocess.Popen(
        command, cwd=tmp_path, start_new_session=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        while not list((tmp_path / "one").glob(".rf-staging/*")):
            assert process.poll() is None
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=300)
    assert process.returncode == 130, output + errors
    assert "rf-synth: stopped" in output
    assert "stage make-one failed with exit code 130" in errors
    assert "Traceback" not in output + errors
    assert not list((tmp_path / "one").glob(".rf-staging")), "the stage could not clean up"
    assert not (tmp_path / "two").exists()


def test_a_missing_recipe_folder_is_named(tmp_path):
    outcome = pipeline(tmp_path)
    assert outcome.returncode == 1
    assert "pipeline.yaml: no such file" in outcome.stderr


@pytest.mark.parametrize(
    "folder", sorted((ROOT / "recipes").glob("*/pipeline.yaml")), ids=lambda path: path.parent.name
)
def test_every_shipped_recipe_names_files_that_exist(folder):
    stages = yaml.safe_load(folder.read_text(encoding="utf-8"))["stages"]
    named = [word for stage in stages for word in [*stage["run"], *stage.get("reads", [])]]
    own = [word for word in named if "{recipe}" in word]
    assert own
    for word in own:
        assert Path(word.replace("{recipe}", folder.parent.as_posix())).exists(), word


def test_a_tiny_model_goes_the_whole_way_from_nothing_to_figures(chain):
    """Every stage is the real command; only the model is small and knows nothing."""
    log = [json.loads(line) for line in (chain / "run" / "trainer_log.jsonl").open("rb")]
    assert [entry["current_steps"] for entry in log if "loss" in entry] == [1, 2, 3]
    assert (chain / "run" / "adapter_model.safetensors").exists()
    comparison = json.loads((chain / "results/baseline_comparison.json").read_text("utf-8"))
    assert {comparison["baseline"], comparison["candidate"]} == {"base", "tuned"}
    assert (chain / "figures" / "training_loss_curve.pdf").stat().st_size > 1000
    assert pipeline(chain).stdout.count("unchanged, skipped") == 4
