"""Chebyshev ladders of even order need a load unlike the source: the effect of the stated one."""

import math
from dataclasses import dataclass
from typing import Any

from rf_design.evaluation.checks import check_ladder
from rf_design.ladder.network import Ladder
from rf_design.specification import FilterSpec


@dataclass(frozen=True, slots=True)
class OtherLoad:
    """The ladder between the stated terminations, and an alternative.

    `offer_order` is the next order, which is odd and realisable between any terminations.
    """

    needed_ohm: float
    stated_ohm: float
    pass_band_loss_db: float
    ripple_db: float
    offer_order: int

    @property
    def keeps_ripple(self) -> bool:
        """Whether the ripple is kept with the stated load."""
        return self.pass_band_loss_db <= self.ripple_db

    def as_json(self) -> dict[str, Any]:
        """The object in design.json."""
        return {
            "load_needed_ohm": self.needed_ohm,
            "load_stated_ohm": self.stated_ohm,
            "pass_band_loss_db": self.pass_band_loss_db,
            "ripple_db": self.ripple_db,
            "keeps_ripple": self.keeps_ripple,
            "offer_order": self.offer_order,
        }


def with_stated_load(spec: FilterSpec, ladder: Ladder, order: int) -> OtherLoad | None:
    """The response into the stated load; None if the ladder is designed for it."""
    if math.isclose(ladder.load_ohm, spec.load_ohm, rel_tol=1e-9):
        return None
    measured = check_ladder(spec, ladder.with_load(spec.load_ohm), altered=True)[0]
    return OtherLoad(ladder.load_ohm, spec.load_ohm, measured.value, spec.ripple_db, order + 1)
