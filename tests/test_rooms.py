"""The folders of a package: which may import which, and that nothing is imported in a circle.

`docs/architecture.md` draws the same. A module may import from its own folder and from the folders
named here; modules at the top of a package that every folder may use are in `COMMON`, and only the
command line may import everything.
"""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from tiny_chain import ROOT

COMMON = {
    "rf_train": {"errors", "quiet", "versions"},
    "rf_synth": {"errors", "parallel", "schemas", "sharing"},
}
ROOMS = {
    "rf_train": {
        "files": set(),
        "recipe": {"files"},
        "data": {"files", "recipe"},
        "model": {"files", "recipe", "data"},
        "budget": {"files", "recipe", "data", "model"},
        "training": {"files", "recipe", "data", "model", "budget"},
        "inference": {"files", "recipe", "data", "model", "budget"},
        "chat": {"files", "recipe", "data", "inference"},
        "merge": {"files", "recipe", "data", "model", "inference"},
    },
    "rf_synth": {
        "specs": set(),
        "solve": {"specs"},
        "language": {"specs"},
        "styles": {"specs", "calls"},
        "notes": set(),
        "calls": {"specs"},
        "requests": {"specs", "calls"},
        "dataset": {"specs", "language", "styles", "calls", "requests"},
        "verify": {"specs", "language", "styles", "calls", "requests", "dataset"},
    },
}


def imports(package: str) -> dict[str, set[str]]:
    """Module → modules of the same package that it imports, at its top or inside functions."""
    source = ROOT / "packages" / package.replace("_", "-") / "src"
    modules = {module_name(path, source): path for path in (source / package).rglob("*.py")}
    return {
        module: {name for name in imported(path, modules) if name != module}
        for module, path in modules.items()
    }


def module_name(path: Path, source: Path) -> str:
    parts = path.relative_to(source).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path, modules: dict[str, Path]) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module in modules:
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in modules else node.module for name in inside}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name in modules}
    return found


@pytest.mark.parametrize("package", ROOMS)
def test_folders_import_only_what_lies_below_them(package):
    allowed, common = ROOMS[package], COMMON[package]
    order = list(TopologicalSorter(allowed).static_order())  # raises where the table has a circle
    assert set(order) == set(allowed)
    wrong, seen = [], set()
    for module, names in imports(package).items():
        room = module.split(".")[1] if "." in module else None
        seen.add(room)
        if room is None or room in ("cli", "__main__"):
            continue
        may = common | (allowed[room] | {room} if room in allowed else set())
        wrong += [f"{module} -> {name}" for name in names if name.split(".")[1:2] != [] and
                  name.split(".")[1] not in may]  # fmt: skip
    assert not wrong, wrong
    assert seen - {None, "cli", "__main__"} <= set(allowed) | common, "a folder the table lacks"


@pytest.mark.parametrize("package", ROOMS)
def test_no_module_is_imported_in_a_circle(package):
    TopologicalSorter(imports(package)).prepare()  # raises CycleError and shows the circle
