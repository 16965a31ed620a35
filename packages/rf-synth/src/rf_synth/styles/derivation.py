"""Style `derivation`: a calculation with logarithms before the order.

Every step is either a function of one number printed earlier, or the sum of the two numbers printed
just before; complements (10^8 - f) and cologarithms (offset - lg x) replace differences, as in
calculations by hand. Values are strings of fixed width, so that sums are aligned: frequencies in
kHz with 8 digits, logarithms with one digit and 5 decimals, n with 4 decimals.

With x = δ/β, the distance of a stop edge from the centre in half bandwidths (β = bandwidth/2), the
arithmetically centred pass band gives exactly

    Ω = x·(1 ∓ (δ/2f)·(1 - x⁻²)) = x·(1 ∓ (β/2f)·(x - 1/x)),   - upper edge, + lower edge

so that δ, the only critical difference, is exact, and the rest is a small correction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from rf_synth.specs.minimum_order import Spec
from rf_synth.specs.ranges import Ranges
from rf_synth.styles.formula import Formula, compile_formula

CARRY = 100_000_000
"""The ten's complement of 8 digits, in kHz."""


@dataclass(frozen=True)
class Step:
    """One printed value: `name` = `formula` in the answer's keys and earlier steps.

    It has `decimals` decimals and is padded with zeros to `width` characters; `means` is its
    meaning, and `from_right` reverses its characters.
    """

    name: str
    formula: str
    means: str
    decimals: int = 5
    width: int = 7
    from_right: bool = False

    def printed(self, value: float) -> str | None:
        """The value as text; None if it does not fit."""
        text = f"{value:0{self.width}.{self.decimals}f}"
        if len(text) != self.width or text[0] == "-":
            return None
        return text[::-1] if self.from_right else text

    def read(self, text: str) -> float:
        """The value of a printed text."""
        return float(text[::-1] if self.from_right else text)

    def described(self) -> dict[str, Any]:
        """The step as in metadata.json; `from_right` only if true."""
        described = {
            "name": self.name,
            "formula": self.formula,
            "decimals": self.decimals,
            "width": self.width,
            "means": self.means,
        }
        return described | ({"from_right": True} if self.from_right else {})


Steps = tuple[Step, ...]


def _kilohertz(name: str, formula: str, means: str) -> Step:
    return Step(name, formula, means, decimals=0, width=8)


ATTENUATION = (
    Step("p", "lg(pow10(La_target / 10) - 1) / 2", "half lg of the stop-band power ratio less 1"),
    Step("c", "0 - lg(pow10(ripple_db / 10) - 1) / 2", "cologarithm of the ripple, -lg ε"),
    Step("k", "p + c", "lg K"),
    Step("a", "1 + lg(acosh(pow10(k)))", "1 + lg acosh K"),
)
ORDER = (
    Step("b", "1 - lg(acosh(pow10(w - 9)))", "1 - lg acosh Ω"),
    Step("a2", "a", "a again"),
    Step("m", "b + a2", "2 + lg n"),
    Step("n", "pow10(m - 2)", "n, whose ceiling is the order", decimals=4, width=7),
)


def edge_steps(side: str, edge: str, minuend: str, subtrahend: str) -> Steps:
    """The steps of one stop edge; their names end in `side` (u or l)."""
    sign = "lg1m10" if side == "u" else "lg1p10"
    return (
        _kilohertz(f"f{side}", f"{minuend} / 1000", "the higher of stop edge and centre in kHz"),
        _kilohertz(
            f"g{side}", f"{CARRY} - {subtrahend} / 1000", "complement of the lower, 10⁸ - kHz"
        ),
        _kilohertz(
            f"d{side}", f"f{side} + g{side} - {CARRY}", "their distance δ in kHz: sum, no carry"
        ),
        Step(f"e{side}", f"lg(d{side})", "lg δ"),
        Step(f"i{side}", "8 - lg(bandwidth / 2000)", "8 - lg β, β half the bandwidth in kHz"),
        Step(f"x{side}", f"e{side} + i{side}", "8 + lg x, x = δ/β"),
        Step(f"q{side}", f"1 + lg(pow10(x{side} - 8) - pow10(8 - x{side}))", "1 + lg(x - 1/x)"),
        Step(f"h{side}", f"8 - lg({edge} / 500)", "8 - lg 2f, f the stop edge in kHz"),
        Step(f"t{side}", f"q{side} + h{side}", "9 + lg((x - 1/x)/2f)"),
        Step(f"j{side}", "lg(bandwidth / 2000)", "lg β"),
        Step(f"s{side}", f"t{side} + j{side}", "9 + lg of the correction"),
        Step(f"r{side}", f"1 + {sign}(s{side} - 9)", "1 + lg(1 ∓ correction)"),
        Step(f"z{side}", f"x{side}", "8 + lg x again"),
        Step(f"w{side}", f"r{side} + z{side}", "9 + lg Ω of this edge"),
    )


EDGES = (
    edge_steps("u", "fs_upper", "fs_upper", "f_center"),
    edge_steps("l", "fs_lower", "f_center", "fs_lower"),
)
HIGHER = (Step("x", "lg(h)", "lg h"),)
LOWER = (Step("y", "9 - lg(l)", "9 - lg l"),)
RATIO = (Step("x2", "x", "x again"), Step("w", "y + x2", "9 + lg Ω"))


def tables(
    attenuation: Steps = ATTENUATION,
    ladder: tuple[Steps, Steps, Steps] = (HIGHER, LOWER, RATIO),
    edges: tuple[Steps, Steps] = EDGES,
    order: Steps = ORDER,
) -> dict[str, Steps]:
    """The steps of every band: `attenuation` first, `order` (from w = 9 + lg Ω) last.

    Between them are, for a low-pass or high-pass, the steps of `ladder`: from the higher frequency
    h to x = lg h, from the lower frequency l to 9 - lg l, and their ratio; for a band-pass those of
    both stop `edges`.
    """
    higher, lower, ratio = ladder

    def low_or_high(low: str, high: str) -> Steps:
        return (
            *attenuation,
            _kilohertz("h", f"{high} / 1000", "the higher frequency in kHz"),
            *higher,
            _kilohertz("l", f"{low} / 1000", "the lower frequency in kHz"),
            *lower,
            *ratio,
            *order,
        )

    return {
        "lowpass": low_or_high("fc", "fs"),
        "highpass": low_or_high("fs", "fc"),
        "bandpass": (
            *attenuation,
            *edges[0],
            *edges[1],
            Step("w", "min(wu, wl)", "the smaller of the two, 9 + lg Ω"),
            *order,
        ),
    }


class DerivationStyle:
    """Style `derivation`: the object of steps precedes `order`."""

    name = "derivation"
    frequencies = (10e6, 10e9, "10 MHz and 10 GHz")
    """Minimum and maximum frequency in Hz that the steps can hold, and the range in words."""
    table: Mapping[str, Steps] = tables()

    def __init__(self) -> None:
        self._compiled: dict[str, list[tuple[Step, Formula]]] = {
            band: [(step, compile_formula(step.formula)) for step in steps]
            for band, steps in self.table.items()
        }

    def answer(self, spec: Spec, order: int) -> dict[str, Any] | None:
        """The specification, its derivation and `order`; None if rounding changes the order."""
        derivation = self.derive(spec)
        if derivation is None or self.order(derivation) != order:
            return None
        return {**spec, "derivation": derivation, "order": order}

    def order(self, derivation: Mapping[str, str]) -> int:
        """The order that results from the printed steps."""
        return ceil(float(derivation["n"]))

    def derive(self, spec: Spec) -> dict[str, str] | None:
        """The printed steps, each computed from printed ones; None if one does not fit."""
        values: dict[str, float] = {k: v for k, v in spec.items() if not isinstance(v, str)}
        printed: dict[str, str] = {}
        for step, formula in self._compiled[spec["filter_band"]]:
            try:
                text = step.printed(formula(values))
            except ValueError:  # logarithm of a number <= 0
                return None
            if text is None:
                return None
            printed[step.name] = text
            values[step.name] = step.read(text)
        return printed

    def steps(self) -> dict[str, list[dict[str, Any]]]:
        """Name, formula, decimals, width and meaning of every step, by band."""
        return {band: [step.described() for step in steps] for band, steps in self.table.items()}

    def problems(self, ranges: Ranges) -> list[str]:
        """Reports frequencies that the steps cannot hold, and very low attenuations."""
        low, high = ranges.frequency
        lowest, highest, words = self.frequencies
        found = []
        if low < lowest or high > highest:
            found.append(f"needs ranges.frequency within {words}")
        if ranges.attenuation_db[0] < 5:
            found.append("needs ranges.attenuation_db of at least 5 dB")
        return found
