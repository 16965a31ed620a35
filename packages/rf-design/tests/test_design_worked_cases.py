"""Worked cases from books, application notes and programs; misprints are held to what is right."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from rf_design import Options, design
from rf_design.evaluation.analysis import analyse
from rf_design.evaluation.checks import check_ladder
from rf_design.evaluation.couplings import couplings, mid_band_loss_db
from rf_design.evaluation.even_order import with_stated_load
from rf_design.ladder.parts_list import ladder_of_parts
from rf_design.ladder.synthesis import synthesise
from rf_design.prototype.characteristic import HALF_POWER_DB, attenuation_db, bandwidth_ratio
from rf_design.prototype.g_values import prototype
from rf_design.specification import FilterSpec

LINES = (Path(__file__).parent / "data/worked_cases.jsonl").read_text("utf-8").splitlines()
CASES = [json.loads(line) for line in LINES]
BANDS = {"lowpass": "low-pass", "highpass": "high-pass", "bandpass": "band-pass"}


def analysis(given):
    found = analyse(ladder_of_parts(given["elements"], given["R0"]))
    return {
        "max_swr": found.max_swr,
        "fco_hz": found.edges_hz[1],
        "f3_hz": found.half_power_hz[1],
        "f20_hz": found.level_hz(20)[1],
        "f40_hz": found.level_hz(40)[1],
    }


def attenuation(given):
    omega = np.array(given["omega"], dtype=float)
    found = attenuation_db(given["family"], given["n"], given["ripple_db"], omega)
    return {"att_db": found.tolist()}


def bandwidth_ratios(given):
    orders = given["n"] if isinstance(given["n"], list) else [given["n"]]
    found = [bandwidth_ratio("chebyshev", n, given["ripple_db"]) for n in orders]
    return {"f3db_over_fripple": found if isinstance(given["n"], list) else found[0]}


def coupled_resonators(given):
    shape = prototype("chebyshev", given["n"], given["ripple_db"])
    found = couplings(shape, given["fbw"], given["bandwidth_is"].removesuffix(" bandwidth"))
    return {"Qe": found.q_source, "k": list(found.k)}


def even_order(given):
    spec = FilterSpec(
        "chebyshev", "lowpass", given["ripple_db"], (1e6,),
        source_ohm=given["R_source"], load_ohm=given["R_load_used"],
    )  # fmt: skip
    shape_load, _ = synthesise(spec, given["n"], given["topology"])
    other = with_stated_load(spec, shape_load, given["n"])
    right = check_ladder(spec, shape_load, altered=True)[0]
    return {
        "R_load_right": other.needed_ohm,
        "max_passband_loss_db": other.pass_band_loss_db,
        "max_loss_with_right_load_db": right.value,
    }


def g_values(given):
    shape = prototype(given["family"], given["n"], given["ripple_db"])
    return {"g": list(shape.g), "g_load": shape.g_load, "r_load_printed": 1 / shape.g_load}


def insertion_loss(given):
    width = given["bw_hz"] / given["f0_hz"]
    return {"loss_db": mid_band_loss_db(given["sum_g"], width, given["Qu"])}


def lc_values(given):
    ripple = given.get("ripple_db", HALF_POWER_DB)
    spec = FilterSpec(given["family"], given["band"], ripple, (given["fc_hz"],))
    ladder, _ = synthesise(spec, given["n"], given["topology"])
    return {part.name: part.value for part in ladder.elements()}


def min_order(given):
    call = {"band": BANDS[given["band"]], "ripple": f"{given['ripple_db']} dB"}
    call |= {"stop1": stop_frequency(given), "att1": f"{given['att_db']} dB"}
    if given["band"] == "bandpass":
        call |= {"f1": f"{given['f1_hz']} Hz", "f2": f"{given['f2_hz']} Hz"}
    else:
        call["edge"] = f"{given['fc_rad_s']} rad/s"
    return {"order": design(call).filter.order}


def stop_frequency(given):
    return f"{given['fs_hz']} Hz" if "fs_hz" in given else f"{given['fs_rad_s']} rad/s"


def rounding(given):
    names = sorted(
        (key for key in given if key[:1] in "CL" and key[1:].isdigit()), key=lambda k: int(k[1:])
    )
    parts = [f"{name} {given[name]}" for name in names]
    parts += parts[-2::-1] if given["symmetric"] else []
    ladder = ladder_of_parts(f"{given['topology']}: {', '.join(parts)}", given["R0"])
    spec = FilterSpec(given["family"], "lowpass", given["ripple_db"], (given["fc_hz"],))
    loss = check_ladder(spec, ladder, altered=True)[0]
    return {"max_passband_loss_db": round(loss.value, 4), "keeps_ripple": loss.passed}


SOLVED_BY = {
    "analysis": analysis,
    "attenuation": attenuation,
    "bandwidth_ratio": bandwidth_ratios,
    "coupling": coupled_resonators,
    "even_order": even_order,
    "g_values": g_values,
    "insertion_loss": insertion_loss,
    "lc_values": lc_values,
    "min_order": min_order,
    "rounding": rounding,
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['name']}-{case['kind']}")
def test_a_worked_case_comes_out_right(case):
    found = SOLVED_BY[case["kind"]](case["given"])
    within = {key: value or 1e-12 for key, value in case["within"].items()}
    for key, right in case["right"].items():
        assert found[key] == pytest.approx(right, **{"rel": 0, "abs": 0, **within}), key


@pytest.mark.parametrize(
    "case", [case for case in CASES if "printed_wrongly_as" in case], ids=lambda case: case["name"]
)
def test_what_is_misprinted_is_not_reproduced(case):
    found = SOLVED_BY[case["kind"]](case["given"])
    within = {key: value or 1e-12 for key, value in case["within"].items()}
    agree = [
        found[key] == pytest.approx(wrong, **{"rel": 0, "abs": 0, **within})
        for key, wrong in case["printed_wrongly_as"].items()
    ]
    assert not all(agree)


def test_pozar_example_8_3_a_maximally_flat_low_pass():
    """Microwave Engineering, example 8.3: 2 GHz, 50 ohm, 15 dB at 3 GHz: N = 5, these parts."""
    found = design({"family": "maximally flat", "band": "low-pass", "edge": "2 GHz",
                    "stop1": "3 GHz", "att1": "15 dB"})  # fmt: skip
    values = {part.name: part.value for part in found.filter.ladder.elements()}
    assert found.filter.order == 5
    printed = {"C1": 0.984e-12, "L2": 6.438e-9, "C3": 3.183e-12, "L4": 6.438e-9, "C5": 0.984e-12}
    assert values == pytest.approx(printed, rel=1e-3)


def test_the_lumped_low_pass_of_hong_and_lancaster():
    """Microstrip Filters, stepped-impedance example: N = 3, 0.1 dB, 1 GHz, 50 ohm, a Tee."""
    found = design(
        {"band": "LPF", "edge": "1 GHz", "ripple": "0.1 dB", "order": "3"}, Options(topology="tee")
    )
    values = {part.name: part.value for part in found.filter.ladder.elements()}
    assert values == pytest.approx({"L1": 8.209e-9, "C2": 3.652e-12, "L3": 8.209e-9}, rel=2e-4)


def test_pozar_example_8_4_an_equal_ripple_band_pass():
    """Example 8.4: N = 3, 0.5 dB, 1 GHz, 10 %, 50 ohm, a Tee: L1 127.0 nH, C1 0.199 pF, …

    The book takes 1 GHz as the geometric centre.
    """
    half = math.hypot(0.05, 1.0)
    spec = FilterSpec("chebyshev", "bandpass", 0.5, ((half - 0.05) * 1e9, (half + 0.05) * 1e9))
    ladder, _ = synthesise(spec, 3, "tee")
    printed = [127.0e-9, 0.199e-12, 0.726e-9, 34.91e-12, 127.0e-9, 0.199e-12]
    assert ladder.values == pytest.approx(printed, rel=3e-3)
