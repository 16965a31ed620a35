"""Requests answered and scored, and data sets made, by the machines of a Ray cluster."""
