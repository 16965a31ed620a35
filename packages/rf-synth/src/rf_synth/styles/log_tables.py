"""Style `log-tables`: as `derivation`, with logarithms looked up as in a printed table.

A table of logarithms has a row for the leading digits of a number; the margin gives the
proportional part to add for the digits that follow. A small model memorizes such rows, and the part
is so small that its errors do no harm; a logarithm written in one step is often wrong in the fourth
decimal. The logarithms with the largest effect on the order are looked up like this: those of the
two frequencies of a low-pass or high-pass, lg acosh K and lg acosh Ω.

n is not computed: its logarithm is compared with lg 1, lg 2, lg 3 …, which can be memorized.
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
    """The two summands of `whole`: its value for the `row` of `of`, and the rest."""
    name, formula = whole.name, whole.formula
    in_row = formula.replace(f"({of}", f"({row}")
    taken_away = in_row if formula.startswith("lg(") else f"({in_row})"
    return (
        Step(f"{name}t", in_row, f"{whole.means}: the row's value"),
        Step(f"{name}p", f"{formula} - {taken_away}", "the proportional part"),
    )


def _looked_up(whole: Step, of: str, row: str) -> Steps:
    """`whole` in three steps: two summands and their sum."""
    name = whole.name
    return (*row_and_part(whole, of, row), Step(name, f"{name}t + {name}p", whole.means))


# The row of w is the next one: lg acosh Ω diverges at Ω = 1, so that row would have no value.
ROW_OF_K, ROW_OF_W = "cut(k, 2)", "cut(w, 3) + 0.001"
COMPARED = Step(
    "t",
    # half a unit of the last decimal less, as m is compared with printed logarithms
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
        """The integer whose logarithm is printed last."""
        return round(10 ** (float(derivation["t"]) - 2))
