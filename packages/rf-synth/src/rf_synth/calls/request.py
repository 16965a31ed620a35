"""A call in typed form: what is stated, in Hz, dB and ohm, and nothing else."""

from dataclasses import dataclass, field
from decimal import Decimal

from rf_synth.calls.refusal import Declined

MAX_POINTS = 6


@dataclass(slots=True)
class StatedPoint:
    """One stop-band requirement; frequencies in Hz, `attenuation_db` without its sign.

    Exactly one of `stop`/`to`, `offset` and `multiple` places it; none where only its attenuation
    is stated.
    """

    stop: Decimal | None = None
    to: Decimal | None = None
    offset: Decimal | None = None
    offset_sign: str = ""
    offset_fraction: bool = False
    multiple: Decimal | None = None
    step: bool = False
    attenuation_db: Decimal | None = None

    @property
    def placed(self) -> bool:
        """Whether a frequency is stated."""
        return not (
            self.stop is None and self.to is None and self.offset is None and self.multiple is None
        )


@dataclass(slots=True)
class RippleStatement:
    """A statement that bounds the pass-band ripple: ripple, return_loss (dB), vswr or gamma."""

    kind: str
    value: Decimal


@dataclass(slots=True)
class Request:
    """Everything that a call states.

    `band` is None where it is not named. `unitless` lists the keys whose frequency has no unit and
    inherits none. `problem` is the first reason found not to design: another task, another family, or
    a value that cannot be read.
    """

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
