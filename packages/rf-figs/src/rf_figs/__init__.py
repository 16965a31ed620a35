"""Figures and tables of a filter-design model, ready for the paper.

Reads the files that a data set, a training run and an evaluation leave behind, and draws each
figure as PNG, PDF and the CSV of its plotted numbers. Importing this package is cheap;
matplotlib comes in with the first figure.
"""

from rf_figs.errors import FigsError, MissingGlyph, MissingInput
from rf_figs.inputs import Inputs
from rf_figs.tables import Table

__all__ = ["FigsError", "Inputs", "MissingGlyph", "MissingInput", "Table"]
