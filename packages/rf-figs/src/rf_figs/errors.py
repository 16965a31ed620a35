"""Errors that a user can fix; each prints as one line."""


class FigsError(Exception):
    """A figure cannot be made; `str()` gives the reason in one line."""


class MissingInput(FigsError):
    """The figure has nothing to draw: an input file is missing or lacks the needed numbers."""


class UnknownFigure(FigsError):
    """No figure has that name; the message suggests the nearest one."""


class MissingGlyph(FigsError):
    """A text in the figure contains a character that the package's font cannot draw."""
