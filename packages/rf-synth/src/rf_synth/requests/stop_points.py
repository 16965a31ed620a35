"""Draws stop points: frequencies, ranges, offsets and multiples outside of a pass band."""

from collections.abc import Sequence

from rf_synth.calls.multiples import multiple
from rf_synth.requests.pass_bands import PassBand, rounded
from rf_synth.requests.voices import Request
from rf_synth.specs.draws import Draws

_LEAST_OMEGA = 1.02
_USUAL, _HARMONICS = (1.15, 3.75), (1.75, 3.75)
"""Normalised frequencies of points, and of harmonics of a ladder's pass edge."""
_APART = 1.12
"""Minimum ratio of the normalised frequencies of two points."""
_FARTHER = 1.25
"""The same on one side, where a point next to another one says nothing new."""


class StopPoints:
    """Draws the stop points of one request.

    Attributes
    ----------
    values : values of the slots, by key
    omegas : normalised frequency of each point, and of a transition width as point 0
    sides : whether a point lies above the pass band
    """

    def __init__(
        self,
        draws: Draws,
        request: Request,
        band: PassBand,
        digits: int,
    ) -> None:
        self.values: dict[str, float] = {}
        self.omegas: dict[int, float] = {}
        self.sides: dict[int, bool] = {}
        self._draws = draws
        self._request = request
        self._band = band
        self._digits = digits
        self._stated = request.stated
        self._keys = self._stated.keys
        self._draw_points()
        if "transition" in self._keys:
            self._draw_transition()

    def _draw_points(self) -> None:
        points = self._stated.points
        sides = self._sides(points)
        far = self._stated.of_harmonics and self._band.is_ladder
        least, most = _HARMONICS if far else _USUAL
        wanted = sorted(least + (most - least) * self._draws.unit() ** 1.5 for _ in points)
        for place in range(1, len(wanted)):
            wanted[place] = max(wanted[place], _APART * wanted[place - 1])
        self.sides = sides
        for upper in (False, True):
            mine = [point for point in points if sides[point] == upper]
            chosen = sorted(self._draws.shuffled(list(wanted))[: len(mine)])
            for place in range(1, len(chosen)):
                chosen[place] = max(chosen[place], _FARTHER * chosen[place - 1])
            if not self._rising(upper):
                chosen.reverse()
            for point, omega in zip(mine, chosen, strict=True):
                if self._request.twist == "stop_in_band":
                    omega = self._draws.pick((1.0, 0.7, 0.5))
                frequency = self._draw_point(point, omega, upper)
                self.omegas[point] = max(self._band.omega(frequency), _LEAST_OMEGA)

    def _rising(self, upper: bool) -> bool:
        """Whether the normalised frequencies of one side increase in the order of the text."""
        if self._band.kind == "highpass":
            return self._request.falling
        outwards = upper != (self._band.kind == "bandstop")
        return outwards != self._request.falling

    def _sides(self, points: Sequence[int]) -> dict[int, bool]:
        """Whether each point lies above the pass band, by the words around it or its position."""
        if self._band.is_ladder:
            return dict.fromkeys(points, self._band.kind == "lowpass")
        # an offset from the centre applies to both sides
        offsets = {point: True for point in points if f"offset{point}" in self._keys}
        sides = offsets | self._stated.sides | dict(self._request.upper)
        open_points = [point for point in points if point not in sides]
        if self._request.falling:
            open_points.reverse()
        if len(points) == 1 and open_points:
            return {open_points[0]: True}
        above = sum(sides.values())
        half = len(points) // 2
        to_come_below = max(0, half - (len(sides) - above))
        enough_above = above >= len(points) - half
        for place, point in enumerate(open_points):
            sides[point] = place >= to_come_below and not enough_above
        return sides

    def _draw_point(self, point: int, omega: float, upper: bool) -> float:
        """Draws one point and returns its relevant frequency in Hz."""
        band, draws, values = self._band, self._draws, self.values
        exact = band.edge_at(omega, upper=upper)
        offset = f"offset{point}" in self._keys  # the offset itself is rounded
        frequency = exact if omega == 1.0 or offset else self._rounded(exact)
        if f"multiple{point}" in self._keys:
            return self._draw_multiple(point, frequency)
        if offset:
            away = rounded(abs(frequency - band.reference), 2 + draws.below(2))
            values[f"offset{point}"] = away
            if upper:
                return band.reference + away
            return max(band.reference - away, band.reference / 10)
        values[f"stop{point}"] = frequency
        if f"to{point}" not in self._keys:
            return frequency
        if band.kind == "bandstop":
            values[f"stop{point}"] = self._rounded(band.edge_at(omega, upper=False))
            values[f"to{point}"] = self._rounded(band.edge_at(omega, upper=True))
            return frequency
        if upper:
            values[f"to{point}"] = rounded(frequency * draws.pick((1.2, 1.5, 2, 3, 4)), 2)
        else:
            begin = rounded(frequency * draws.pick((0.05, 0.2, 0.5, 0.8)), 2)
            before = [values[key] for key in values if key[:2] == "to" and values[key] < frequency]
            values[f"stop{point}"] = max(
                [begin, *before]
            )  # not below the end of the previous range
            values[f"to{point}"] = frequency
        return frequency

    def _draw_multiple(self, point: int, frequency: float) -> float:
        band = self._band
        key = f"multiple{point}"
        ratio = frequency / band.reference
        if key in self._stated.words:
            stated = multiple(self._stated.words[key])
            ratio = float(stated.factor) if stated else 2.0
        elif band.is_ladder:
            ratio = rounded(ratio, 2)
        else:  # close to 1 for a narrow band
            ratio = round(ratio, 2 if abs(ratio - 1) > 0.1 else 3)
        self.values[key] = ratio
        return ratio * band.reference

    def _draw_transition(self) -> None:
        widest = 0.8 if self._band.is_ladder else 1.5  # no wider than the pass band
        omega = 1.15 + widest * self._draws.unit()
        far = self._band.edge_at(omega, upper=True)
        near = self._band.f1 if self._band.kind == "highpass" else self._band.f2
        self.values["transition"] = rounded(abs(far - near), 2)
        self.omegas[0] = omega

    def _rounded(self, frequency: float) -> float:
        """A stop frequency with few digits that is still outside of the pass band."""
        digits = max(2, self._digits - self._draws.below(2))
        near = self._band.width / 20
        for more in range(8):
            value = rounded(frequency, digits + more)
            if value in self.values.values():
                continue  # two points at one frequency would be contradictory
            if value > 0 and (self._band.is_ladder or abs(value - frequency) < near):
                return value
        return frequency
