"""A call in typed form: exactly what is stated, in Hz, dB and ohm."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from rf_synth.calls.quantities import Frequency
from rf_synth.calls.refusal import Declined

MAX_POINTS = 6


@dataclass(slots=True)
class StatedPoint:
    """One stop-band requirement; frequencies in Hz, `attenuation_db` without its sign.

    Its frequency is given by `stop` and `to`, by `offset` or by `multiple`; none of them is set if
    only the attenuation is stated. `offset_relative` means that the offset is a fraction of the
    centre, `step` that the multiple is an octave or a decade.
    """

    stop: Decimal | None = None
    to: Decimal | None = None
    offset: Decimal | None = None
    offset_sign: str = ""
    offset_relative: bool = False
    multiple: Decimal | None = None
    step: bool = False
    attenuation_db: Decimal | None = None

    @property
    def placed(self) -> bool:
        """Whether a frequency is stated."""
        return not (
            self.stop is None and self.to is None and self.offset is None and self.multiple is None
        )


class RippleStatement(NamedTuple):
    """A limit on the pass-band ripple; `kind` is ripple or return_loss (in dB), vswr or gamma."""

    kind: str
    value: Decimal


@dataclass(slots=True)
class Request:
    """Everything that a call states.

    Attributes
    ----------
    family
        "chebyshev" or "butterworth"; `family_named` is set if the call names it,
        `family_undecided` if it names both.
    band
        None if it is not named.
    relative_width
        Width divided by centre. `q` is its inverse, separate to keep its printed precision.
    points
        By their number in the call.
    texts, frequencies
        The unchanged call, and the frequencies parsed from it, both by key.
    unitless
        Texts, by key, of frequencies whose unit is neither stated nor inherited.
    assumed
        Names of assumptions made so far.
    problem
        The first reason to decline: another task, another family, an unreadable value.
    """

    texts: dict[str, str] = field(default_factory=dict)
    frequencies: dict[str, Frequency] = field(default_factory=dict)
    family: str = "chebyshev"
    family_named: bool = False
    family_undecided: bool = False
    band: str | None = None
    edge: Decimal | None = None
    f1: Decimal | None = None
    f2: Decimal | None = None
    center: Decimal | None = None
    width: Decimal | None = None
    relative_width: Decimal | None = None
    q: Decimal | None = None
    edge_db: Decimal | None = None
    ripples: list[RippleStatement] = field(default_factory=list)
    points: dict[int, StatedPoint] = field(default_factory=dict)
    attenuation_db: Decimal | None = None
    transition: Decimal | None = None
    z0: Decimal | None = None
    z_source: Decimal | None = None
    z_load: Decimal | None = None
    order: int | None = None
    unitless: dict[str, str] = field(default_factory=dict)
    assumed: list[str] = field(default_factory=list)
    angular: bool = False
    problem: Declined | None = None

    def spelling(self, hertz: Decimal) -> str | None:
        """A frequency as the request writes it, if it does so in ASCII and with a unit."""
        for key, value in self.frequencies.items():
            text = self.texts[key]
            if value.value == hertz and not value.sign and text.isascii() and text[-1].isalpha():
                return text
        return None

    def point(self, number: int) -> StatedPoint:
        """The point `number`, created on first use."""
        found = self.points.get(number)
        if found is None:
            found = self.points[number] = StatedPoint()
        return found
