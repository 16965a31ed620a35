"""Writes docs/llamafactory-keys.md from rf-train: `uv run tools/make_llamafactory_keys.py`."""

from collections.abc import Iterator
from pathlib import Path

from rf_jsonl import write_text
from rf_train.recipe.llamafactory import UNSUPPORTED_REASON
from rf_train.recipe.training import KEYS, TRAINING

ROOT = Path(__file__).resolve().parent.parent
HEAD = """# What becomes of a LLaMA-Factory recipe's keys

<!-- Written by tools/make_llamafactory_keys.py from rf_train.recipe; change that, then run it. -->

Every key of a LLaMA-Factory training recipe, its own ones and those of
`transformers.TrainingArguments`, is one of three: **done**, **without effect** (read, and named; a
value that would have an effect is refused), or **refused** by name, unless it has a value that asks
for nothing: none, or what the table says. Anything else is no such key.
"""


def page() -> str:
    """The document."""
    return "\n".join([HEAD, *_done(), "", *_without_effect(), "", *_refused(), ""])


def _done() -> Iterator[str]:
    yield "## Done\n\n| key | default | meaning |\n|---|---|---|"
    for name, item in KEYS.items():
        text, choices = item.metadata["text"], " · ".join(map(str, TRAINING.choices(name)))
        if not text.startswith("ours: "):
            meaning = f"{text} ({choices})" if choices else text
            yield f"| `{name}` | {_yaml(item.default)} | {meaning} |"


def _without_effect() -> Iterator[str]:
    yield "## Without effect\n\n| key | why | refused |\n|---|---|---|"
    for name, reason in sorted(TRAINING.without_effect.items()):
        yield f"| `{name}` | {reason} | {_condition(name)} |"


def _condition(name: str) -> str:
    """What of a key without effect is refused, from the docstring of its condition."""
    condition = TRAINING.unless.get(name)
    return "" if condition is None else (condition.__doc__ or "").splitlines()[0]


def _refused() -> Iterator[str]:
    yield "## Refused\n\n| key | asks for nothing | instead |\n|---|---|---|"
    for name, reason in sorted(TRAINING.refused.items()):
        values = ", ".join(_yaml(value) for value in TRAINING.neutral.get(name, ()))
        yield f"| `{name}` | {values} | {reason.removeprefix(UNSUPPORTED_REASON).lstrip('; ')} |"


def _yaml(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_yaml, value))
    if value is None or isinstance(value, bool):
        return {None: "none", True: "`true`", False: "`false`"}[value]
    return f"`{value}`" if value != "" else '`""`'


if __name__ == "__main__":
    write_text(ROOT / "docs" / "llamafactory-keys.md", page())
