"""The ranges of all parameters of sampled specifications, and their difficulty."""

from typing import Annotated

from msgspec import Meta, Struct
from rf_jsonl.recipes import Share, about

DIFFICULTIES: dict[str, tuple[float, float]] = {
    "natural": (1e-6, 0.5),
    "easy": (0.15, 0.5),
    "hard": (1e-6, 0.1),
}
"""Allowed distance of n to the nearest integer, by name."""

_Frequency = Annotated[float, Meta(ge=1e6, le=1e12, title="a number within 1e6 and 1e12")]
_Omega = Annotated[float, Meta(ge=1.01, le=20, title="a number within 1.01 and 20")]
_Ripple = Annotated[float, Meta(ge=0.001, le=3, title="a number within 0.001 and 3")]
_Attenuation = Annotated[float, Meta(ge=1, le=150, title="a number within 1 and 150")]
_Bandwidth = Annotated[float, Meta(ge=0.005, le=1, title="a number within 0.005 and 1")]
_Order = Annotated[int, Meta(ge=1, le=40, title="a whole number within 1 and 40")]
_Margin = Annotated[float, Meta(ge=1e-6, le=0.5, title="a number within 1e-6 and 0.5")]
_Ohm = Annotated[int, Meta(ge=1, le=10_000, title="a whole number within 1 and 10000")]
_Usual = Annotated[tuple[int | float, ...], Meta(min_length=1, title="a list of numbers above 0")]


def _pair(description: str) -> Meta:
    return Meta(title="[low, high]", description=description)


class Ranges(Struct, frozen=True, forbid_unknown_fields=True):
    """Closed ranges [low, high] of sampled specifications."""

    frequency: Annotated[tuple[_Frequency, _Frequency], _pair("fc, f_center in Hz")] = (10e6, 10e9)
    selectivity: Annotated[tuple[_Omega, _Omega], _pair("Ω of the harder stop edge")] = (1.1, 4.0)
    ripple_db: Annotated[tuple[_Ripple, _Ripple], _pair("dB")] = (0.01, 3.0)
    attenuation_db: Annotated[tuple[_Attenuation, _Attenuation], _pair("dB")] = (10.0, 90.0)
    relative_bandwidth: Annotated[tuple[_Bandwidth, _Bandwidth], _pair("bandwidth / f_center")] = (
        0.01,
        0.5,
    )
    order: Annotated[tuple[_Order, _Order], _pair("minimum order")] = (1, 15)
    margin: Annotated[tuple[_Margin, _Margin], _pair("distance of n to an integer")] = (1e-6, 0.5)
    impedance: Annotated[_Usual, about("usual R0 in ohm; half of these draws are the first")] = (
        50,
        75,
        100,
    )
    free_impedance: Annotated[tuple[_Ohm, _Ohm], _pair("ohm, integers")] = (25, 300)
    free_impedance_share: Annotated[Share, about("R0 from free_impedance")] = 0.1

    def __post_init__(self) -> None:
        """Raises ValueError for ranges that cannot be sampled."""
        for name in self.__struct_fields__:
            if name not in ("impedance", "free_impedance_share"):
                low, high = getattr(self, name)
                if low > high:
                    raise ValueError(f"{name}: {low:g} is above {high:g}")
        if min(self.impedance) <= 0:
            raise ValueError("impedance: expected numbers above 0")
        if self.attenuation_db[0] <= self.ripple_db[1]:
            raise ValueError("attenuation_db: must lie above ripple_db")
