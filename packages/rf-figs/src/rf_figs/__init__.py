"""Publication-ready figures and tables about a filter-design model.

Reads the files that a data set, a training run and an evaluation write, and saves each figure
as PNG and PDF, with the plotted numbers as CSV. Importing this package is cheap; matplotlib is
imported with the first figure.
"""

from rf_figs.errors import FigsError, MissingGlyph, MissingInput
from rf_figs.inputs import Inputs
from rf_figs.tables import Table

__all__ = ["FigsError", "Inputs", "MissingGlyph", "MissingInput", "Table"]
