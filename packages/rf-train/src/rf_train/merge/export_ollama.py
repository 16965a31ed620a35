"""A Modelfile for Ollama: the weights, the prompt as in training, the stop tokens.

Ollama uses Go's text/template, so the chat template cannot be copied. All renderings of this
package are ChatML, some with a prefix before the answer; that prefix is read from the output of the
model's own template, and a template that is not ChatML is refused.
"""

from pathlib import Path
from typing import Any

from rf_jsonl import FileError

from rf_train.data.rendering import Message
from rf_train.data.templates import END
from rf_train.errors import TrainError
from rf_train.inference.trained_rendering import trained_rendering
from rf_train.model.loading import load_tokenizer

MODELFILE = "Modelfile"
_ANSWER = "<|im_start|>assistant\n"
_TURN = "{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}"
_DIALOGUE: list[Message] = [
    {"role": "system", "content": "S"},
    {"role": "user", "content": "Q 1"},
    {"role": "assistant", "content": "A 1"},
    {"role": "user", "content": "Q 2"},
]


def modelfile(folder: Path, weights: str = ".") -> str:
    """The Modelfile of a model folder; `weights` is the path after FROM.

    A model of `rf-train` is prompted as its `run.json` says, with the most frequent system prompt
    of its training. Raises FileError, TrainError.
    """
    if not (folder / "config.json").is_file():
        raise FileError(folder, "is not a model folder (export what rf-train merge wrote)")
    run = trained_rendering(str(folder))
    kwargs = run.chat_template_kwargs if run is not None else {}
    before = before_answer(load_tokenizer(str(folder)), kwargs, folder)
    system = run.system_prompts[0] if run is not None and run.system_prompts else ""
    lines = [f"FROM {weights}", f'TEMPLATE """{_TURN}{_ANSWER}{before}"""']
    if system:
        lines.append(f'SYSTEM """{_quotable(system, folder)}"""')
    stops = run.stop if run is not None else (END,)
    lines += [f'PARAMETER stop "{stop}"' for stop in dict.fromkeys((*stops, END, "<|im_start|>"))]
    return "\n".join([*lines, "PARAMETER temperature 0", ""])


def before_answer(tokenizer: Any, kwargs: dict[str, Any], folder: Path) -> str:
    """What the template puts between `<|im_start|>assistant` and the answer, such as an empty
    think block. Raises TrainError where the rest is not ChatML."""
    if not tokenizer.chat_template:
        raise TrainError(f"{folder}: its tokenizer has no chat template")
    text: str = tokenizer.apply_chat_template(
        _DIALOGUE, tokenize=False, add_generation_prompt=True, **kwargs
    )
    chatml = "".join(
        f"<|im_start|>{message['role']}\n{message['content']}{END}\n" for message in _DIALOGUE
    )
    if not text.startswith(chatml + _ANSWER):
        raise TrainError(f"{folder}: its chat template is not ChatML; write the Modelfile by hand")
    return _quotable(text.removeprefix(chatml + _ANSWER), folder)


def _quotable(text: str, folder: Path) -> str:
    if '"""' in text or "{{" in text:
        raise TrainError(f'{folder}: a prompt that contains """ or {{{{ cannot be in a Modelfile')
    return text
