"""Judging a ladder: checks, rounding to series, losses, tolerances, couplings, can it be built."""
