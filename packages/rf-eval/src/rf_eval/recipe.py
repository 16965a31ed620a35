"""The recipe of `rf-eval run`: models, samples, metrics and comparisons."""

import os
from collections.abc import Mapping
from importlib import resources
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, structs
from rf_jsonl import expanded, parse_yaml, read_yaml
from rf_jsonl.recipes import KeyFault, convert, faults_in

from rf_eval.scoring import GROUP_BY
from rf_eval.tools import TIMEOUT

QUICKSTART = "quickstart"
PATH_KEYS = ("data", "out", "tool_schema")
"""Keys in which `~` is expanded; `make_backend` does the same for the options of a model."""
SHARED_KEYS = ("batch_size", "max_new_tokens")

_PlainName = Annotated[
    str, Meta(pattern=r"^\w([\w .+@=-]{0,98}\w)?$(?!\n)", title="a plain name for a folder")
]
ModelKey = Literal[
    "backend", "model", "adapter", "run", "nf4", "dtype", "chat_template_kwargs", "base_url",
    "concurrency", "file", "command", "batch_size", "max_new_tokens", "extra_body", "tool",
    "precision", "threads", "cache", "call_schema", "call_name", "call_copied", "system_prompt",
]  # fmt: skip
"""The options of a model; none of them is a secret."""
_Models = dict[_PlainName, Annotated[dict[ModelKey, Any], Meta(title="the options of a model")]]
_Text = Annotated[str, Meta(min_length=1, title="a text")]
_Command = Annotated[str, Meta(pattern=r"\S", title="a command")]
_Count = Annotated[int, Meta(ge=0, title="a whole number from 0")]


class Recipe(Struct, frozen=True, forbid_unknown_fields=True):
    """One evaluation; the fields are the keys of the YAML, see `recipes/quickstart/eval.yaml`."""

    data: _Text
    out: _Text
    models: Annotated[_Models, Meta(min_length=1, title="models with their options")]
    n: _Count = 0
    seed: _Count = 0
    backend: str = "hf"
    batch_size: _Count | None = None
    max_new_tokens: _Count | None = None
    tool: _Command | None = None
    tool_schema: Annotated[str, Meta(pattern=r"\S", title="a path")] | None = None
    tool_timeout: Annotated[float, Meta(gt=0, title="seconds above 0")] = TIMEOUT
    compare: tuple[str, ...] = ()
    metrics: tuple[Any, ...] = ()
    group_by: tuple[str, ...] = GROUP_BY
    report: bool = True
    threads: _Count | None = None

    def __post_init__(self) -> None:
        """Raises ValueError if an unknown model is to be compared."""
        for name in self.compare:
            if name not in self.models:
                raise ValueError(f"compare: no model {name!r} among {', '.join(self.models)}")

    def options(self, name: str) -> tuple[str, dict[str, Any]]:
        """The backend and its options for one of the models."""
        own: dict[str, Any] = {k: v for k, v in self.models[name].items() if v is not None}
        backend = str(own.pop("backend", self.backend))
        own.pop("tool", None)
        if backend in ("hf", "cpu", "openai"):
            for key in SHARED_KEYS:
                value = getattr(self, key)
                if value is not None and not (backend == "openai" and key == "batch_size"):
                    own.setdefault(key, value)
        return backend, own

    def tool_of(self, name: str) -> str | None:
        """The command that answers a model's calls: its own or the recipe's; None if `false`."""
        own = self.models[name].get("tool")
        if own is False:
            return None
        return self.tool if own is None else str(own)


def read_recipe(path: str | os.PathLike[str] | None) -> Recipe:
    """Reads a recipe; without a path, the packaged quickstart.

    Raises FileError for invalid YAML, an unknown or missing key, or an invalid value.
    """
    if path is None:
        source: Any = resources.files("rf_eval") / "recipes" / f"{QUICKSTART}.yaml"
        path = f"rf_eval/recipes/{QUICKSTART}.yaml"
        content, lines = parse_yaml(source.read_text(encoding="utf-8"), path)
    else:
        content, lines = read_yaml(path)
    with faults_in(path, lines):
        return _recipe(content)


def _recipe(content: Mapping[Any, Any]) -> Recipe:
    recipe = convert(content, Recipe)
    for name, model in recipe.models.items():
        if model.get("tool") not in (None, False):
            try:
                convert(model["tool"], _Command)
            except KeyFault as fault:
                raise KeyFault(f"models.{name}.tool", fault.reason) from None
    paths = {key: getattr(recipe, key) for key in PATH_KEYS}
    return structs.replace(
        recipe, **{key: value and expanded(value) for key, value in paths.items()}
    )
