"""Which specifications are sampled: the ranges of every parameter, and how hard they may be."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

DIFFICULTIES: dict[str, tuple[float, float]] = {
    "natural": (1e-6, 0.5),
    "easy": (0.15, 0.5),
    "hard": (1e-6, 0.1),
}
"""Name → allowed distance of n to the nearest whole number."""


@dataclass(frozen=True)
class Ranges:
    """Closed ranges, low and high. Frequencies in Hz, ripple and attenuation in dB, R0 in ohm."""

    frequency: tuple[float, float] = (10e6, 10e9)
    selectivity: tuple[float, float] = (1.1, 4.0)
    ripple_db: tuple[float, float] = (0.01, 3.0)
    attenuation_db: tuple[float, float] = (10.0, 90.0)
    relative_bandwidth: tuple[float, float] = (0.01, 0.5)
    order: tuple[int, int] = (1, 15)
    margin: tuple[float, float] = DIFFICULTIES["natural"]
    impedance: tuple[int, ...] = (50, 75, 100)
    free_impedance: tuple[int, int] = (25, 300)
    free_impedance_share: float = 0.1

    def problems(self) -> list[str]:
        """What no sampler could meet, in words; empty where all is well."""
        found = [
            f"{field.name}: {low:g} is above {high:g}"
            for field in fields(self)
            if field.name not in ("impedance", "free_impedance_share")
            for low, high in [getattr(self, field.name)]
            if low > high
        ]
        limits: Mapping[str, tuple[float, float]] = {
            "frequency": (1e6, 1e12),
            "selectivity": (1.01, 20.0),
            "ripple_db": (0.001, 3.0),
            "attenuation_db": (1.0, 150.0),
            "relative_bandwidth": (0.005, 1.0),
            "order": (1, 40),
            "margin": (1e-6, 0.5),
            "free_impedance": (1, 10_000),
        }
        for name, (lowest, highest) in limits.items():
            low, high = getattr(self, name)
            if low < lowest or high > highest:
                found.append(f"{name}: must lie within {lowest:g} and {highest:g}")
        if self.attenuation_db[0] <= self.ripple_db[1]:
            found.append("attenuation_db: must lie above ripple_db")
        if not 0 <= self.free_impedance_share <= 1:
            found.append("free_impedance_share: must lie within 0 and 1")
        if not self.impedance or any(value <= 0 for value in self.impedance):
            found.append("impedance: needs values above 0")
        return found

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "Ranges":
        """The defaults with `values` in their place; lists become tuples."""
        plain: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in values.items()
        }
        return cls(**plain)
