"""How a dialogue becomes text: the templates a recipe may name.

All three write ChatML. They differ in what comes before an answer: `qwen3` uses the template
that comes with the tokenizer, thinking switched off, which puts an empty think block before the
answer being generated and none before earlier ones; `qwen3_nothink` is LLaMA-Factory's rendering
of the published run, without any think block; `chatml` is the plain form that SmolLM2 reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from rf_train.errors import TrainError

END = "<|im_end|>"

_PLAIN_CHATML = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


@dataclass(frozen=True)
class Template:
    """A way of rendering; `jinja` None means the tokenizer's own template.

    `turns_differ`: an answer is rendered otherwise as history than while it is generated, so
    that every turn needs an example of its own.
    """

    name: str
    jinja: str | None
    turns_differ: bool
    kwargs: dict[str, Any] = field(default_factory=dict)

    def offering(self, tools: Sequence[dict[str, Any]]) -> "Template":
        """This template with functions in its prompts; as it is without any."""
        return replace(self, kwargs={**self.kwargs, "tools": list(tools)}) if tools else self


TEMPLATES = {
    "qwen3": Template("qwen3", None, True, {"enable_thinking": False}),
    "qwen3_nothink": Template("qwen3_nothink", _PLAIN_CHATML, False),
    "chatml": Template("chatml", _PLAIN_CHATML, False),
}


def apply_template(tokenizer: Any, template: Template) -> None:
    """Makes `template` the tokenizer's chat template, which the run folder will carry.

    Raises TrainError where the tokenizer cannot render it: it has no `<|im_end|>` token, or
    `qwen3` is asked of a tokenizer whose own template knows no `enable_thinking`.
    """
    if tokenizer.convert_tokens_to_ids(END) in (None, tokenizer.unk_token_id):
        raise TrainError(f"template: the tokenizer has no token {END}")
    if template.jinja is not None:
        tokenizer.chat_template = template.jinja
    elif "enable_thinking" not in (tokenizer.chat_template or ""):
        raise TrainError(
            f"template: {template.name} is the tokenizer's own template with thinking switched "
            "off, and this tokenizer has none that knows it (chatml needs no template)"
        )


def template_sha256(tokenizer: Any) -> str:
    """The hash of a tokenizer's chat template in UTF-8."""
    return sha256(tokenizer.chat_template.encode("utf-8")).hexdigest()
