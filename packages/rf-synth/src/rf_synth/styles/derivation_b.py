"""Style `derivation-b`: as `derivation`, but lg acosh K in two steps that are each easy to learn.

A model that reads k = lg K finds lg acosh 10^k hard in one go. acosh(10^k)/ln 10 is k + lg 2 but
for a small correction, and the next step is a plain logarithm; the constant lg ln 10 that is left
over goes into the step of Ω.
"""

from rf_synth.styles.derivation import ATTENUATION, ORDER, DerivationStyle, Step, tables

_LN10 = "2.302585092994046"


class DerivationStyleB(DerivationStyle):
    """Style `derivation-b`."""

    name = "derivation-b"
    table = tables(
        attenuation=(
            *ATTENUATION[:-1],
            Step("j", f"acosh(pow10(k)) / {_LN10}", "acosh K / ln 10, about k + lg 2"),
            Step("a", "1 + lg(j)", "1 + lg(acosh K / ln 10)"),
        ),
        order=(
            Step("b", f"1 + lg({_LN10}) - lg(acosh(pow10(w - 9)))", "1 + lg ln 10 - lg acosh Ω"),
            *ORDER[1:],
        ),
    )
