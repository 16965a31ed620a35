"""The built-in metrics, one module per topic; each registers functions by `rf_eval.metric`.

They are imported here in the order in which metrics are listed.
"""

from rf_eval.metrics import generic, filter, spec, derivation, ask, resolve  # noqa: I001

__all__ = ["ask", "derivation", "filter", "generic", "resolve", "spec"]
