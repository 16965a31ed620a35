"""What a request says about the pass band's ripple, directly or through its reflection.

A lossless filter reflects what it does not pass: ripple = -10·lg(1 - |Γ|²), with return loss
-20·lg|Γ| and |Γ| = (VSWR - 1)/(VSWR + 1).
"""

from math import log, log1p
from typing import Any

from rf_synth.calls.refusal import Declined
from rf_synth.calls.request import RippleStatement

_DB = 10 / log(10)


def ripple_db(statement: RippleStatement) -> float:
    """The ripple in dB that a statement allows. Raises Declined where no filter can have it."""
    value = float(statement.value)
    if statement.kind == "ripple":
        if value <= 0:
            raise _impossible(
                "The pass-band ripple is 0 dB; it must be above 0.", "通带波纹为 0 dB，必须大于 0。"
            )
        return value
    if statement.kind == "return_loss":
        if value <= 0:
            raise _impossible(
                "A return loss of 0 dB passes nothing; it must be above 0.",
                "回波损耗为 0 dB 表示全反射，必须大于 0。",
            )
        return -_DB * log1p(-(10 ** (-value / 10)))
    if statement.kind == "vswr":
        if value <= 1:
            raise _impossible(
                f"A VSWR of {value:g} cannot be kept by any filter; it must be above 1.",
                f"任何滤波器都做不到驻波比 {value:g}，必须大于 1。",
            )
        value = (value - 1) / (value + 1)
    if not 0 < value < 1:
        raise _impossible(
            f"A reflection coefficient of {value:g} is impossible; it must lie between 0 and 1.",
            f"反射系数 {value:g} 不可能实现，必须在 0 和 1 之间。",
        )
    return -_DB * log1p(-value * value)


def ripple_power(statement: RippleStatement) -> Any:
    """10^(ripple/10) - 1 as an mpmath number, in the precision that is set."""
    from mpmath import mp, mpf

    value = mpf(str(statement.value))
    if statement.kind == "ripple":
        return mp.expm1(value / 10 * mp.log(10))
    if statement.kind == "return_loss":
        reflected = mpf(10) ** (-value / 10)
    elif statement.kind == "vswr":
        reflected = ((value - 1) / (value + 1)) ** 2
    else:
        reflected = value * value
    return reflected / (1 - reflected)


def _impossible(en: str, zh: str) -> Declined:
    return Declined("impossible", en, zh)
