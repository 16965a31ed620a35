"""The specification as areas of a plot: forbidden areas and pass bands."""

from rf_design.specification import FilterSpec

Area = tuple[float, float]
"""From and to, in Hz."""


def stop_areas(spec: FilterSpec, limits: tuple[float, float]) -> list[tuple[float, float, float]]:
    """(from, to) in Hz and the required loss in dB of the area from each stop point outwards."""
    areas = []
    center = spec.geometric_center_hz if spec.has_two_edges else spec.edges_hz[0]
    for point in spec.stop_points:
        above = point.f_hz > center
        if spec.band == "bandstop":
            low, high = (center, point.f_hz) if above else (point.f_hz, center)
        else:
            low, high = (point.f_hz, limits[1]) if above else (limits[0], point.f_hz)
        areas.append((low, high, point.attenuation_db))
    return areas


def pass_range(spec: FilterSpec) -> tuple[float, float]:
    """The pass band with some margin, in Hz."""
    if spec.band == "lowpass":
        return spec.edges_hz[0] / 200, spec.edges_hz[0] * 1.15
    if spec.band == "highpass":
        return spec.edges_hz[0] * 0.85, spec.edges_hz[0] * 3
    reach = 0.6 if spec.band == "bandpass" else 1.5
    middle, width = spec.arithmetic_center_hz, spec.bandwidth_hz
    return max(middle - reach * width, spec.edges_hz[0] / 50), middle + reach * width


def pass_areas(spec: FilterSpec, limits: tuple[float, float]) -> list[Area]:
    """The pass band within `limits`, as one area or two."""
    low, high = limits
    if spec.band == "lowpass":
        return [(low, spec.edges_hz[0])]
    if spec.band == "highpass":
        return [(spec.edges_hz[0], high)]
    if spec.band == "bandpass":
        return [(spec.edges_hz[0], spec.edges_hz[1])]
    return [(low, spec.edges_hz[0]), (spec.edges_hz[1], high)]
