"""The built-in metrics, a module a concern; each registers plain functions by `rf_eval.metric`.

Imported here in the order in which metrics are listed, whichever module is asked for first.
"""

from rf_eval.metrics import generic, filter, spec, derivation, ask, resolve  # noqa: I001

__all__ = ["ask", "derivation", "filter", "generic", "resolve", "spec"]
