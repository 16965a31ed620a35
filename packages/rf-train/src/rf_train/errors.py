"""The errors of this package, and what of another library's error to show."""


class TrainError(Exception):
    """Something is wrong with a recipe, a model or a run; `str()` is one line with the reason."""


class OptionError(TrainError):
    """Something is wrong with a command-line option: wrong usage."""


class PeerLost(TrainError):
    """Another process of the run has ended."""


def first_line(error: Exception) -> str:
    """The first line of an error's message, or its class name where the message is empty."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def mismatch_line(error: Exception) -> str:
    """The line of an error that names a size mismatch, which PyTorch puts second, or the first."""
    lines = (line.strip() for line in str(error).splitlines())
    return next((line for line in lines if "size mismatch" in line), first_line(error))
