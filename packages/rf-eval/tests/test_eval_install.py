"""What pip really installs: few packages, no torch, and a third party's metric that shows up."""

import json
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "rf-eval-metric-example"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A fresh environment with rf-jsonl, rf-eval and the example package, by pip."""
    if not EXAMPLE.is_dir():
        pytest.skip("not in the repository")
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    venv.create(folder, with_pip=True)
    scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
    packages = [ROOT / "packages" / "rf-jsonl", ROOT / "packages" / "rf-eval", EXAMPLE]
    command = [scripts / "python", "-m", "pip", "install", "--quiet", *packages]
    subprocess.run(command, check=True)
    return scripts


def output(fresh, *arguments, **options):
    command = [fresh / arguments[0], *arguments[1:]]
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


@pytest.mark.slow
def test_the_base_install_is_small(fresh):
    listing = json.loads(output(fresh, "python", "-m", "pip", "list", "--format", "json"))
    tools = {"pip", "setuptools", "wheel", "rf-eval-metric-example"}
    names = {entry["name"].lower() for entry in listing} - tools
    assert "rf-eval" in names and not names & {"torch", "transformers", "scipy", "matplotlib"}
    assert len(names) <= 12, sorted(names)


@pytest.mark.slow
def test_the_example_s_metrics_show_up_and_score(fresh, data_file, tmp_path):
    assert "example/few_characters" in output(fresh, "rf-eval", "metrics")
    assert "example/round_numbers" in output(fresh, "rf-eval", "metrics", "--json")
    out = tmp_path / "out"
    data = ["--data", str(data_file)]
    output(fresh, "rf-eval", "generate", *data, "--backend", "reference", "--out", str(out))
    chosen = ["--metric", "default", "--metric", "example/few_characters"]
    chosen += ["--metric", "example/round_numbers"]
    shown = output(fresh, "rf-eval", "score", str(out), *data, *chosen)
    assert "example/few_characters" in shown and "example/round_numbers" in shown
    assert "schema_valid" in (out / "results.json").read_text(encoding="utf-8")


@pytest.mark.slow
def test_extras_that_are_missing_are_named(fresh, data_file, tmp_path):
    common = ["generate", "--data", str(data_file), "--out", str(tmp_path / "o"), "--model", "m"]
    for backend, extra in (("hf", "rf-eval[hf]"), ("openai", "rf-eval[openai]")):
        options = ["--base-url", "http://127.0.0.1:9/v1"] if backend == "openai" else []
        command = [fresh / "rf-eval", *common, "--backend", backend, "--force", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 1 and extra in done.stderr and done.stderr.count("\n") == 1
