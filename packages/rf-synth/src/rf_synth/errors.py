"""The errors of this package that a user can cause."""


class SynthError(Exception):
    """Something the user asked for cannot be done; `str()` is one line that says why."""
