"""Style `json`, as published: the specification and the order only."""

from typing import Any

from rf_synth.specs.minimum_order import Spec
from rf_synth.specs.ranges import Ranges


class PlainStyle:
    """Style `json`."""

    name = "json"

    def answer(self, spec: Spec, order: int) -> dict[str, Any]:
        """The specification, then `order`."""
        return {**spec, "order": order}

    def steps(self) -> dict[str, list[dict[str, Any]]]:
        """No steps."""
        return {}

    def problems(self, ranges: Ranges) -> list[str]:
        """No problems: all specifications are covered."""
        return []
