"""The package's errors: one line that a user can act on."""


class EvalError(Exception):
    """A fault in the data, a recipe or a run; `str()` is one line for the user."""


class OptionError(EvalError):
    """A name, an option or a parameter that does not exist or has the wrong type.

    In an option of a command it is a usage error.
    """


class UnknownNameError(OptionError):
    """A name that is not registered; the message suggests similar ones."""


class NameTakenError(EvalError):
    """A second registration under a name that is taken."""
