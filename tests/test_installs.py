"""The evaluator is light and stands alone: fresh environments, as other people's projects have."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EVAL = ROOT / "packages" / "rf-eval"
MOST_PACKAGES = 12

pytestmark = pytest.mark.slow

PROJECT = """
[project]
name = "somebody-elses"
version = "0"
requires-python = ">=3.11,<3.14"
dependencies = ["rf-eval"]
[tool.uv.sources]
rf-eval = {{ {source} }}
"""


def run(*words: str | Path, cwd: Path) -> str:
    outcome = subprocess.run(
        [str(word) for word in words], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stderr[-2000:]
    return outcome.stdout


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


@pytest.mark.parametrize("how", ["path", "git"])
def test_another_uv_project_depends_on_the_evaluator(tmp_path, how):
    source = f'path = "{EVAL.as_posix()}"'
    if how == "git":
        if not (ROOT / ".git").exists():
            pytest.skip("this copy of the repository has no git history to depend on")
        source = f'git = "{ROOT.as_uri()}", subdirectory = "packages/rf-eval"'
    (tmp_path / "pyproject.toml").write_text(PROJECT.format(source=source), encoding="utf-8")
    assert "rf-eval" in run("uv", "run", "rf-eval", "--version", cwd=tmp_path)


def test_every_member_builds_a_wheel_with_what_it_needs(tmp_path):
    import zipfile

    run("uv", "build", "--all-packages", "--out-dir", tmp_path, cwd=ROOT)
    wheels = {path.name.split("-")[0]: path for path in tmp_path.glob("*.whl")}
    assert sorted(wheels) == ["rf_eval", "rf_figs", "rf_jsonl", "rf_synth", "rf_train"]
    for package, wheel in wheels.items():
        packed = set(zipfile.ZipFile(wheel).namelist())
        folder = ROOT / "packages" / package.replace("_", "-") / "src"
        kept = {
            path.relative_to(folder).as_posix()
            for path in folder.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert kept <= packed, f"{package} lacks {sorted(kept - packed)}"
