"""From a YAML file to a resolved recipe: every key and every value checked before work starts."""

from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from rf_jsonl import FileError, parse_yaml, read_text

from rf_train.errors import OptionError, TrainError
from rf_train.recipe.keys import RecipeKind
from rf_train.recipe.training import TRAINING, Recipe

QUICKSTART = "quickstart.yaml"
Content = TypeVar("Content")


def load_recipe(path: Path | None, changes: Iterable[str] = ()) -> tuple[Recipe, list[str]]:
    """The training recipe of a YAML file (None: the packaged quickstart); see `load_keys`."""
    if path is not None:
        return load_keys(TRAINING, path, changes)
    packaged = resources.files("rf_train").joinpath("recipe", QUICKSTART).read_text("utf-8")
    return _parse(TRAINING, packaged, Path(QUICKSTART), changes)


def resolve(content: dict[str, Any]) -> tuple[Recipe, list[str]]:
    """A training recipe of keys and values; returns recipe and remarks. Raises TrainError."""
    return TRAINING.resolve(content)


def load_keys(
    kind: RecipeKind[Content], path: Path, changes: Iterable[str] = ()
) -> tuple[Content, list[str]]:
    """The recipe of a YAML file with `key=value` changes.

    Returns it with remarks on keys that were read and have no effect here. Raises FileError with
    the line of the file's faults, OptionError for those of a change.
    """
    return _parse(kind, read_text(path), path, changes)


def _parse(
    kind: RecipeKind[Content], text: str, shown: Path, changes: Iterable[str]
) -> tuple[Content, list[str]]:
    content, lines = parse_yaml(text, shown)
    changed = _parse_changes(changes)
    try:
        return kind.resolve(content | changed)
    except TrainError as error:
        at_fault = str(error).split(":", 1)[0].split(".")[0]
        if at_fault in changed:
            raise OptionError(f"--set {error}") from None
        raise FileError(shown, str(error), lines.get(at_fault)) from None


def _parse_changes(changes: Iterable[str]) -> dict[str, Any]:
    """`key=value` texts of the command line, their values read as YAML."""
    parsed = {}
    for change in changes:
        key, separator, value = change.partition("=")
        if not separator:
            raise OptionError(f"--set {change}: expected key=value")
        try:
            parsed[key.strip()] = parse_yaml(f"value: {value}", key)[0]["value"]
        except FileError as error:
            raise OptionError(f"--set {key}: {error.reason}") from None
    return parsed
