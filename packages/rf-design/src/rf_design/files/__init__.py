"""Output files: Touchstone, SPICE, Qucs-S, bill of materials, drawing, plots, JSON."""

from rf_design.files.folder import write_folder

__all__ = ["write_folder"]
