"""A request on its way to a filter."""

from dataclasses import dataclass, field

from rf_synth.calls.orders import Response
from rf_synth.calls.passband import PassBand
from rf_synth.calls.request import Request
from rf_synth.calls.stopband import StopBand


@dataclass(slots=True)
class Draft:
    """What is known of a filter so far, and the published keys that are not (`missing`)."""

    request: Request
    band: str | None = None
    passed: PassBand | None = None
    response: Response | None = None
    stops: StopBand = field(default_factory=StopBand)
    missing: set[str] = field(default_factory=set)
