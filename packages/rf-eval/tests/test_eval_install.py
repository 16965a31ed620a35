"""What is really installed: few packages, no torch, and a third party's metric that shows up.

uv makes the fresh environment in seconds where it is at hand; pip itself is what
`test_pip_resolves_the_same` (slow) takes.
"""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "rf-eval-metric-example"


PACKAGES = [ROOT / "packages" / "rf-jsonl", ROOT / "packages" / "rf-eval", EXAMPLE]
TOOLS = {"pip", "setuptools", "wheel", "rf-eval-metric-example"}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """The scripts of a fresh environment with rf-jsonl, rf-eval and the example package."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    uv = shutil.which("uv")
    if uv is None:
        return with_pip(folder)
    check_the_example_is_there()
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    command = [uv, "pip", "install", "--quiet", "--python", folder, *PACKAGES]
    subprocess.run(command, check=True)
    return scripts_of(folder)


def with_pip(folder):
    check_the_example_is_there()
    venv.create(folder, with_pip=True)
    scripts = scripts_of(folder)
    command = [scripts / "python", "-m", "pip", "install", "--quiet", *PACKAGES]
    subprocess.run(command, check=True)
    return scripts


def check_the_example_is_there():
    if not EXAMPLE.is_dir():
        pytest.skip("not in the repository")


def scripts_of(folder):
    return folder / ("Scripts" if sys.platform == "win32" else "bin")


def installed(scripts):
    """Names of the distributions that an environment holds, by asking its own Python."""
    code = "import importlib.metadata as m; print(*(d.metadata['Name'] for d in m.distributions()))"
    return {name.lower() for name in output(scripts, "python", "-c", code).split()} - TOOLS


def output(fresh, *arguments, **options):
    command = [fresh / arguments[0], *arguments[1:]]
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def test_the_base_install_is_small(fresh):
    names = installed(fresh)
    assert "rf-eval" in names and not names & {"torch", "transformers", "scipy", "matplotlib"}
    assert len(names) <= 12, sorted(names)


@pytest.mark.slow
def test_pip_resolves_the_same(fresh, tmp_path):
    assert installed(with_pip(tmp_path / "venv")) == installed(fresh)


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


def test_extras_that_are_missing_are_named(fresh, data_file, tmp_path):
    common = ["generate", "--data", str(data_file), "--out", str(tmp_path / "o"), "--model", "m"]
    for backend, extra in (
        ("hf", "rf-eval[hf]"),
        ("cpu", "rf-eval[cpu]"),
        ("openai", "rf-eval[openai]"),
    ):
        options = ["--base-url", "http://127.0.0.1:9/v1"] if backend == "openai" else []
        command = [fresh / "rf-eval", *common, "--backend", backend, "--force", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 1 and extra in done.stderr and done.stderr.count("\n") == 1
