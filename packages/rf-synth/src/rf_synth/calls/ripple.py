"""Pass-band ripple, stated directly or as return loss, VSWR or reflection coefficient.

For a lossless filter ripple = -10·lg(1 - |Γ|²), return loss = -20·lg|Γ| and
|Γ| = (VSWR - 1)/(VSWR + 1).
"""

from math import log, log1p
from typing import Any

from rf_synth.calls.refusal import Declined
from rf_synth.calls.request import RippleStatement

MIN_DB, MAX_DB = 1e-12, 1000
"""Levels outside this range are declined as impossible."""
_DB = 10 / log(10)
_NAMES = {
    "ripple": ("pass-band ripple", "通带波纹", " dB"),
    "return_loss": ("return loss", "回波损耗", " dB"),
    "vswr": ("VSWR", "驻波比", ""),
    "gamma": ("reflection coefficient", "反射系数", ""),
}


def ripple_db(statement: RippleStatement) -> float:
    """The ripple in dB that a statement allows. Raises Declined for an impossible value."""
    value = float(statement.value)
    if statement.kind == "vswr":
        value = (value - 1) / (value + 1)
    if statement.kind == "ripple":
        ripple = value
    elif statement.kind == "return_loss":
        ripple = _passed(10 ** (-value / 10))
    else:
        ripple = _passed(value * value) if value > 0 else 0.0
    if not MIN_DB <= ripple <= MAX_DB:
        raise _impossible(statement)
    return ripple


def _passed(reflected: float) -> float:
    """Loss in dB if the fraction `reflected` of the power is reflected; 0 for total reflection."""
    return -_DB * log1p(-reflected) if reflected < 1 else 0.0


def _impossible(statement: RippleStatement) -> Declined:
    en, zh, unit = _NAMES[statement.kind]
    value = f"{float(statement.value):.6g}{unit}"
    needed_en, needed_zh = {
        "vswr": ("must be above 1", "必须大于 1"),
        "gamma": ("must lie between 0 and 1", "必须在 0 和 1 之间"),
    }.get(
        statement.kind, (f"must lie between 0 and {MAX_DB:,} dB", f"必须在 0 和 {MAX_DB:,} dB 之间")
    )
    return Declined(
        "impossible",
        f"No filter has a {en} of {value}; it {needed_en}.",
        f"没有滤波器能达到{zh} {value}，该值{needed_zh}。",
    )


def ripple_power(statement: RippleStatement) -> Any:
    """10^(ripple/10) - 1 as an mpmath number in the current precision."""
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
