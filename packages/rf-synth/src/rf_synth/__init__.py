"""Exact bilingual synthetic data sets for Chebyshev filter design."""
