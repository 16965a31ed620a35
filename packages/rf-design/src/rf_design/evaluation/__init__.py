"""Evaluation of a ladder: checks, rounding to E series, losses, yield, couplings, buildability."""
