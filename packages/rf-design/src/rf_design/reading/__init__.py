"""From a user's text to a call: normalisation, the model's answer, conversations."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rf_design.reading.conversation import Reader as Reader
    from rf_design.reading.conversation import Reading as Reading
    from rf_design.reading.conversation import read_many as read_many
    from rf_design.reading.conversation import read_request as read_request

__all__ = ["Reader", "Reading", "read_many", "read_request"]


def __getattr__(name: str) -> Any:
    """The public names, imported on first use, since loading the model should start first."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.conversation"), name)
