"""The package's own error: one line that a user can act on."""


class EvalError(Exception):
    """The data, a recipe or a run is not what it must be; `str()` is one line for people."""


class OptionError(EvalError):
    """A name, an option or a parameter that does not exist or is of the wrong kind.

    Where it was typed as an option of a command, that is wrong usage.
    """


class UnknownNameError(OptionError):
    """A name that is not registered; the message lists near misses."""


class NameTakenError(EvalError):
    """A second registration under a name that another function holds."""
