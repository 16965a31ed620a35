"""The output folder: changed files are replaced only with `force`; a manifest lists them all."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rf_jsonl import atomic_writer, locked_folder, read_json, sha256_file, write_json

from rf_figs.errors import FigsError
from rf_figs.fonts import font_file
from rf_figs.render import Outcome

MANIFEST = "figures.json"


@dataclass(frozen=True)
class Written:
    """How many files were written, were unchanged, and were removed as outdated."""

    new: int
    unchanged: int
    removed: int


def write_outcomes(
    folder: Path, outcomes: Sequence[Outcome], options: dict[str, Any], *, force: bool
) -> Written:
    """Writes the files of all outcomes and, last, the manifest.

    Manifest entries of other figures are kept. Files that an earlier run wrote for one of these
    figures and this run did not are outdated and removed; if drawing a figure failed, its
    earlier files and entry are kept.

    Raises FigsError, before changing anything, if a file would change without `force`; FileError.
    """
    with locked_folder(folder):
        old = _old_entries(folder)
        outcomes = [o for o in outcomes if not (o.failed and old.get(o.name, {}).get("files"))]
        files = {name: data for outcome in outcomes for name, data in outcome.files.items()}
        outdated = _outdated(folder, old, outcomes, files)
        fresh = {name: data for name, data in files.items() if _differs(folder / name, data)}
        changed = sorted([n for n in fresh if (folder / n).exists()] + outdated)
        if changed and not force:
            more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
            raise FigsError(f"{folder / changed[0]}{more} would change (--force replaces them)")
        for name, data in fresh.items():
            with atomic_writer(folder / name) as file:
                file.write(data)
        for name in outdated:
            (folder / name).unlink()
        _write_manifest(folder, old, outcomes, options)
    return Written(len(fresh), len(files) - len(fresh), len(outdated))


def _old_entries(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    entries = read_json(path).get("figures") if path.is_file() else None
    return entries if isinstance(entries, dict) else {}


def _outdated(
    folder: Path, old: dict[str, Any], outcomes: Sequence[Outcome], files: dict[str, bytes]
) -> list[str]:
    names = (name for outcome in outcomes for name in old.get(outcome.name, {}).get("files", {}))
    return [
        name
        for name in names
        if name not in files and Path(name).name == name and (folder / name).is_file()
    ]


def _differs(path: Path, data: bytes) -> bool:
    return not path.is_file() or sha256_file(path) != sha256(data).hexdigest()


def _write_manifest(
    folder: Path, old: dict[str, Any], outcomes: Sequence[Outcome], options: dict[str, Any]
) -> None:
    entries = {**old, **{outcome.name: _entry(outcome) for outcome in outcomes}}
    record = {
        "versions": {
            name: version(name) for name in ("rf-figs", "matplotlib", "fonttools", "numpy")
        },
        "font_sha256": sha256_file(font_file()),
        "options": options,
        "figures": dict(sorted(entries.items())),
    }
    path = folder / MANIFEST
    if not path.is_file() or read_json(path) != record:
        write_json(path, record)


def _entry(outcome: Outcome) -> dict[str, Any]:
    entry: dict[str, Any] = {"title": {"en": outcome.title[0], "zh": outcome.title[1]}}
    if outcome.skipped or outcome.failed:
        kind = "skipped" if outcome.skipped else "failed"
        return {**entry, kind: outcome.skipped or outcome.failed}
    return {
        **entry,
        "notes": outcome.notes,
        "inputs": outcome.inputs,
        "files": {
            name: {"bytes": len(data), "sha256": sha256(data).hexdigest()}
            for name, data in sorted(outcome.files.items())
        },
    }
