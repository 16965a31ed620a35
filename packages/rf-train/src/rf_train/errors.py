"""The errors this package raises on its own account."""


class TrainError(Exception):
    """A recipe, a model or a run is not as it must be; `str()` is one line with the reason."""


class OptionError(TrainError):
    """An option of the command line is not as it must be: wrong usage."""


class PeerLost(TrainError):
    """Another process of the run has ended."""
