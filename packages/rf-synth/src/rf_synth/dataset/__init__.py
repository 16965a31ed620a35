"""Data sets: recipe, plan, records, files, card and statistics."""
