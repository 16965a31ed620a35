"""The state of a design between request and result."""

from dataclasses import dataclass, field

from rf_synth.calls.orders import Response
from rf_synth.calls.passband import PassBand
from rf_synth.calls.request import Request
from rf_synth.calls.stopband import StopBand


@dataclass(slots=True)
class Draft:
    """What is known of the filter so far; `missing` holds the published keys that are not."""

    request: Request
    band: str | None = None
    passed: PassBand | None = None
    response: Response | None = None
    stops: StopBand = field(default_factory=StopBand)
    missing: set[str] = field(default_factory=set)
