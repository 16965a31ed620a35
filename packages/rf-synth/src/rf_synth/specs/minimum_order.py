"""The minimum order of a Chebyshev type I filter, and checks for impossible specifications.

Source: G. L. Matthaei, L. Young, E. M. T. Jones, "Microwave Filters, Impedance-Matching Networks,
and Coupling Structures" (1964), chapter 4.13 (order) and 11.09 (low-pass to band-pass).

    n = acosh K / acosh Ω,   K = sqrt((10^(La/10) - 1) / (10^(Lr/10) - 1)),   order = ceil(n)

Ω is the normalised frequency of the harder stop edge. A band-pass is specified by its arithmetic
centre: f1 = f_center - bandwidth/2, f2 = f_center + bandwidth/2, f0² = f1·f2.
All frequencies in Hz, attenuation and ripple in dB. `fc` is the edge of the ripple band.
"""

from collections.abc import Mapping
from math import acosh, ceil, expm1, isfinite, log, sqrt
from typing import Any

LN10_10 = log(10.0) / 10.0
CEILING_GUARD = 1e-6
MAX_DB = 1000.0
MAX_ORDER = 1000
"""Higher orders are declined as impossible: nobody builds or simulates such filters."""
MAX_COMPUTED = 1_000_000
"""Higher orders are not computed."""
_MIN_VALUE, _MAX_VALUE = 1e-30, 1e30
"""The range of all values: outside of it doubles overflow, and no real filter is specified."""
BANDS = ("lowpass", "highpass", "bandpass")
LADDER_KEYS = ("filter_type", "filter_band", "ripple_db", "fc", "fs", "R0", "La_target")
BANDPASS_KEYS = (
    *("filter_type", "filter_band", "ripple_db", "f_center", "bandwidth"),
    *("fs_lower", "fs_upper", "R0", "La_target"),
)
_LIMITS = {
    band: tuple(
        (key, MAX_DB if key in ("ripple_db", "La_target") else _MAX_VALUE) for key in keys[2:]
    )
    for band, keys in zip(BANDS, (LADDER_KEYS, LADDER_KEYS, BANDPASS_KEYS), strict=True)
}
"""Numeric keys of each band and their maximum values."""
Spec = dict[str, Any]


class SpecError(ValueError):
    """The specification is invalid or impossible; the message is the reason."""


def spec_keys(band: str) -> tuple[str, ...]:
    """The keys of a specification of `band`, in the order of an answer, without `order`."""
    return BANDPASS_KEYS if band == "bandpass" else LADDER_KEYS


def discrimination(ripple_db: float, attenuation_db: float) -> float:
    """K: the ratio of the characteristic function at the stop edge to that at the pass edge."""
    return sqrt(expm1(attenuation_db * LN10_10) / expm1(ripple_db * LN10_10))


def selectivity(spec: Mapping[str, Any]) -> float:
    """Ω of the harder stop edge (1 at the edge of the pass band)."""
    band = spec["filter_band"]
    if band == "bandpass":
        return bandpass_selectivity(
            spec["f_center"], spec["bandwidth"], spec["fs_lower"], spec["fs_upper"]
        )
    ratio: float = spec["fs"] / spec["fc"] if band == "lowpass" else spec["fc"] / spec["fs"]
    return ratio


def bandpass_selectivity(
    f_center: float, bandwidth: float, fs_lower: float, fs_upper: float
) -> float:
    """Ω of a band-pass: the smaller of |f² - f0²| / (f·bandwidth) at its two stop edges."""
    f0_squared = f_center * f_center - bandwidth * bandwidth / 4
    lower = (f0_squared - fs_lower * fs_lower) / fs_lower
    upper = (fs_upper * fs_upper - f0_squared) / fs_upper
    return (lower if lower < upper else upper) / bandwidth


def exact_order(spec: Mapping[str, Any]) -> float:
    """n, the real-valued order, in double precision."""
    return acosh(discrimination(spec["ripple_db"], spec["La_target"])) / acosh(selectivity(spec))


def minimum_order(spec: Mapping[str, Any]) -> tuple[int, float]:
    """The order and n of a specification.

    If n is within 1e-6 of an integer, or could be because of rounding, it is recomputed with 50
    digits from the decimal values as printed. Raises SpecError for an impossible specification and
    for orders above a million.
    """
    check_spec(spec)
    if _doubles_suffice(spec):
        n = exact_order(spec)
        if n < 100 and abs(n - round(n)) > CEILING_GUARD:
            return ceil(n), n
    return _order_in_50_digits(spec)


def _doubles_suffice(spec: Mapping[str, Any]) -> bool:
    """Whether the rounding error of an n below 100 is less than 1e-6.

    The relative error of n is that of Ω divided by 2(Ω - 1), and that of Ω is 2⁻⁵² times the ratio
    of centre to bandwidth: 1e-16·1e4/2e-3 at these limits.
    """
    wide = spec["filter_band"] != "bandpass" or spec["bandwidth"] > 1e-4 * spec["f_center"]
    return wide and selectivity(spec) > 1.001


def check_spec(spec: Mapping[str, Any]) -> None:
    """Raises SpecError if `spec` is incomplete, invalid or impossible."""
    band = spec.get("filter_band")
    if band not in BANDS:
        raise SpecError(f"filter_band is {band!r}, expected one of {', '.join(BANDS)}")
    if spec.get("filter_type") != "chebyshev":
        raise SpecError(f"filter_type is {spec.get('filter_type')!r}, expected 'chebyshev'")
    for key, most in _LIMITS[band]:
        value: Any = spec.get(key)
        if type(value) not in (int, float) or not _MIN_VALUE <= value <= most:
            if key not in spec:
                raise SpecError(f"{key} is missing")
            _check_number(key, value, most)
    if spec["La_target"] <= spec["ripple_db"]:
        raise SpecError(
            f"La_target {spec['La_target']:g} dB must exceed ripple_db {spec['ripple_db']:g} dB"
        )
    if band == "bandpass":
        _check_bandpass_edges(spec)
    else:
        _check_ladder_edges(spec)


def _check_number(key: str, value: object, most: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise SpecError(f"{key} is {value!r}, expected a number")
    if value <= 0:
        raise SpecError(f"{key} is {value:g}, must be above 0")
    if not _MIN_VALUE <= value <= most:
        raise SpecError(f"{key} is {value:g}, must lie within {_MIN_VALUE:g} and {most:g}")


def _check_ladder_edges(spec: Mapping[str, Any]) -> None:
    fc, fs = spec["fc"], spec["fs"]
    if spec["filter_band"] == "lowpass" and fs <= fc:
        raise SpecError(f"a low-pass needs fs above fc, got fs {fs:g} Hz and fc {fc:g} Hz")
    if spec["filter_band"] == "highpass" and fs >= fc:
        raise SpecError(f"a high-pass needs fs below fc, got fs {fs:g} Hz and fc {fc:g} Hz")


def _check_bandpass_edges(spec: Mapping[str, Any]) -> None:
    f_center, bandwidth = spec["f_center"], spec["bandwidth"]
    if bandwidth >= 2 * f_center:
        raise SpecError(f"bandwidth {bandwidth:g} Hz must be below 2·f_center = {2 * f_center:g}")
    f1, f2 = f_center - bandwidth / 2, f_center + bandwidth / 2
    if spec["fs_lower"] >= f1:
        raise SpecError(f"fs_lower {spec['fs_lower']:g} Hz must lie below the pass band ({f1:g})")
    if spec["fs_upper"] <= f2:
        raise SpecError(f"fs_upper {spec['fs_upper']:g} Hz must lie above the pass band ({f2:g})")


def _order_in_50_digits(spec: Mapping[str, Any]) -> tuple[int, float]:
    """Order and n by mpmath; an n that is an integer to 40 digits is that order."""
    from mpmath import mp, mpf

    with mp.workdps(60):
        numbers = spec_keys(spec["filter_band"])[2:]
        value = {k: mpf(str(v)) if k in numbers else v for k, v in spec.items()}
        gain = mp.sqrt(
            (mpf(10) ** (value["La_target"] / 10) - 1) / (mpf(10) ** (value["ripple_db"] / 10) - 1)
        )
        omega: Any = selectivity(value)
        if omega <= 1:  # edges that differ as doubles but not as printed
            raise SpecError("the stop edge lies on the pass edge")
        n = mp.acosh(gain) / mp.acosh(omega)
        if n > MAX_COMPUTED:
            raise SpecError(f"an order of {float(n):,.0f} is needed, more than {MAX_COMPUTED:,}")
        nearest = mp.nint(n)
        order = int(nearest) if abs(n - nearest) < mpf(10) ** -40 else int(mp.ceil(n))
        return order, float(n)
