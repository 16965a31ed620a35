"""One core: calls and specifications in, designs out, and what design.json holds of them."""

import itertools
import json
from importlib.resources import files

import jsonschema
import numpy as np
import pytest
from rf_design import DesignError, Options, design
from rf_design.ladder.prefixes import without_zeros
from rf_design.response.loss import loss_db
from rf_design.solving import call_of_spec
from rf_design.terminal.render import render

SCHEMA = json.loads((files("rf_design") / "schemas/design.schema.json").read_text("utf-8"))
CALL = {"band": "BPF", "center": "2.4G", "width": "100M", "ripple": "0.1dB", "stop1": "2.2G",
        "stop2": "2.6G", "att": "40dB"}  # fmt: skip
PUBLISHED = {"filter_type": "chebyshev", "filter_band": "bandpass", "ripple_db": 0.1,
             "f_center": 2400000000.0, "bandwidth": 100000000.0, "fs_lower": 2200000000.0,
             "fs_upper": 2600000000.0, "R0": 50, "La_target": 40}  # fmt: skip
PROMISED = (
    "status", "call", "spec", "order", "given_order", "n_exact", "proof", "g", "elements",
    "load_ohm", "rounded", "couplings", "checks", "buildable", "missing", "question", "reason",
)  # fmt: skip


def test_a_call_and_its_published_keys_give_the_same_filter():
    by_call, by_spec = design(CALL), design(PUBLISHED)
    assert by_call.filter.ladder == by_spec.filter.ladder
    assert by_call.filter.order == 4
    assert by_spec.call is None


@pytest.mark.parametrize("call", [
    CALL,
    {"family": "Butterworth", "band": "LPF", "edge": "7.1 MHz", "order": "5"},
    {"band": "HPF", "edge": "14 MHz", "edge_db": "3 dB", "ripple": "0.1 dB", "stop1": "7 MHz",
     "att": "40 dB"},
    {"band": "bandstop", "f1": "80MHz", "f2": "120MHz", "ripple": "0.5dB", "stop1": "95MHz",
     "stop2": "104MHz", "att": "40dB"},
    {"band": "LPF", "edge": "1 MHz", "return_loss": "20 dB", "stop1": "2 MHz", "att1": "30 dB",
     "stop2": "3 MHz", "att2": "60 dB", "z_source": "50 ohm", "z_load": "75 ohm"},
])  # fmt: skip
def test_the_spec_of_a_result_designs_the_same_filter_again(call):
    first = design(call)
    spec = first.to_json()["spec"]
    if "stop_points" not in spec:
        spec = {**spec, "order": first.filter.order}
    again = design(spec)
    assert again.filter.ladder.values == pytest.approx(first.filter.ladder.values, rel=1e-9)
    assert again.filter.order == first.filter.order


def test_design_json_always_holds_what_it_promises():
    calls = (
        CALL,
        {"band": "LPF"},
        {},
        {"band": "LPF", "edge": "1 MHz", "other": "diplexer"},
        {"band": "LPF", "edge": "1 MHz", "ripple": "0.1 dB", "order": "4"},
        {
            "band": "LPF",
            "edge": "1 MHz",
            "ripple": "0.1 dB",
            "order": "3",
            "stop1": "1.5 MHz",
            "att": "40 dB",
        },
    )
    options = (Options(), Options(order=5, e_series=96, q_l=100, tolerance=0.02, samples=50))
    for call, chosen in itertools.product(calls, options):
        found = json.loads(json.dumps(design(call, chosen).to_json(), allow_nan=False))
        jsonschema.validate(found, SCHEMA)
        assert set(PROMISED) <= found.keys()


def test_elements_and_g_are_as_many_as_the_order_says():
    found = design(CALL, Options(order=7, e_series=24)).to_json()
    assert found["order"] == found["given_order"] == 7
    assert found["minimum_order"] == 4 and found["enough"]
    assert (
        len(found["g"]) == 8 and len(found["elements"]) == len(found["rounded"]["elements"]) == 14
    )
    assert len(found["couplings"]["k"]) == 6


def test_an_order_that_is_not_enough_fails_its_check_on_the_listed_parts():
    found = design(CALL, Options(order=3)).to_json()
    assert not found["enough"] and not found["pass"]
    assert [check["pass"] for check in found["checks"]] == [True, False, False]
    assert found["checks"][2]["value"] == pytest.approx(found["proof"][1]["at_order"], abs=1e-9)


def test_an_order_without_a_stop_band_is_a_design():
    found = design({"filter_type": "chebyshev", "filter_band": "lowpass", "fc": 1e6,
                    "ripple_db": 0.1, "order": 5}).to_json()  # fmt: skip
    assert found["status"] == "designed" and found["order"] == 5
    assert found["n_exact"] is None and found["proof"] == []
    assert len(found["elements"]) == 5


def test_a_return_loss_is_checked_as_one():
    found = design({"band": "LPF", "edge": "1 MHz", "return_loss": "20 dB", "order": "5"}).filter
    check = found.checks[-1]
    assert check.quantity == "return_loss_db" and check.passed
    assert check.limit == pytest.approx(20, abs=1e-6)


def test_edges_at_half_power_are_where_the_listed_parts_lose_half():
    found = design({"band": "BPF", "f1": "90 MHz", "f2": "110 MHz", "edge_db": "3 dB",
                    "ripple": "0.1 dB", "order": "4"})  # fmt: skip
    assert found.filter.half_power_hz == pytest.approx((90e6, 110e6), rel=1e-3)
    wider = design(found.call, Options(order=5)).filter
    assert wider.half_power_hz == pytest.approx((90e6, 110e6), rel=1e-3)


def test_the_3_db_points_after_rounding_are_those_of_the_series_values():
    found = design({"band": "LPF", "edge": "30 MHz", "ripple": "0.1 dB", "order": "5"},
                   Options(e_series=12))  # fmt: skip
    [point] = found.to_json()["rounded"]["half_power"]
    [exact] = found.to_json()["frequencies"]["half_power"]
    at = np.linspace(0.01, 1.2, 100_001) * exact
    loss = loss_db(found.filter.rounded.ladder, at)
    assert at[np.flatnonzero(loss - loss[at < 30e6].min() < 3.0103)[-1]] == pytest.approx(
        point, rel=2e-5
    )
    assert point != pytest.approx(exact, rel=1e-3)
    assert f"3 dB points {without_zeros(point, 'Hz', 6)} (E12)" in render(found)


def test_unequal_ports_get_a_ladder_between_them():
    call = {"band": "LPF", "edge": "1 MHz", "ripple": "0.1 dB", "z_source": "50 ohm",
            "z_load": "75 ohm", "order": "5"}  # fmt: skip
    odd = design(call).filter
    assert odd.ladder.load_ohm == pytest.approx(75) and odd.other_load is None
    assert odd.shape.flat_loss_db == pytest.approx(0.1773, abs=1e-4)
    even = design({**call, "order": "4", "z_load": "60 ohm"}).filter
    assert even.other_load.stated_ohm == 60 and even.other_load.offer_order == 5
    assert even.passed  # into the load that it needs


def test_an_order_beyond_any_ladder_is_an_order_without_parts():
    found = design(
        {"band": "LPF", "edge": "1 MHz", "ripple": "0.01 dB", "stop1": "1.001 MHz", "att": "60 dB"}
    )
    assert found.status == "designed" and found.result["order"] > 100
    assert found.filter is None and found.to_json()["elements"] == []


@pytest.mark.parametrize(
    ("spec", "reason"),
    [({"filter_band": "lowpass", "Fc": 1}, "'Fc' is not a key"),
     ({"filter_band": "lowpass", "fc": "1 MHz"}, "fc is '1 MHz', expected a number"),
     ({"filter_band": 3}, "filter_band is 3"),
     ({"filter_band": "lowpass", "stop_points": [1]}, "stop_points: expected a list"),
     ({"filter_band": "lowpass", "stop_points": [{"f": 1}] * 7}, "at most 6")],
)  # fmt: skip
def test_a_specification_of_the_wrong_shape_is_refused_in_one_line(spec, reason):
    with pytest.raises(DesignError, match=reason):
        design(spec)


def test_an_impossible_specification_is_outside_with_its_reason():
    found = design({**PUBLISHED, "La_target": 0.05})
    assert found.status == "outside" and found.filter is None
    assert found.to_json()["reason"]["en"]


def test_another_family_is_the_solvers_to_decline():
    assert (
        call_of_spec({"filter_type": "elliptic", "filter_band": "lowpass"})["family"] == "elliptic"
    )
    assert design({**PUBLISHED, "filter_type": "elliptic"}).status == "outside"


def test_a_call_in_its_envelope_is_a_call():
    whole = {"name": "design_filter", "arguments": CALL}
    assert design(whole).filter.ladder == design(CALL).filter.ladder
    with pytest.raises(DesignError, match="not one of design_filter"):
        design({"name": "rm", "arguments": {}})
