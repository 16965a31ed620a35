"""Draws the numbers of a filter that fits a slotted request.

Pass band and stop points are drawn first, then the attenuations that a filter of a common order
reaches there. The numbers only have to be plausible here; the solver computes the result.
Frequencies in Hz, levels in dB, impedances in ohm.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import acosh, cosh, expm1, log10

from rf_synth.requests.pass_bands import LADDERS, PassBand, rounded
from rf_synth.requests.slots import IMPEDANCE_KEYS
from rf_synth.requests.stop_points import StopPoints
from rf_synth.requests.voices import Request
from rf_synth.specs.draws import Draws
from rf_synth.specs.minimum_order import LN10_10

_USUAL = {
    "ripple": (
        0.01, 0.01, 0.02, 0.05, 0.05, 0.1, 0.1, 0.1, 0.2, 0.25, 0.3, 0.5, 0.5, 0.5, 1.0, 1.0, 1.5,
        2.0, 3.0,
    ),
    "return_loss": (
        10.0, 12.0, 14.0, 15.0, 15.0, 16.0, 18.0, 18.0, 20.0, 20.0, 20.0, 22.0, 23.0, 25.0, 26.0,
        30.0,
    ),
    "vswr": (1.05, 1.1, 1.15, 1.2, 1.2, 1.22, 1.25, 1.3, 1.35, 1.4, 1.5, 1.5, 1.7, 2.0),
    "gamma": (0.05, 0.08, 0.1, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3),
    "ohm below 3 MHz": (50.0, 150.0, 300.0, 600.0, 600.0, 1000.0, 1500.0, 2000.0, 6000.0),
    "ohm above 300 MHz": (50.0,) * 22 + (75.0,) * 4 + (100.0,),
    "ohm above 2.5 GHz": (50.0,) * 20 + (100.0,),
    "ohm above 8 GHz": (50.0,),
    "ohm": (50.0,) * 14 + (75.0,) * 6 + (100.0, 100.0, 200.0, 200.0, 300.0, 300.0),
}  # fmt: skip
_DIGITS = (2, 2, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 5, 5, 6)
"""Significant digits of the frequencies of a request."""
_CHAT_DIGITS = (1, 2, 2, 2, 3, 3, 3, 3, 4, 4)
"""Those in a chat."""
_COMPUTED_DIGITS = (6, 6, 6, 6, 6, 6, 5, 7, 9)
"""Those of frequencies computed by a program."""
_TYPED_DIGITS = (1, 1, 2, 2, 2, 3, 3, 6)
"""Those of the pass edge or centre that such a program was given."""


def draw_values(draws: Draws, request: Request) -> dict[str, float]:
    """Values for all keys that the slots of `request` may print."""
    return _Drawing(draws, request).values()


def corrected(draws: Draws, key: str, values: Mapping[str, float]) -> float:
    """A value for `key` other than that in `values`, for a correction; edges stay in order."""
    value = values[key]
    if key.startswith("att"):
        return value + draws.pick((3, 5, 5, 10, 10, -3, -5))
    if key in _USUAL:
        return draws.pick([usual for usual in _USUAL[key] if usual != value])
    if key in IMPEDANCE_KEYS:
        return draws.pick([ohm for ohm in (50.0, 100.0) if ohm != value])
    if key == "order":
        return value + draws.pick((1, 2))
    change = draws.pick((-0.03, -0.02, -0.01, 0.01, 0.02, 0.03))
    if key in ("f1", "f2") and "f1" in values and "f2" in values:
        width = abs(values["f2"] - values["f1"])
        return rounded(value + 10 * change * width, 4 if width > 0.02 * value else 6)
    return rounded(value * (1 + change), 4)


@dataclass(slots=True)
class _Levels:
    """Levels of the pass band, and the power ratio 10^(ripple/10) - 1 of the strictest."""

    values: dict[str, float]
    power: float


class _Drawing:
    """Draws the values of one request."""

    def __init__(self, draws: Draws, request: Request) -> None:
        self._draws = draws
        self._request = request
        self._stated = request.stated
        self._keys = self._stated.keys
        usual = _CHAT_DIGITS if request.casual else _DIGITS
        self._digits = draws.pick(_COMPUTED_DIGITS if request.by_program else usual)
        self._values: dict[str, float] = {}

    def values(self) -> dict[str, float]:
        """The values by key."""
        levels = self._levels()
        self._values |= levels.values
        band = self._pass_band()
        self._state_pass_band(band)
        stops = StopPoints(self._draws, self._request, band, self._digits)
        self._values |= stops.values
        self._attenuations(stops, levels.power)
        usual = " below 3 MHz" if band.f2 < 3e6 else " above 300 MHz" if band.f2 >= 2e8 else ""
        usual = " above 2.5 GHz" if band.f2 >= 2.3e9 else usual
        usual = " above 8 GHz" if band.f2 >= 8e9 and "z0" in self._keys else usual
        stated = [ohm for ohm in self._request.impedances if ohm != 75 or band.f2 < 2.5e9]
        choice: Sequence[float] = stated or _USUAL[f"ohm{usual}"]
        for key in sorted(IMPEDANCE_KEYS & self._keys):
            self._values[key] = self._draws.pick(choice)
            if key != "z0" and len(choice) > 1:  # source and load are only named if they differ
                choice = [ohm for ohm in choice if ohm != self._values[key]]
        if self._request.twist == "att_below_ripple" and "ripple" in self._values:
            for key in [key for key in self._values if key.startswith("att")]:
                share = self._draws.pick((0.2, 0.5, 1.0))
                self._values[key] = rounded(self._values["ripple"] * share, 2)
        return self._values

    def _levels(self) -> _Levels:
        draws, keys, twist = self._draws, self._keys, self._request.twist
        values: dict[str, float] = {}
        powers = []
        level, states_loss = self._stated.edge_db, self._stated.states_loss
        if "ripple" in keys:
            usual = (1.0, 2.0, 3.0) if twist == "att_below_ripple" else _USUAL["ripple"]
            values["ripple"] = draws.pick(usual)
            if draws.below(6) == 0 and not twist:
                digits = 1 + self._request.by_program
                values["ripple"] = rounded(0.005 * 10 ** (2.3 * draws.unit()), digits)
            if level is not None:  # the ripple cannot exceed the level of the edges
                values["ripple"] = min(values["ripple"], level)
            if states_loss and not twist:  # the ripple cannot exceed the stated loss
                values["ripple"] = min(values["ripple"], draws.pick((0.1, 0.2, 0.25, 0.3)))
            powers.append(expm1(values["ripple"] * LN10_10))
        if "ripple" in keys and {"return_loss", "vswr"} & keys and not twist and level is None:
            lossy = draws.pick((0.2, 0.3) if states_loss else (0.1, 0.2, 0.3, 0.5))
            values["ripple"] = min(max(values["ripple"], lossy), 0.5)  # includes losses
        if "return_loss" in keys:
            values["return_loss"] = draws.pick(_USUAL["return_loss"])
            if draws.below(6) == 0:
                values["return_loss"] += draws.pick((0.5, 0.2, 1.3, 0.25))
            powers.append(_power(10 ** (-values["return_loss"] / 20)))
        if "vswr" in keys:
            values["vswr"] = draws.pick(_USUAL["vswr"])
            powers.append(_power((values["vswr"] - 1) / (values["vswr"] + 1)))
        if "gamma" in keys:
            values["gamma"] = draws.pick(_USUAL["gamma"])
            powers.append(_power(values["gamma"]))
        if not powers and level is not None:
            powers.append(expm1(level * LN10_10))
        return _Levels(values, min(powers, default=expm1(0.1 * LN10_10)))

    def _pass_band(self) -> PassBand:
        draws, keys = self._draws, self._keys
        around = {"center", "width", "fbw", "q"} & keys
        kind = self._request.band or ("bandpass" if around else "lowpass")
        low, high = self._request.frequency
        digits = draws.pick(_TYPED_DIGITS) if self._request.by_program else self._digits
        exact = low * (high / low) ** draws.unit()
        candidates = [rounded(exact, more) for more in range(digits, digits + 4)]
        place = next((f for f in candidates if low <= f <= high), exact)  # 2.4 GHz is not 2 GHz
        if kind in LADDERS:
            return PassBand(kind, place, place)
        narrow, wide = self._request.width_percent
        share = narrow * (wide / narrow) ** draws.unit() / 100
        if "q" in keys:
            self._values["q"] = rounded(1 / share, 2)
            width = place / self._values["q"]
        elif "fbw" in keys:
            self._values["fbw"] = rounded(share, 2)
            width = place * self._values["fbw"]
        else:
            width = rounded(place * share, max(1, self._digits - draws.below(3)))
        if "f1" in keys:
            step = 10.0 ** (int(log10(width)) - draws.below(2) - (self._digits > 4))
            first = round((place - width / 2) / step) * step
            return PassBand(kind, first, first + max(1, round(width / step)) * step)
        return PassBand(kind, place - width / 2, place + width / 2)

    def _state_pass_band(self, band: PassBand) -> None:
        values, draws = self._values, self._draws
        values["edge"] = band.f2 if band.kind == "lowpass" else band.f1
        values["center"], values["width"] = band.center, band.width
        values["f1"], values["f2"] = band.f1, band.f2
        if band.kind == "lowpass" and "f1" in self._keys:
            values["f1"] = rounded(band.f2 * draws.pick((0.001, 0.01, 0.05, 0.1)), 2)
        if band.kind == "highpass" and "f2" in self._keys:
            values["f2"] = rounded(band.f1 * draws.pick((3, 5, 8, 10)), 2)

    def _attenuations(self, stops: StopPoints, power: float) -> None:
        """Draws attenuations that a filter of a common order reaches, and a nearby order."""
        draws, keys, values, omegas = self._draws, self._keys, self._values, stops.omegas
        least, most = self._request.order
        n = max(1.2, least + (most - least) * draws.unit() - draws.unit())
        own = sorted(key for key in keys if key[:3] == "att" and key != "att")
        for key in own:
            easier = 1.0 if key == "att1" else 0.6 + 0.4 * draws.unit()
            values[key] = self._attenuation(omegas.get(int(key[-1]), 2.0), n * easier, power)
        self._rise_outwards(own, stops)
        if "att" in keys:
            shared = [omega for point, omega in omegas.items() if f"att{point}" not in own]
            values["att"] = self._attenuation(min(shared, default=2.0), n, power)
        if "order" in keys:
            near = round(n) + (draws.pick((-2, -1, 0, 0, 1, 2)) if omegas else 0)
            values["order"] = min(max(near, least), most)

    def _rise_outwards(self, own: list[str], stops: StopPoints) -> None:
        """Makes attenuations increase with distance on each side, as weaker ones are redundant."""
        inner: dict[bool, float] = {}
        far = stops.omegas | {int(key[-1]): away for key, away in stops.values.items()
                              if key.startswith("offset")}  # fmt: skip
        for key in sorted(own, key=lambda key: far.get(int(key[-1]), 0.0)):
            of_both = f"offset{key[-1]}" in self._keys
            side = of_both or stops.sides.get(int(key[-1]), True)
            if side in inner and self._values[key] <= inner[side]:
                self._values[key] = round(inner[side] + self._draws.pick((5.0, 5.0, 10.0)), 2)
            inner[side] = self._values[key]

    def _attenuation(self, omega: float, n: float, power: float) -> float:
        """The attenuation of about n sections at `omega`, rounded, within the request's range."""
        draws = self._draws
        low, high = self._request.attenuation
        total = min(n * acosh(max(omega, 1.02)), 300.0)
        reached = 10 * log10(1 + power * cosh(total) ** 2)
        if reached < low:
            reached = low + (high - low) * (0.1 + 0.4 * draws.unit())
        elif reached > high:
            reached = low + (high - low) * draws.unit()
        steps = (5.0, 5.0, 5.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.1, 0.01)
        few = steps[:8] if self._request.casual else steps
        step = draws.pick((0.01,) * 7 + (1.0, 0.5, 0.1) if self._request.by_program else few)
        return round(max(low, reached // step * step or step), 2)


def _power(gamma: float) -> float:
    """|Γ|² / (1 - |Γ|²), the power ratio 10^(ripple/10) - 1 of a mismatch."""
    return gamma * gamma / (1 - gamma * gamma)
