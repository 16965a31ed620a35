"""The numbers of a filter that fits a slotted request.

Pass band and stop points are drawn first, then the attenuations that a filter of a usual order
reaches there. What the numbers amount to, the solver decides; here they only have to be plausible.
Frequencies in Hz, levels in dB, impedances in ohm.
"""

import re
from dataclasses import dataclass, field
from math import acosh, cosh, expm1, log, log10, sqrt

from rf_synth.specs.draws import Draws
from rf_synth.requests.slots import IMPEDANCE_KEYS, POINTS, Slot
from rf_synth.requests.voices import Request

LN10_10 = log(10.0) / 10.0
_USUAL_RIPPLES = (
    0.01,
    0.01,
    0.02,
    0.05,
    0.05,
    0.1,
    0.1,
    0.1,
    0.2,
    0.25,
    0.3,
    0.5,
    0.5,
    0.5,
    1.0,
    1.0,
    1.5,
    2.0,
    3.0,
)
_USUAL_RETURN_LOSSES = (
    10.0,
    12.0,
    14.0,
    15.0,
    15.0,
    16.0,
    18.0,
    18.0,
    20.0,
    20.0,
    20.0,
    22.0,
    23.0,
    25.0,
    26.0,
    30.0,
)
_USUAL_VSWRS = (1.05, 1.1, 1.15, 1.2, 1.2, 1.22, 1.25, 1.3, 1.35, 1.4, 1.5, 1.5, 1.7, 2.0)
_USUAL_GAMMAS = (0.05, 0.08, 0.1, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3)
_LOW_IMPEDANCES = (50.0, 75.0, 150.0, 300.0, 600.0, 600.0, 1000.0, 1500.0, 2000.0, 6000.0)
_HIGH_IMPEDANCES = (50.0, 50.0, 50.0, 50.0, 50.0, 75.0, 75.0, 100.0, 25.0, 12.5, 200.0, 300.0)
_UPPER = re.compile(
    r"以上|高于|上边|上阻|高端|高频端|上侧|上端|往上|above|upper|over|high side|highest|beyond|hi\b",
    re.I,
)
_LOWER = re.compile(
    r"以下|低于|下边|下阻|低端|低频端|下侧|下端|往下|below|lower|under|low side|lowest|lo\b", re.I
)
WORD_MULTIPLES = {
    "一半": 0.5, "half": 0.5, "二分之一": 0.5, "三次": 3.0, "3次": 3.0, "third": 3.0, "3rd": 3.0, "thrice": 3.0,
    "三倍": 3.0, "triple": 3.0, "three": 3.0, "两倍": 2.0, "二倍": 2.0, "2倍": 2.0, "二次": 2.0, "2次": 2.0,
    "twice": 2.0, "double": 2.0, "second": 2.0, "2nd": 2.0, "octave": 2.0, "倍频": 2.0, "两个": 2.0,
    "decade": 10.0, "十倍": 10.0, "四倍": 4.0, "1.5": 1.5,
}  # fmt: skip


@dataclass(slots=True)
class Drawn:
    """The values of one request: key → value, and the number of significant digits to print."""

    values: dict[str, float] = field(default_factory=dict)
    digits: int = 3


@dataclass(frozen=True, slots=True)
class Band:
    """A pass band (of a band-stop: the stretch between its two pass bands) in Hz."""

    kind: str
    f1: float
    f2: float

    @property
    def center(self) -> float:
        """The arithmetic centre."""
        return (self.f1 + self.f2) / 2

    @property
    def width(self) -> float:
        """f2 - f1."""
        return self.f2 - self.f1

    def edge_at(self, omega: float, *, upper: bool) -> float:
        """The frequency whose normalised frequency is `omega`, on one side of the pass band."""
        if self.kind == "lowpass":
            return self.f2 * omega
        if self.kind == "highpass":
            return self.f1 / omega
        half = (omega if self.kind == "bandpass" else 1 / omega) * self.width / 2
        root = sqrt(half * half + self.f1 * self.f2)
        return root + half if upper else root - half

    def omega(self, frequency: float) -> float:
        """The normalised frequency of a stop frequency."""
        if self.kind == "lowpass":
            return frequency / self.f2
        if self.kind == "highpass":
            return self.f1 / frequency
        shifted = abs(frequency * frequency - self.f1 * self.f2) / (frequency * self.width)
        return shifted if self.kind == "bandpass" else 1 / max(shifted, 1e-3)


def draw_values(draws: Draws, request: Request) -> Drawn:
    """Values for all slots of `request`."""
    slots = list(request.slots)
    keys = {slot.key for slot in slots}
    words = {slot.key: slot.argument for slot in slots if slot.kind == "words"}
    drawn = Drawn(digits=draws.pick((2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 6, 6, 7)))
    values = drawn.values
    power = _ripple(draws, keys, values, words, request.twist)
    kind = request.band or "lowpass"
    band = _pass_band(draws, request, kind, keys, drawn)
    _tell_pass_band(draws, band, keys, words, values)
    omegas = _stop_points(draws, request, band, keys, words, drawn)
    _attenuations(draws, request, keys, omegas, power, values)
    for key in IMPEDANCE_KEYS & keys:
        usual = _LOW_IMPEDANCES if request.frequency[1] < 3e6 else _HIGH_IMPEDANCES
        values[key] = draws.pick(request.impedances or usual)
    if request.twist == "att_below_ripple" and values.get("ripple"):
        for key in [key for key in values if key.startswith("att")]:
            values[key] = _tidy(values["ripple"] * draws.pick((0.2, 0.5, 1.0)), 2)
    return drawn


def corrected(draws: Draws, key: str, value: float) -> float:
    """Another plausible value of a quantity, as somebody changes it in a later turn."""
    if key.startswith("att"):
        return value + draws.pick((3, 5, 5, 10, 10, -3, -5))
    if key == "ripple":
        return draws.pick([v for v in (0.05, 0.1, 0.2, 0.5, 1.0) if v != value])
    if key in ("return_loss", "vswr", "gamma"):
        usual = {"return_loss": _USUAL_RETURN_LOSSES, "vswr": _USUAL_VSWRS, "gamma": _USUAL_GAMMAS}
        return draws.pick([v for v in usual[key] if v != value])
    if key in IMPEDANCE_KEYS:
        return draws.pick([v for v in (50.0, 75.0, 100.0) if v != value])
    if key == "order":
        return value + draws.pick((1, 2))
    return _tidy(value * draws.pick((0.97, 0.98, 0.99, 1.01, 1.02, 1.03)), 4)


def _ripple(
    draws: Draws, keys: set[str], values: dict[str, float], words: dict[str, str], twist: str
) -> float:
    """10^(ripple/10) - 1 of the strictest statement about the ripple."""
    powers = []
    if "ripple" in keys:
        usual = _USUAL_RIPPLES if twist != "att_below_ripple" else (1.0, 2.0, 3.0)
        values["ripple"] = draws.pick(usual)
        if draws.below(6) == 0 and not twist:
            values["ripple"] = _tidy(0.005 * 10 ** (2.3 * draws.unit()), 1 + draws.below(3))
        powers.append(expm1(values["ripple"] * LN10_10))
    if "return_loss" in keys:
        values["return_loss"] = draws.pick(_USUAL_RETURN_LOSSES)
        if draws.below(6) == 0:
            values["return_loss"] += draws.pick((0.5, 0.2, 1.3, 0.25))
        gamma_squared = 10 ** (-values["return_loss"] / 10)
        powers.append(gamma_squared / (1 - gamma_squared))
    if "vswr" in keys:
        values["vswr"] = draws.pick(_USUAL_VSWRS)
        gamma_squared = ((values["vswr"] - 1) / (values["vswr"] + 1)) ** 2
        powers.append(gamma_squared / (1 - gamma_squared))
    if "gamma" in keys:
        values["gamma"] = draws.pick(_USUAL_GAMMAS)
        powers.append(values["gamma"] ** 2 / (1 - values["gamma"] ** 2))
    if not powers and (level := re.search(r"\d*\.?\d+", words.get("edge_db", ""))):
        powers.append(expm1(float(level[0]) * LN10_10))
    return min(powers, default=expm1(0.1 * LN10_10))


def _pass_band(draws: Draws, request: Request, kind: str, keys: set[str], drawn: Drawn) -> Band:
    low, high = request.frequency
    place = _tidy(low * (high / low) ** draws.unit(), drawn.digits)
    if kind in ("lowpass", "highpass"):
        return Band(kind, place, place)
    narrow, wide = request.width_percent
    share = narrow * (wide / narrow) ** draws.unit() / 100
    if "q" in keys:
        drawn.values["q"] = _tidy(1 / share, 2)
        width = place / drawn.values["q"]
    elif "fbw" in keys:
        drawn.values["fbw"] = _tidy(share, 2)
        width = place * drawn.values["fbw"]
    else:
        width = _tidy(place * share, max(1, drawn.digits - draws.below(3)))
    if "f1" in keys:
        step = 10.0 ** (int(log10(width)) - draws.below(2) - (drawn.digits > 4))
        first = round((place - width / 2) / step) * step
        return Band(kind, first, first + max(1, round(width / step)) * step)
    return Band(kind, place - width / 2, place + width / 2)


def _tell_pass_band(
    draws: Draws, band: Band, keys: set[str], words: dict[str, str], values: dict[str, float]
) -> None:
    ladder = band.kind in ("lowpass", "highpass")
    values["edge"] = band.f2 if band.kind == "lowpass" else band.f1
    values["center"], values["width"] = band.center, band.width
    values["f1"], values["f2"] = band.f1, band.f2
    if ladder and "f1" in keys and band.kind == "lowpass":
        values["f1"] = _tidy(band.f2 * draws.pick((0.001, 0.01, 0.05, 0.1)), 2)
    if ladder and "f2" in keys and band.kind == "highpass":
        values["f2"] = _tidy(band.f1 * draws.pick((3, 5, 8, 10)), 2)
    if ladder and "center" in keys:  # a low-pass with a centre frequency is somebody's slip
        values["center"] = _tidy(band.f2 * 0.7, 3)


def _sides(request: Request, points: list[int], kind: str) -> dict[int, bool]:
    """Whether each stop point lies above the pass band, by the words around it or by its place."""
    if kind in ("lowpass", "highpass"):
        return dict.fromkeys(points, kind == "lowpass")
    hints: dict[int, bool] = {}
    for turn in request.turns:
        for place, slot in enumerate(turn):
            if slot.kind == "words" and slot.key[:4] == "stop":  # from DC
                hints[int(slot.key[-1])] = False
            number = int(slot.key[-1]) if slot.key[-1:].isdigit() and slot.key[:3] != "att" else 0
            if number in points and number not in hints and slot.key[0] in "stom":
                hint = _hint(turn, place)
                if hint is not None:
                    hints[number] = hint
    open_points = [point for point in points if point not in hints]
    if request.falling:
        open_points.reverse()
    half = len(points) // 2
    for place, point in enumerate(open_points):
        if len(points) == 1:
            hints[point] = True
        else:
            known_upper = sum(hints.get(p, False) for p in points)
            hints[point] = place >= half if known_upper < len(points) - half else False
    return hints


def _hint(turn: tuple[Slot, ...], place: int) -> bool | None:
    before = turn[place - 1].argument[-14:] if place and turn[place - 1].kind == "text" else ""
    after = (
        turn[place + 1].argument[:6]
        if place + 1 < len(turn) and turn[place + 1].kind == "text"
        else ""
    )
    for text in (before.rsplit("，")[-1].rsplit(",")[-1].rsplit("\n")[-1], after):
        upper, lower = _UPPER.search(text), _LOWER.search(text)
        if bool(upper) != bool(lower):
            return bool(upper)
    return None


def _stop_points(
    draws: Draws,
    request: Request,
    band: Band,
    keys: set[str],
    words: dict[str, str],
    drawn: Drawn,
) -> dict[int, float]:
    """Tells the stop points and gives the normalised frequency of each; 0 is the transition's."""
    values, omegas = drawn.values, {}
    points = [
        i for i in range(1, POINTS + 1)
        if {f"stop{i}", f"to{i}", f"offset{i}", f"multiple{i}"} & keys
    ]  # fmt: skip
    sides = _sides(request, points, band.kind)
    wanted = sorted(1.15 + 2.6 * draws.unit() ** 1.5 for _ in points)
    for upper in (False, True):
        mine = [point for point in points if sides[point] == upper]
        rising = upper != (band.kind == "bandstop")
        if band.kind == "highpass":
            rising = request.falling
        elif request.falling:
            rising = not rising
        chosen = sorted(draws.shuffled(list(wanted))[: len(mine)], reverse=not rising)
        for point, omega in zip(mine, chosen, strict=True):
            if request.twist == "stop_in_band":
                omega = draws.pick((1.0, 0.7, 0.5))
            frequency = _stop_point(draws, band, point, omega, upper, keys, words, drawn)
            omegas[point] = max(band.omega(frequency), 1.02)
    if "transition" in keys:
        omega = 1.15 + 1.5 * draws.unit()
        far = band.edge_at(omega, upper=True)
        values["transition"] = _tidy(
            abs(far - (band.f1 if band.kind == "highpass" else band.f2)), 2
        )
        omegas[0] = omega
    return omegas


def _stop_point(
    draws: Draws,
    band: Band,
    point: int,
    omega: float,
    upper: bool,
    keys: set[str],
    words: dict[str, str],
    drawn: Drawn,
) -> float:
    """Tells one stop point; the frequency in Hz that counts."""
    values = drawn.values
    exact = band.edge_at(omega, upper=upper)
    frequency = exact if omega == 1.0 else _rounded(draws, band, exact, drawn.digits, upper)
    reference = band.center if band.kind in ("bandpass", "bandstop") else values["edge"]
    if f"multiple{point}" in keys:
        said = words.get(f"multiple{point}")
        ratio = _multiple_of(said) if said else _tidy(frequency / reference, 2)
        if band.kind == "bandpass" and not said:  # close to 1 where the band is narrow
            ratio = round(frequency / reference, 2 if abs(frequency / reference - 1) > 0.1 else 3)
        if band.kind == "highpass" and ratio > 1 and not said:
            ratio = _tidy(1 / ratio, 2)
        values[f"multiple{point}"] = ratio
        return ratio * reference
    if f"offset{point}" in keys:
        away = _tidy(abs(frequency - reference), 2 + draws.below(2))
        values[f"offset{point}"] = away
        return reference + away if upper else max(reference - away, reference / 10)
    if f"to{point}" not in keys:
        values[f"stop{point}"] = frequency
        return frequency
    if band.kind == "bandstop":
        values[f"stop{point}"] = _rounded(
            draws, band, band.edge_at(omega, upper=False), drawn.digits, False
        )
        values[f"to{point}"] = _rounded(
            draws, band, band.edge_at(omega, upper=True), drawn.digits, True
        )
        return frequency
    far = (
        frequency * draws.pick((1.2, 1.5, 2, 3, 4))
        if upper
        else frequency * draws.pick((0.05, 0.2, 0.5, 0.8))
    )
    far = _tidy(far, 2)
    if upper:
        values[f"stop{point}"], values[f"to{point}"] = frequency, far
    else:
        values[f"stop{point}"], values[f"to{point}"] = far, frequency
    return frequency


def _rounded(draws: Draws, band: Band, frequency: float, digits: int, upper: bool) -> float:
    """A stop frequency with few digits that still lies outside the pass band."""
    for more in range(8):
        value = _tidy(frequency, max(2, digits - draws.below(2)) + more)
        if (
            band.kind in ("lowpass", "highpass")
            or digits > 7
            or abs(value - frequency) < band.width / 20
        ):
            return value
    return frequency


def _multiple_of(said: str) -> float:
    """The number that words such as "twice" or "1.5fc" stand for. 2 where none is known."""
    number = re.search(r"\d+\.?\d*|\.\d+", said)
    for word, value in WORD_MULTIPLES.items():
        if word in said.lower():
            return value
    return float(number[0]) if number else 2.0


def _attenuations(
    draws: Draws,
    request: Request,
    keys: set[str],
    omegas: dict[int, float],
    power: float,
    values: dict[str, float],
) -> None:
    least, most = request.order
    n = max(1.2, least + (most - least) * draws.unit() - draws.unit())
    own = [point for point in omegas if f"att{point}" in keys]
    for key in sorted(key for key in keys if key[:3] == "att" and key != "att"):
        omega = omegas.get(int(key[-1]), 2.0)
        values[key] = _attenuation(
            draws, request, omega, n * (1 if key == "att1" else 0.6 + 0.4 * draws.unit()), power
        )
    if "att" in keys:
        shared = [omega for point, omega in omegas.items() if point not in own]
        values["att"] = _attenuation(draws, request, min(shared, default=2.0), n, power)
    if "order" in keys:
        near = round(n) + draws.pick((-2, -1, 0, 0, 1, 2)) if omegas else round(n)
        values["order"] = min(max(near, least), most) if least <= most else least


def _attenuation(draws: Draws, request: Request, omega: float, n: float, power: float) -> float:
    """What about n sections reach at `omega`, within the usual attenuations, as it is printed."""
    low, high = request.attenuation
    reached = 10 * log10(1 + power * cosh(min(n * acosh(max(omega, 1.02)), 300.0)) ** 2)
    if not low <= reached <= high:
        reached = low + (high - low) * (0.1 + 0.4 * draws.unit() if reached < low else draws.unit())
    step = draws.pick((5.0, 5.0, 5.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.1, 0.01))
    return round(max(low, reached // step * step or step), 2)


def _tidy(value: float, digits: int) -> float:
    """`value` rounded to so many significant digits."""
    return float(f"{value:.{max(1, digits)}g}")
