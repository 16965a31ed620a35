"""What can go wrong that a person can mend; each error reads as one line."""


class FigsError(Exception):
    """A figure cannot be made; `str()` is one line that says why."""


class MissingInput(FigsError):
    """The figure has nothing to draw: a file is not among the inputs, or holds no such numbers."""


class UnknownFigure(FigsError):
    """No figure has that name; the message has the nearest one."""


class MissingGlyph(FigsError):
    """A text of the figure holds a character that no font of ours can draw."""
