"""Exact bilingual synthetic data sets for filter design, and the solver behind them."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rf_synth.calls import solve_call as solve_call

__all__ = ["solve_call"]


def __getattr__(name: str) -> Any:
    """`rf_synth.solve_call`, imported when first asked for, so that commands start quickly."""
    if name == "solve_call":
        from rf_synth.calls import solve_call

        return solve_call
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
