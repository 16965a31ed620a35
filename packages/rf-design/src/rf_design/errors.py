"""The one error this package raises for what a user can put right."""


class DesignError(Exception):
    """Something cannot be designed, read or written; `str()` is one line for a person."""
