"""What a run folder says about its rendering, for those who let the trained model answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, read_json

from rf_train.data.templates import TEMPLATES, Template, apply_template
from rf_train.errors import TrainError
from rf_train.files.names import CHECKPOINT_PREFIX, RUN_NAME

_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")


@dataclass(frozen=True)
class TrainedRendering:
    """The `rendering` of a run: how the model was prompted in training.

    `folder` is the run folder; `chat_template_sha256` that of its tokenizer's template as UTF-8;
    `system_prompts` the common ones of its data, most frequent first ("": dialogues without one).
    """

    folder: Path
    template: str
    chat_template_sha256: str
    chat_template_kwargs: dict[str, Any]
    stop: tuple[str, ...]
    system_prompts: tuple[str, ...]

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The functions that every prompt of the training offered."""
        return self.chat_template_kwargs.get("tools") or []

    def apply(self, tokenizer: Any, template: Template) -> None:
        """Gives `tokenizer` the template, which must be what the run was trained with.

        Raises TrainError where either is another than the run recorded.
        """
        apply_template(tokenizer, template)
        found = sha256(tokenizer.chat_template.encode("utf-8")).hexdigest()
        kwargs = template.offering(self.tools).kwargs
        if found != self.chat_template_sha256 or kwargs != self.chat_template_kwargs:
            raise TrainError(
                f"{self.folder}: was trained with another chat template than this {template.name} "
                f"({self.chat_template_sha256[:12]}…, here {found[:12]}…)"
            )


def trained_rendering(place: str) -> TrainedRendering | None:
    """The rendering of a run folder or of one of its checkpoints; None where no run is recorded.

    Raises FileError where `run.json` is there and has no rendering.
    """
    folder = Path(place)
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
        raise FileError(path, f"rendering: incomplete or of another kind ({error})") from None


def resolve_template(name: str | None, run: TrainedRendering | None) -> Template:
    """The template of a run, with the functions it offered, or that of a recipe without a run.

    Raises TrainError, which starts with the key, where the two contradict or neither tells.
    """
    if run is None:
        if name is None:
            raise TrainError(f"template: is missing, and no {RUN_NAME} of a run names it")
        return TEMPLATES[name]
    if name is not None and name != run.template:
        raise TrainError(
            f"template: {name}, but {run.folder} was trained with {run.template} "
            f"(leave the key out, or say {run.template})"
        )
    if run.template not in TEMPLATES:
        raise FileError(run.folder / RUN_NAME, f"template {run.template!r} is not known here")
    return TEMPLATES[run.template].offering(run.tools)


def tokenizer_folder(run: TrainedRendering | None, otherwise: str) -> str:
    """The run folder if it has its tokenizer (an unfinished run has not yet), else `otherwise`."""
    if run is not None and all((run.folder / name).is_file() for name in _TOKENIZER_FILES):
        return str(run.folder)
    return otherwise


def system_prompt_for(prompts: Sequence[str], question: str) -> str:
    """The most frequent of `prompts` in the language of `question`, "" where there are none.

    Chinese is whatever holds a Han character: a data set that prompts in two languages prompts
    mixed requests in Chinese.
    """
    same = [prompt for prompt in prompts if contains_han(prompt) == contains_han(question)]
    return (same or [*prompts, ""])[0]


def contains_han(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)
