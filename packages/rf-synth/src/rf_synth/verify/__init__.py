"""Checks of finished data: single records and whole folders, in high precision."""
