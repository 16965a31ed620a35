"""Formats frequencies and levels as engineers write them."""

from decimal import Decimal

from rf_synth.calls.printed import PI
from rf_synth.calls.request import Request

_UNITS = ((9, "GHz"), (6, "MHz"), (3, "kHz"))


def show(hertz: Decimal | None, request: Request | None = None) -> str:
    """A frequency as the request writes it, else as 2.4 GHz, 1561.098 MHz, or in its rad/s."""
    if hertz is None or not hertz.is_finite():
        return "∞"
    if request is not None:
        if (text := request.spelling(hertz)) is not None:
            return text
        if request.angular:
            return f"{plain(hertz * 2 * PI)} rad/s"
    for power, unit in _UNITS:
        if abs(hertz) >= Decimal(1).scaleb(power):
            shown = plain(hertz.scaleb(-power))
            if power == 9 and len(shown) > 6:
                continue  # 1561.098 MHz rather than 1.561098 GHz
            return f"{shown} {unit}"
    return f"{plain(hertz)} Hz"


def plain(value: Decimal, digits: int = 10) -> str:
    """At most `digits` significant digits, without an exponent and without trailing zeros."""
    if not value:
        return "0"
    rounded = round(value, digits - 1 - value.adjusted())
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def db(value: Decimal | float) -> str:
    """A level with its unit: 40 dB, 0.04365 dB."""
    return f"{float(value):.4g} dB"
