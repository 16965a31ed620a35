"""Answer styles: the derivation, step by step, against 40-digit arithmetic."""

import re
from math import ceil

import mpmath
import pytest
from rf_synth.schemas import load_schema
from rf_synth.specs.draws import Draws
from rf_synth.specs.minimum_order import BANDS
from rf_synth.specs.ranges import Ranges
from rf_synth.specs.sampler import SpecSampler
from rf_synth.styles import STYLES, get_style
from rf_synth.styles.derivation import DerivationStyle
from rf_synth.styles.formula import compile_formula

SAMPLER, STYLE = SpecSampler(Ranges()), DerivationStyle()
DERIVING = [get_style(name) for name in STYLES if get_style(name).steps()]
both = pytest.mark.parametrize("style", DERIVING, ids=lambda style: style.name)


def samples(band, count):
    for i in range(count):
        yield SAMPLER.draw(Draws(f"style:{band}:{i}"), band)


def evaluated(formula, values):
    """The formula in mpmath, converted by regular expressions: shares no code with the package."""
    text = re.sub(r"(?<![\w.])\d+(?:\.\d+)?", lambda m: f"mpf('{m.group()}')", formula)
    scope = {
        "mpf": mpmath.mpf, "lg": mpmath.log10, "acosh": mpmath.acosh, "min": min, "max": max,
        "pow10": lambda x: mpmath.mpf(10) ** x,
        "lg1p10": lambda x: mpmath.log10(1 + mpmath.mpf(10) ** x),
        "lg1m10": lambda x: mpmath.log10(1 - mpmath.mpf(10) ** x),
        "lead": lead, "next": lambda x, digits: lead(x, digits) + unit(x, digits),
        "cut": lambda x, decimals: cut(x, mpmath.mpf(10) ** -decimals), "ceil": mpmath.ceil,
    }  # fmt: skip
    return eval(text, scope | values)


def unit(x, digits):
    """The value of a unit in the last of `digits` significant digits of x."""
    return mpmath.mpf(10) ** (mpmath.floor(mpmath.log10(x)) + 1 - digits)


def cut(x, whole):
    """x less what is beyond multiples of `whole`; x is a printed decimal, known to 40 digits."""
    return mpmath.floor(x / whole + mpmath.mpf(10) ** -30) * whole


def lead(x, digits):
    return cut(x, unit(x, digits))


def value(step, text):
    return mpmath.mpf(text[::-1] if step.get("from_right") else text)


@both
@pytest.mark.parametrize("band", BANDS)
def test_each_step_follows_from_the_printed_ones(band, style):
    steps = style.steps()[band]
    with mpmath.workdps(40):
        for spec, _, _ in samples(band, 60):
            printed = style.derive(spec)
            assert printed is not None
            assert list(printed) == [step["name"] for step in steps]
            values = {k: mpmath.mpf(str(v)) for k, v in spec.items() if not isinstance(v, str)}
            for step in steps:
                text = printed[step["name"]]
                exact = evaluated(step["formula"], values)
                assert len(text) == step["width"]
                forwards = text[::-1] if step.get("from_right") else text
                assert len(forwards.partition(".")[2]) == step["decimals"]
                half = mpmath.mpf(10) ** -step["decimals"] / 2
                assert abs(value(step, text) - exact) <= half * (1 + mpmath.mpf(10) ** -6), step
                values[step["name"]] = value(step, text)


def long_samples(band, count):
    """Specifications whose numbers have any length, from 1 kHz to 20 GHz; the order by mpmath."""
    style = get_style("by-hand")
    for i in range(count):
        draws = Draws(f"long:{band}:{i}")
        digits = 1 + draws.below(10)
        low = 10 ** (3 + 7.2 * draws.unit())
        spec = {"filter_type": "chebyshev", "filter_band": band}
        spec["ripple_db"] = float(f"{0.004 * 10 ** (2.8 * draws.unit()):.{1 + draws.below(3)}g}")
        omega = 1.15 + 1.8 * draws.unit()
        if band == "bandpass":
            center = float(f"{low:.{digits}g}")
            width = float(f"{center * (0.02 + 0.3 * draws.unit()):.{digits}g}")
            root = (width**2 * omega**2 / 4 + center**2 - width**2 / 4) ** 0.5
            edges = (root - width * omega / 2, root + 1.1 * width * omega / 2)
            lower, upper = (float(f"{edge:.{max(digits, 4)}g}") for edge in edges)
            spec |= {"f_center": center, "bandwidth": width, "fs_lower": lower, "fs_upper": upper}
        else:
            pair = [float(f"{f:.{max(digits, 3)}g}") for f in (low, low * omega)]
            spec |= dict(zip(("fc", "fs"), pair if band == "lowpass" else pair[::-1], strict=True))
        spec |= {"R0": 50, "La_target": round(12 + 75 * draws.unit(), draws.below(3))}
        yield spec, order_by_mpmath(spec), style


def order_by_mpmath(spec):
    """The minimum order with 40 digits, from the decimal values as printed."""
    value = {k: mpmath.mpf(repr(v)) for k, v in spec.items() if not isinstance(v, str)}
    if spec["filter_band"] == "bandpass":
        f0 = value["f_center"] ** 2 - value["bandwidth"] ** 2 / 4
        omega = min(
            abs(f**2 - f0) / (f * value["bandwidth"])
            for f in (value["fs_lower"], value["fs_upper"])
        )
    else:
        low, high = sorted((value["fc"], value["fs"]))
        omega = high / low
    gain = (10 ** (value["La_target"] / 10) - 1) / (10 ** (value["ripple_db"] / 10) - 1)
    return int(mpmath.ceil(mpmath.acosh(mpmath.sqrt(gain)) / mpmath.acosh(omega)))


@pytest.mark.parametrize("band", BANDS)
def test_by_hand_takes_numbers_of_any_length(band):
    """Steps are right as printed, the answer keeps the values, and no rounding flips the order."""
    refused = 0
    with mpmath.workdps(40):
        for spec, order, style in long_samples(band, 300):
            answer = style.answer(spec, order)
            if answer is None:
                refused += 1
                continue
            assert {key: answer[key] for key in spec} == spec
            assert answer["order"] == order
            assert style.answer(spec, order + 1) is style.answer(spec, order - 1) is None
            values = {k: mpmath.mpf(repr(v)) for k, v in spec.items() if not isinstance(v, str)}
            for step in style.steps()[band]:
                text = answer["derivation"][step["name"]]
                half = mpmath.mpf(10) ** -step["decimals"] / 2
                exact = evaluated(step["formula"], values)
                assert abs(value(step, text) - exact) <= half * (1 + mpmath.mpf(10) ** -6), step
                values[step["name"]] = value(step, text)
    assert refused <= 6


def test_by_hand_rejects_an_order_that_rounding_would_change():
    """A bandwidth of 8.4 kHz is rounded to 8 kHz, which relaxes the specification slightly."""
    spec = {
        "filter_type": "chebyshev", "filter_band": "bandpass", "ripple_db": 0.1,
        "f_center": 455000000, "bandwidth": 8400, "fs_lower": 454990800, "fs_upper": 455009200,
        "R0": 50, "La_target": 40,
    }  # fmt: skip
    with mpmath.workdps(40):
        order = order_by_mpmath(spec)
    style = get_style("by-hand")
    assert style.order(style.derive(spec)) == order - 1
    assert style.answer(spec, order) is None


@both
@pytest.mark.parametrize("band", BANDS)
def test_rounding_hardly_ever_changes_the_order(band, style):
    flips = unwritten = 0
    for spec, order, n in samples(band, 4000):
        printed = style.derive(spec)
        if printed is None:
            unwritten += 1
            continue
        flips += style.order(printed) != order
        # lg n is off by some roundings of half a fifth decimal each
        assert 10 ** (float(printed["m"]) - 2) == pytest.approx(n, rel=3e-4)
        if "n" in printed:
            assert float(printed["n"]) == pytest.approx(n, abs=3e-3)
    assert flips <= 4
    assert unwritten <= 20


@both
@pytest.mark.parametrize("band", BANDS)
def test_an_answer_never_contradicts_its_derivation(band, style):
    for spec, order, _ in samples(band, 300):
        answer = style.answer(spec, order)
        if answer is None:
            continue
        assert list(answer)[-2:] == ["derivation", "order"]
        assert style.order(answer["derivation"]) == answer["order"] == order
        if "n" in answer["derivation"]:
            assert ceil(float(answer["derivation"]["n"])) == order
        else:
            assert ceil(10 ** (float(answer["derivation"]["m"]) - 2.000005)) == order
    assert style.answer(spec, order + 1) is None


@both
@pytest.mark.parametrize("band", BANDS)
def test_steps_take_one_number_or_add_those_just_before(band, style):
    """Two of them, or up to three in a sum from the right."""
    steps = style.steps()[band]
    names = [step["name"] for step in steps]
    for place, step in enumerate(steps):
        used = set(re.findall(r"[a-z]\w*", step["formula"])) & set(names[:place])
        assert len(used) <= (3 if step.get("from_right") else 2)
        if len(used) >= 2 and not step["formula"].startswith("min"):
            assert used == set(names[place - len(used) : place]), step
            assert re.fullmatch(
                rf"\w+( \+ \w+){{{len(used) - 1}}}( [+-] [0-9.]+)?", step["formula"]
            )


@pytest.mark.parametrize("band", BANDS)
def test_by_hand_sums_are_added_from_the_right(band):
    """A sum is added from the right and then copied."""
    for step in get_style("by-hand").steps()[band]:
        if " + " in step["formula"] and "(" not in step["formula"]:
            assert step.get("from_right"), step


@pytest.mark.parametrize("name", ["log-tables", "by-hand"])
def test_the_proportional_part_is_small(name):
    """At most three digits, so that a wrong last one does no harm."""
    style = get_style(name)
    for band in BANDS:
        for spec, _, _ in samples(band, 300):
            for step, text in (style.derive(spec) or {}).items():
                assert not re.fullmatch("[axubpi]p|yp|e[ul]p", step) or float(text) < 0.02, (
                    step,
                    spec,
                )


def test_the_schema_documents_every_step():
    documented = load_schema("answer")["properties"]["derivation"]["properties"]
    names = set()
    for style in DERIVING:
        for steps in style.steps().values():
            for step in steps:
                assert step["formula"] in documented[step["name"]]["description"]
                names.add(step["name"])
    assert set(documented) == names
    known = load_schema("recipe")["properties"]["answer_style"]["enum"]
    assert set(known) - {None, "tool-call"} == set(STYLES)


def test_unknown_styles_and_formulas_are_refused():
    with pytest.raises(KeyError, match="did you mean derivation"):
        get_style("derivaton")
    for text in ("__import__('os')", "a.b", "lambda: 1", "1 if a else 2", "open(a)", "a +"):
        with pytest.raises(ValueError, match=r"formula|function"):
            compile_formula(text)
    assert compile_formula("1 - lg(a) * 2")({"a": 10}) == -1


def test_every_style_keeps_the_specification_and_puts_the_order_last():
    spec, order, _ = SAMPLER.draw(Draws("any"), "lowpass")
    for name in STYLES:
        answer = get_style(name).answer(spec, order)
        assert list(answer)[: len(spec)] == list(spec)
        assert list(answer)[-1] == "order"
    assert STYLE.problems(Ranges(frequency=(1e6, 1e9)))
    assert not STYLE.problems(Ranges())
