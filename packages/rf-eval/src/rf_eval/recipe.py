"""The recipe of `rf-eval run`: which models answer which samples, how, and what is compared."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from rf_jsonl import FileError, expanded, parse_yaml, read_yaml

from rf_eval.scoring import GROUP_BY
from rf_eval.tools import TIMEOUT

QUICKSTART = "quickstart"
PLAIN_NAME = r"\w([\w .+@=-]{0,98}\w)?"
"""A model's name is that of its folder: it must not lead out of the output folder."""

MODEL_KEYS = {
    "backend", "model", "adapter", "run", "nf4", "dtype", "chat_template_kwargs", "base_url",
    "concurrency", "file", "command", "batch_size", "max_new_tokens", "extra_body", "tool",
    "precision", "threads", "cache", "call_schema", "call_name", "call_copied", "system_prompt",
}  # fmt: skip
PATH_KEYS = {"data", "out", "tool_schema"}
"""Keys in which `~` is expanded; those of a model are the backend's (`make_backend`)."""
SHARED_KEYS = ("batch_size", "max_new_tokens")


@dataclass(frozen=True)
class Recipe:
    """One evaluation. Field by field what the YAML holds; see `recipes/quickstart/eval.yaml`."""

    data: str
    out: str
    models: Mapping[str, Mapping[str, Any]]
    n: int = 0
    seed: int = 0
    backend: str = "hf"
    batch_size: int | None = None
    max_new_tokens: int | None = None
    tool: str | None = None
    tool_schema: str | None = None
    tool_timeout: float = TIMEOUT
    compare: tuple[str, ...] = ()
    metrics: tuple[Any, ...] = ()
    group_by: tuple[str, ...] = GROUP_BY
    report: bool = True
    threads: int | None = field(default=None)

    def options(self, name: str) -> tuple[str, dict[str, Any]]:
        """The backend and its options for one of the models."""
        own = {key: value for key, value in self.models[name].items() if value is not None}
        backend = str(own.pop("backend", self.backend))
        own.pop("tool", None)
        if backend in ("hf", "cpu", "openai"):
            for key in SHARED_KEYS:
                value = getattr(self, key)
                if value is not None and not (backend == "openai" and key == "batch_size"):
                    own.setdefault(key, value)
        return backend, own

    def tool_of(self, name: str) -> str | None:
        """The command that answers a model's calls: its own, none where it says `tool: false`."""
        own = self.models[name].get("tool")
        if own is False:
            return None
        return self.tool if own is None else str(own)


def read_recipe(path: str | os.PathLike[str] | None) -> Recipe:
    """Reads a recipe; without a path, the packaged quickstart.

    Raises FileError for what is no YAML, for an unknown or missing key, and for a wrong type.
    """
    if path is None:
        source: Any = resources.files("rf_eval") / "recipes" / f"{QUICKSTART}.yaml"
        path = f"rf_eval/recipes/{QUICKSTART}.yaml"
        return _recipe(path, *parse_yaml(source.read_text(encoding="utf-8"), path))
    return _recipe(path, *read_yaml(path))


def _recipe(path: str | os.PathLike[str], loaded: dict[Any, Any], lines: dict[str, int]) -> Recipe:
    def known(what: str, given: dict[Any, Any], keys: set[str], prefix: str = "") -> None:
        for key in given:
            if key not in keys:
                reason = f"{what}: unknown key {key!r}{_nearest(key, keys)}"
                raise FileError(path, reason, lines.get(f"{prefix}{key}"))

    known("recipe", loaded, set(Recipe.__dataclass_fields__))
    for key, kind in (("data", str), ("out", str), ("models", dict)):
        if not isinstance(loaded.get(key), kind) or not loaded[key]:
            raise FileError(path, f"needs {key!r}, {_KINDS[kind]}")
    for key in ("n", "seed", "batch_size", "max_new_tokens", "threads"):
        value = loaded.get(key)
        if value is not None and (
            not isinstance(value, int) or isinstance(value, bool) or value < 0
        ):
            reason = f"{key} is {value!r}, expected a whole number from 0"
            raise FileError(path, reason, lines.get(key))
    _check_tool(path, loaded, lines)
    for name, model in loaded["models"].items():
        plain = isinstance(name, str) and re.fullmatch(PLAIN_NAME, name)
        if not isinstance(model, dict) or not plain:
            reason = f"model {name!r}: expected a plain name and its options"
            raise FileError(path, reason, lines.get(f"models.{name}"))
        known(f"model {name}", model, MODEL_KEYS, f"models.{name}.")
    for key in ("compare", "metrics", "group_by"):
        if key in loaded:
            if not isinstance(loaded[key], list):
                raise FileError(path, f"{key} is no list", lines.get(key))
            loaded[key] = tuple(loaded[key])
    for name in loaded.get("compare", ()):
        if not isinstance(name, str) or name not in loaded["models"]:
            reason = f"compare: no model {name!r} among {', '.join(loaded['models'])}"
            raise FileError(path, reason, lines.get("compare"))
    for key in PATH_KEYS & loaded.keys():
        loaded[key] = loaded[key] and expanded(loaded[key])
    return Recipe(**loaded)


def _check_tool(
    path: str | os.PathLike[str], loaded: dict[Any, Any], lines: dict[str, int]
) -> None:
    """Raises FileError for a tool that is no command and a time limit that is none."""
    models = loaded["models"].items()
    own = {
        f"models.{name}.tool": m["tool"]
        for name, m in models
        if isinstance(m, dict) and "tool" in m
    }
    stated = {key: loaded[key] for key in ("tool", "tool_schema") if loaded.get(key) is not None}
    for key, value in (stated | own).items():
        off = key in own and value in (None, False)
        if not off and not (isinstance(value, str) and value.strip()):
            expected = "a path" if key == "tool_schema" else "a command"
            raise FileError(path, f"{key} is {value!r}, expected {expected}", lines.get(key))
    limit = loaded.get("tool_timeout", TIMEOUT)
    if not isinstance(limit, int | float) or isinstance(limit, bool) or not limit > 0:
        reason = f"tool_timeout is {limit!r}, expected seconds above 0"
        raise FileError(path, reason, lines.get("tool_timeout"))


_KINDS = {str: "a text", dict: "names with options"}


def _nearest(key: Any, known: set[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(str(key), sorted(known), n=1)
    return f", did you mean {near[0]}?" if near else ""
