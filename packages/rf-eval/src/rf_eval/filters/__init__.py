"""Chebyshev ladder filters: read an answer as a design, build the ladder, measure its response."""
