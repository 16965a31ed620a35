"""Ladder filters: an answer as a design, its element values, its simulated response."""
