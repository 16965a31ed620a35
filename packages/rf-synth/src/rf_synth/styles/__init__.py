"""Answer styles: how the final JSON object is written.

A style is one small class in a file of its own, listed in `STYLES`: name → "module:Class".
"""

from importlib import import_module
from typing import Any, Protocol

import orjson
from rf_jsonl import did_you_mean

from rf_synth.specs.minimum_order import Spec
from rf_synth.specs.ranges import Ranges

STYLES: dict[str, str] = {
    "json": "rf_synth.styles.plain:PlainStyle",
    "derivation": "rf_synth.styles.derivation:DerivationStyle",
    "log-tables": "rf_synth.styles.log_tables:LogTablesStyle",
    "by-hand": "rf_synth.styles.by_hand:ByHandStyle",
}


class Style(Protocol):
    """Writes answers."""

    name: str

    def answer(self, spec: Spec, order: int) -> dict[str, Any] | None:
        """The answer object with `order` last; None where this style cannot reach `order`."""
        ...

    def steps(self) -> dict[str, list[dict[str, Any]]]:
        """The derivation's steps by band, as metadata.json tells them; empty where it has none."""
        ...

    def problems(self, ranges: Ranges) -> list[str]:
        """What of these ranges the style cannot write, in words."""
        ...


def as_json(answer: dict[str, Any]) -> str:
    """The answer as json.dumps writes it, in a fifth of its time; its texts hold no , and no :."""
    return orjson.dumps(answer).decode().replace('":', '": ').replace(',"', ', "')


def get_style(name: str) -> Style:
    """The style of that name. Raises KeyError with a suggestion for an unknown one."""
    if name not in STYLES:
        raise KeyError(f"unknown answer style {name!r}{did_you_mean(name, STYLES)}")
    module, _, attribute = STYLES[name].partition(":")
    style: Style = getattr(import_module(module), attribute)()
    return style
