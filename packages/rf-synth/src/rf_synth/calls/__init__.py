"""The call `design_filter`: what a request states, copied as text, and the filter it asks for.

    names of families, bands, other tasks ┐
    quantities (text → Decimal)           ┴→ read → pass band, stop band → orders → result

A model writes the call, this package does everything else: units, conversions, the minimum order,
the question that closes a gap, the reason why something cannot be designed here.
"""

from rf_synth.calls.solve import solve_call

__all__ = ["solve_call"]
