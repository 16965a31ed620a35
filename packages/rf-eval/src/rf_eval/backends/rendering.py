"""How messages are rendered to a prompt: as in the run that trained the model."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, read_json, read_text

from rf_eval.errors import EvalError


@dataclass(frozen=True)
class Rendering:
    """Location of the tokenizer, arguments of the chat template, and the stop tokens.

    `template_sha256` is the hash of the chat template as UTF-8, None if it is unknown until the
    tokenizer is loaded (for a hub id).
    """

    tokenizer: str
    template_sha256: str | None
    kwargs: dict[str, Any] = field(default_factory=dict)
    stop: tuple[str, ...] = ()

    def to_record(self) -> dict[str, Any]:
        """The properties of the rendering that affect completions."""
        return {
            "chat_template_sha256": self.template_sha256,
            "chat_template_kwargs": self.kwargs,
            "stop": list(self.stop),
        }


def rendering_of_run(run: Path) -> Rendering:
    """The rendering that a run folder records.

    Raises EvalError if the folder's tokenizer has another chat template than the one in training,
    FileError if run.json cannot be read.
    """
    recorded = read_json(run / "run.json").get("rendering")
    if not isinstance(recorded, dict):
        raise EvalError(f'{run / "run.json"}: no "rendering", so the prompts are not known')
    found, trained = template_sha256(run), recorded.get("chat_template_sha256")
    if trained and found and trained != found:
        raise EvalError(
            f"{run}: its tokenizer has another chat template ({found[:12]}…) than in training "
            f"({trained[:12]}…)"
        )
    return Rendering(
        str(run),
        found or trained,
        dict(recorded.get("chat_template_kwargs") or {}),
        tuple(recorded.get("stop") or ()),
    )


def prompts_of_run(run: str | None, system_prompt: str) -> tuple[str, ...]:
    """The system prompts that replace the samples': those of a run for `run`, none for `data`.

    Raises EvalError for another value, and for a run that does not record its prompts.
    """
    if system_prompt == "data":
        return ()
    if system_prompt != "run":
        raise EvalError(f"system_prompt is {system_prompt!r}, expected data or run")
    recorded = {} if run is None else read_json(Path(run) / "run.json").get("rendering") or {}
    found = tuple(str(prompt["text"]) for prompt in recorded.get("system_prompts") or ())
    if not found:
        raise EvalError("system_prompt: run needs a run folder whose run.json has system prompts")
    return found


def rendering_of_model(model: str, kwargs: dict[str, Any] | None = None) -> Rendering:
    """A model's own rendering, with `kwargs` for its chat template."""
    return Rendering(model, template_sha256(Path(model)), dict(kwargs or {}))


def template_sha256(folder: Path) -> str | None:
    """sha256 of the chat template in a tokenizer folder, None if there is none."""
    jinja, config = folder / "chat_template.jinja", folder / "tokenizer_config.json"
    template: Any = None
    if jinja.is_file():
        template = read_text(jinja)
    elif config.is_file():
        template = read_tokenizer_config(config).get("chat_template")
    return hash_text(template) if isinstance(template, str) else None


def read_tokenizer_config(path: Path) -> dict[str, Any]:
    """The content of a `tokenizer_config.json`. Raises FileError.

    Numbers may have any length: transformers writes 10^30 if the prompt length is unlimited.
    """
    try:
        config = json.loads(read_text(path))
    except ValueError as error:
        raise FileError(path, f"is not JSON: {error}") from None
    if not isinstance(config, dict):
        raise FileError(path, "is not a JSON object")
    return config


def hash_text(text: str) -> str:
    """sha256 of a text's UTF-8 bytes, in hex."""
    return sha256(text.encode("utf-8")).hexdigest()
