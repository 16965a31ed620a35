"""The ladder network: its elements, their values and their notation."""
