"""Style `log-tables`: as `derivation`, but logarithms looked up as in a printed table.

A table of logarithms has a row for the first digits of a number; its margin tells the proportional
part to add for the digits that follow. A small model knows such a row by heart, and the part is so
small that even its errors do no harm: read in one go, the same logarithm is wrong in the fourth
decimal again and again. What changes the order most is read like this: lg of the two frequencies
of a low- or high-pass, lg acosh K and lg acosh Ω.

n is not worked out: its logarithm is compared with lg 1, lg 2, lg 3 …, which can be known exactly.
"""

from collections.abc import Mapping

from rf_synth.styles.derivation import (
    ATTENUATION,
    HIGHER,
    LOWER,
    ORDER,
    RATIO,
    DerivationStyle,
    Step,
    Steps,
    tables,
)


def row_and_part(whole: Step, of: str, row: str) -> Steps:
    """The two summands of `whole`: the value that stands in the `row` of `of`, and the rest."""
    name, formula = whole.name, whole.formula
    in_row = formula.replace(f"({of}", f"({row}")
    taken_away = in_row if formula.startswith("lg(") else f"({in_row})"
    return (
        Step(f"{name}t", in_row, f"{whole.means}: the row's value"),
        Step(f"{name}p", f"{formula} - {taken_away}", "the proportional part"),
    )


def _looked_up(whole: Step, of: str, row: str) -> Steps:
    """`whole` in three steps: its two summands and their sum."""
    name = whole.name
    return (*row_and_part(whole, of, row), Step(name, f"{name}t + {name}p", whole.means))


# The row of w is the next one: lg acosh Ω falls so fast at Ω = 1 that no row ends there.
ROW_OF_K, ROW_OF_W = "cut(k, 2)", "cut(w, 3) + 0.001"
COMPARED = Step(
    "t",
    # half a unit of the last decimal less: m is compared with logarithms as printed
    "2 + lg(ceil(pow10(m - 2.000005)))",
    "2 + lg of the order: the first of 2 + lg 1, 2 + lg 2, … that is not below m",
)


class LogTablesStyle(DerivationStyle):
    """Style `log-tables`."""

    name = "log-tables"
    table = tables(
        attenuation=(*ATTENUATION[:-1], *_looked_up(ATTENUATION[-1], "k", ROW_OF_K)),
        ladder=(
            _looked_up(HIGHER[0], "h", "lead(h, 3)"),
            (
                *_looked_up(Step("u", "lg(l)", "lg l"), "l", "lead(l, 3)"),
                Step("y", "9 - u", LOWER[0].means),
            ),
            RATIO,
        ),
        order=(*_looked_up(ORDER[0], "w", ROW_OF_W), *ORDER[1:-1], COMPARED),
    )

    def order(self, derivation: Mapping[str, str]) -> int:
        """The whole number whose logarithm is printed last."""
        return round(10 ** (float(derivation["t"]) - 2))
