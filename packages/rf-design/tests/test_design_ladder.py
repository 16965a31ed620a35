"""Ladders: the listed parts give the response of the formula; values against scikit-rf."""

import math

import numpy as np
import pytest
import skrf
from rf_design.errors import DesignError
from rf_design.ladder.network import Branch, Ladder
from rf_design.ladder.parts_list import ladder_of_parts
from rf_design.ladder.prefixes import parse_value, with_prefix, without_zeros
from rf_design.ladder.synthesis import realisable, synthesise, topology_for
from rf_design.prototype.characteristic import attenuation_db, bandwidth_ratio
from rf_design.response.chain import Quality
from rf_design.response.crossings import half_power_points
from rf_design.response.loss import loss_db
from rf_design.response.scattering import group_delay_s, scattering
from rf_design.specification import (
    FilterSpec,
    frequencies_at,
    normalised_frequency,
    pass_band_grid,
)

EDGES = {
    "lowpass": (1.2e9,),
    "highpass": (14e6,),
    "bandpass": (824e6, 849e6),
    "bandstop": (80e6, 120e6),
}


def spec_of(band, family="chebyshev", ripple_db=0.5, **more):
    return FilterSpec(family, band, ripple_db, EDGES[band], **more)


def in_scikit_rf(ladder, f_hz, quality=None):
    """The same ladder built of scikit-rf's own elements, at the ladder's own terminations."""
    media = skrf.media.DefinedGammaZ0(skrf.Frequency.from_f(f_hz, unit="hz"), z0=50.0)
    network = media.thru()
    values = iter(ladder.values)
    w = 2 * np.pi * f_hz
    for branch in ladder.structure:
        z = []
        for kind in branch.kinds:
            value = next(values)
            if kind == "inductor":
                loss = 0 if quality is None else quality.inductor_ohm(np.array(value))
                z.append(1j * w * value + loss)
            else:
                loss = 0 if quality is None else quality.capacitor_ohm(np.array(value))
                z.append(1 / (1j * w * value) + loss)
        total = 1 / sum(1 / x for x in z) if branch.connection == "parallel" else sum(z)
        abcd = np.tile(np.eye(2, dtype=complex), (f_hz.size, 1, 1))
        if branch.orientation == "series":
            abcd[:, 0, 1] = total
        else:
            abcd[:, 1, 0] = 1 / total
        network = network ** skrf.Network(
            f=f_hz, f_unit="hz", s=skrf.network.a2s(abcd, 50.0), z0=50.0
        )
    network.renormalize([ladder.source_ohm, ladder.load_ohm])
    return network


@pytest.mark.parametrize("family", ["chebyshev", "butterworth"])
@pytest.mark.parametrize("band", EDGES)
@pytest.mark.parametrize("topology", ["pi", "tee"])
@pytest.mark.parametrize("order", range(1, 16))
def test_listed_parts_give_the_response_of_the_formula(family, band, topology, order):
    spec = spec_of(band, family)
    ladder, _ = synthesise(spec, order, topology)
    beyond = frequencies_at(spec, np.geomspace(1.001, 4, 60))
    for f in (pass_band_grid(spec, order, 8), beyond):
        formula = attenuation_db(family, order, 0.5, normalised_frequency(spec, f))
        assert loss_db(ladder, f) == pytest.approx(formula, abs=1e-11)


@pytest.mark.parametrize("band", EDGES)
@pytest.mark.parametrize("order", [2, 5])
def test_scattering_and_delay_are_those_of_scikit_rf(band, order):
    spec = spec_of(band)
    ladder, _ = synthesise(spec, order, "tee")
    f = np.unique(
        np.concatenate([pass_band_grid(spec, order), frequencies_at(spec, np.array([1.5]))])
    )
    f = f[(f > spec.edges_hz[0] / 50) & (f < spec.edges_hz[-1] * 50)]
    for quality in (None, Quality(spec.reference_hz, 80, 300)):
        right = in_scikit_rf(ladder, f, quality)
        found = scattering(ladder, f, quality)
        for values, (i, j) in ((found.s11, (0, 0)), (found.s21, (1, 0)), (found.s22, (1, 1))):
            assert values == pytest.approx(right.s[:, i, j], abs=1e-9)
        step = f * 1e-7
        turn = np.angle(
            scattering(ladder, f + step, quality).s21 / scattering(ladder, f - step, quality).s21
        )
        assert group_delay_s(ladder, f, quality) == pytest.approx(
            -turn / (4 * np.pi * step), rel=1e-5
        )


@pytest.mark.parametrize("band", EDGES)
def test_half_power_points_are_those_of_the_formula(band):
    spec = spec_of(band, ripple_db=0.1)
    ladder, _ = synthesise(spec, 5)
    ratio = bandwidth_ratio("chebyshev", 5, 0.1)
    assert half_power_points(spec, ladder) == pytest.approx(
        frequencies_at(spec, np.array([ratio])).tolist(), rel=1e-10
    )


@pytest.mark.parametrize("band", EDGES)
@pytest.mark.parametrize(
    ("family", "order", "load_ohm"),
    [("chebyshev", 5, 200), ("chebyshev", 5, 12.5), ("chebyshev", 4, 150), ("chebyshev", 4, 20),
     ("butterworth", 4, 75), ("butterworth", 4, 25), ("butterworth", 3, 300)],
)  # fmt: skip
def test_unequal_terminations_keep_the_response_above_a_flat_loss(band, family, order, load_ohm):
    spec = spec_of(band, family, load_ohm=load_ohm)
    ladder, shape = synthesise(spec, order, topology_for(spec, order))
    assert ladder.load_ohm == pytest.approx(load_ohm)
    f = np.concatenate([pass_band_grid(spec, order), frequencies_at(spec, np.array([1.3, 2.0]))])
    formula = attenuation_db(family, order, 0.5, normalised_frequency(spec, f))
    assert loss_db(ladder, f) - shape.flat_loss_db == pytest.approx(formula, abs=1e-9)


def test_terminations_that_no_even_chebyshev_matches_are_named():
    assert not realisable(spec_of("lowpass", load_ohm=60), 4)
    assert realisable(spec_of("lowpass", load_ohm=60), 5)
    assert realisable(spec_of("lowpass", load_ohm=150), 4)
    with pytest.raises(DesignError, match="only as a Tee"):
        topology_for(spec_of("lowpass", load_ohm=150), 4, "pi")


def test_an_ideal_trap_at_its_own_frequency_lets_nothing_through():
    spec = spec_of("bandstop")
    for topology in ("pi", "tee"):
        ladder, _ = synthesise(spec, 3, topology)
        loss = loss_db(ladder, np.array([spec.geometric_center_hz]))
        assert loss[0] > 200


def test_parts_are_named_by_their_branch():
    ladder, _ = synthesise(spec_of("bandpass"), 3, "pi")
    assert [part.name for part in ladder.elements()] == ["L1", "C1", "L2", "C2", "L3", "C3"]
    assert [part.orientation for part in ladder.elements()] == ["shunt"] * 2 + ["series"] * 2 + [
        "shunt"
    ] * 2


def test_a_list_of_parts_is_a_ladder():
    ladder = ladder_of_parts("Tee: L1 = 1.5 uH, C2 330p | L 2n, C=10nF + L=3e-6", 50, 75)
    assert ladder == Ladder(
        (Branch("series", "inductor"), Branch("shunt", "parallel"), Branch("series", "series")),
        (1.5e-6, 2e-9, 330e-12, 3e-6, 10e-9), 50, 75,
    )  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "C 1p", "Pi: ", "Pi: R 5", "Pi: C 1x", "Pi: C -1p", "Pi: L 1n + L 2n", "Pi: C 0"]
)
def test_what_is_no_list_of_parts_is_refused_in_one_line(text):
    with pytest.raises(DesignError) as caught:
        ladder_of_parts(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(1.1311e-8, "H", "11.31 nH"), (9.9999e-10, "F", "1.000 nF"), (2.4e9, "Hz", "2.400 GHz"),
     (1e-16, "F", "0.1000 fF"), (0.0, "H", "0 H"), (123456.0, "Hz", "123.5 kHz")],
)  # fmt: skip
def test_values_are_printed_with_prefixes(value, unit, text):
    assert with_prefix(value, unit) == text


def test_printed_values_are_read_back():
    for value in (1.131e-8, 4.7e-12, 330e-12, 1.5e-6):
        text = without_zeros(value, "H")
        assert math.isclose(parse_value(text), value, rel_tol=1e-9)
