"""Whatever a call asks for: a design that keeps its promises, or a reason, and never a warning."""

import itertools
import json
import random
import warnings
from importlib.resources import files

import jsonschema
import pytest
from rf_design import Options, design
from rf_design.terminal.render import MOST_LINES, render

SCHEMA = json.loads((files("rf_design") / "schemas/design.schema.json").read_text("utf-8"))
BANDS = ("LPF", "HPF", "BPF", "bandstop")


def drawn_call(rng, band, family):
    """Frequencies from mHz to THz, ripples and widths from absurdly small to absurdly large."""
    scale = 10 ** rng.uniform(-3, 12)
    call = {"band": band, "family": family, "ripple": rng.choice(["1e-6 dB", "0.1 dB", "10 dB"])}
    if band in ("LPF", "HPF"):
        ratio = rng.choice([1.01, 1.5, 100])
        stop = scale * ratio if band == "LPF" else scale / ratio
        call |= {"edge": f"{scale:.9g} Hz", "stop1": f"{stop:.9g} Hz"}
    else:
        width = rng.choice([1e-4, 0.01, 0.3, 1.5])
        away = rng.choice([1.1, 2, 30]) if band == "BPF" else rng.uniform(0.3, 0.6)
        call |= {"f1": f"{scale:.9g} Hz", "f2": f"{scale * (1 + width):.9g} Hz"}
        call["stop1"] = f"{scale * (1 + width * away):.9g} Hz"
    if rng.random() < 0.3:
        call |= {"z_source": "50 ohm", "z_load": rng.choice(["75 ohm", "12.5 ohm", "1 kohm"])}
    return call | {"att": rng.choice(["20 dB", "60 dB", "100 dB"])}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("band", "family"), itertools.product(BANDS, ["Chebyshev", "Butterworth"]))
def test_any_call_is_answered_in_full(seed, band, family):
    rng = random.Random(f"{seed}{band}{family}")
    call = drawn_call(rng, band, family)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = design(call, lang=rng.choice(["zh", "en"]))
        whole = found.to_json()
        assert len(render(found).splitlines()) <= MOST_LINES
    jsonschema.validate(json.loads(json.dumps(whole, allow_nan=False)), SCHEMA)
    if found.filter is not None:  # the minimum order, as listed, meets what was asked for
        assert whole["pass"], [check for check in whole["checks"] if not check["pass"]]


def test_options_change_nothing_about_that():
    rng = random.Random(5)
    for band in BANDS:
        options = Options(order=rng.randint(1, 8), e_series=24, q_l=50, tolerance=0.05, samples=20)
        whole = design(drawn_call(rng, band, "Chebyshev"), options).to_json()
        jsonschema.validate(json.loads(json.dumps(whole, allow_nan=False)), SCHEMA)
