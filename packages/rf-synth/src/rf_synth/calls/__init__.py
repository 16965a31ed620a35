"""Solves calls of `design_filter`, whose arguments are values copied as text from a request.

    names of families, bands, other tasks ┐
    quantities (text → Decimal)           ┴→ read → pass band, stop band → orders → result

A model writes the call; this package does everything else: units, conversions, the minimum order,
the question for what is missing, the reason why something cannot be designed here.
"""

from rf_synth.calls.solve import solve_call

__all__ = ["solve_call"]
