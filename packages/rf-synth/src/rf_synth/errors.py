"""The base class of errors that a user can cause."""


class SynthError(Exception):
    """What the user asked for cannot be done; `str()` is the reason, in one line."""
