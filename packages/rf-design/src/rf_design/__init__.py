"""From a sentence to a filter that can be built.

    from rf_design import design
    found = design({"band": "LPF", "edge": "30 MHz", "ripple": "0.1 dB", "order": "5"})
    found.filter.ladder.elements()      # C1, L2, …
    found.to_json()                     # what `rf-design --json` prints

A small model reads a request into a call, rf-synth solves the call, and this package derives the
rest: prototype, element values, response of the listed parts, checks, files.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rf_design.core import Design as Design
    from rf_design.core import design as design
    from rf_design.errors import DesignError as DesignError
    from rf_design.options import Options as Options

__all__ = ["Design", "DesignError", "Options", "design"]
_PLACES = {"Design": "core", "DesignError": "errors", "Options": "options", "design": "core"}


def __getattr__(name: str) -> Any:
    """The public names, imported on first use, so that commands start quickly."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
