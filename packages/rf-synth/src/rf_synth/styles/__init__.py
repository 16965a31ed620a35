"""Answer styles: the contents of the final JSON object.

A style is a class in its own module, listed in `STYLES` as "module:Class".
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
    """An answer style."""

    name: str

    def answer(self, spec: Spec, order: int) -> dict[str, Any] | None:
        """The answer object with `order` last; None if this style does not arrive at `order`."""
        ...

    def steps(self) -> dict[str, list[dict[str, Any]]]:
        """The steps of the derivation by band, as in metadata.json; empty without a derivation."""
        ...

    def problems(self, ranges: Ranges) -> list[str]:
        """Reasons why the style does not cover these ranges."""
        ...


def as_json(answer: dict[str, Any]) -> str:
    """The answer as json.dumps writes it, five times as fast; strings must not contain , or :."""
    return orjson.dumps(answer).decode().replace('":', '": ').replace(',"', ', "')


def get_style(name: str) -> Style:
    """The style `name`. Raises KeyError with a suggestion for an unknown name."""
    if name not in STYLES:
        raise KeyError(f"unknown answer style {name!r}{did_you_mean(name, STYLES)}")
    module, _, attribute = STYLES[name].partition(":")
    style: Style = getattr(import_module(module), attribute)()
    return style
