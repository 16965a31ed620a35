"""The answer as published: the specification and the order, nothing else."""

from typing import Any

from rf_synth.specs.minimum_order import Spec
from rf_synth.specs.ranges import Ranges


class PlainStyle:
    """Style `json`."""

    name = "json"

    def answer(self, spec: Spec, order: int) -> dict[str, Any]:
        """The specification with `order` behind it."""
        return {**spec, "order": order}

    def steps(self) -> dict[str, list[dict[str, Any]]]:
        """None: the order stands alone."""
        return {}

    def problems(self, ranges: Ranges) -> list[str]:
        """None: any specification can be written."""
        return []
