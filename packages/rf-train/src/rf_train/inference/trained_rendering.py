"""The rendering that a run folder records, for prompting its model as in training."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, read_json

from rf_train.data.templates import TEMPLATES, Template, apply_template, template_sha256
from rf_train.errors import TrainError
from rf_train.files.names import CHECKPOINT_PREFIX, RUN_NAME

_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")


@dataclass(frozen=True)
class TrainedRendering:
    """The `rendering` of a run: how the model was prompted in training.

    `folder` is the run folder; `chat_template_sha256` the hash of its tokenizer's template in
    UTF-8; `system_prompts` the common ones of its data, most frequent first ("": no system prompt).
    """

    folder: Path
    template: str
    chat_template_sha256: str
    chat_template_kwargs: dict[str, Any]
    stop: tuple[str, ...]
    system_prompts: tuple[str, ...]

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The functions that every prompt of the training declared."""
        return self.chat_template_kwargs.get("tools") or []

    def apply(self, tokenizer: Any, template: Template) -> None:
        """Sets the template of `tokenizer`.

        Raises TrainError where the result or its arguments differ from what the run recorded.
        """
        apply_template(tokenizer, template)
        found = template_sha256(tokenizer)
        kwargs = template.offering(self.tools).kwargs
        if found != self.chat_template_sha256 or kwargs != self.chat_template_kwargs:
            raise TrainError(
                f"{self.folder}: was trained with another chat template than this {template.name} "
                f"({self.chat_template_sha256[:12]}…, here {found[:12]}…)"
            )


def trained_rendering(location: str) -> TrainedRendering | None:
    """The rendering of a run folder or of one of its checkpoints; None without a `run.json`.

    Raises FileError where `run.json` holds no valid rendering.
    """
    folder = Path(location)
    if folder.name.startswith(CHECKPOINT_PREFIX) and not (folder / RUN_NAME).is_file():
        folder = folder.parent
    path = folder / RUN_NAME
    if not path.is_file():
        return None
    record = read_json(path).get("rendering")
    if not isinstance(record, dict):
        raise FileError(path, "has no rendering, so the prompts of the training are not known")
    try:
        return TrainedRendering(
            folder=folder,
            template=record["template"],
            chat_template_sha256=record["chat_template_sha256"],
            chat_template_kwargs=record["chat_template_kwargs"],
            stop=tuple(record["stop"]),
            system_prompts=tuple(entry["text"] for entry in record.get("system_prompts", ())),
        )
    except (KeyError, TypeError) as error:
        raise FileError(path, f"rendering: incomplete or malformed ({error})") from None


def resolve_template(name: str | None, run: TrainedRendering | None) -> Template:
    """The template of a run, with the functions it declared, or of a recipe without a run.

    Raises TrainError, which starts with the key, where both contradict each other or are missing.
    """
    if run is None:
        if name is None:
            raise TrainError(f"template: is missing, and no {RUN_NAME} of a run names it")
        return TEMPLATES[name]
    if name is not None and name != run.template:
        raise TrainError(
            f"template: {name}, but {run.folder} was trained with {run.template} "
            f"(omit the key, or set it to {run.template})"
        )
    if run.template not in TEMPLATES:
        raise FileError(run.folder / RUN_NAME, f"template {run.template!r} is not known here")
    return TEMPLATES[run.template].offering(run.tools)


def tokenizer_folder(run: TrainedRendering | None, default: str) -> str:
    """The run folder if it holds a tokenizer (an unfinished run does not), otherwise `default`."""
    if run is not None and all((run.folder / name).is_file() for name in _TOKENIZER_FILES):
        return str(run.folder)
    return default


def system_prompt_for(prompts: Sequence[str], question: str) -> str:
    """The most frequent of `prompts` in the language of `question`, "" where there are none.

    A question with a Han character counts as Chinese: bilingual data sets use the Chinese system
    prompt for mixed requests.
    """
    same = [prompt for prompt in prompts if contains_han(prompt) == contains_han(question)]
    return (same or [*prompts, ""])[0]


def contains_han(text: str) -> bool:
    """Whether a text contains a Chinese character."""
    return any("\u3400" <= character <= "\u9fff" for character in text)
