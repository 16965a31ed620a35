"""Answer styles: the derivation, step by step, against 40-digit arithmetic."""

import re
from math import ceil

import mpmath
import pytest
from rf_synth.draws import Draws
from rf_synth.physics import BANDS
from rf_synth.ranges import Ranges
from rf_synth.schemas import load_schema
from rf_synth.specs import SpecSampler
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
    """The formula by mpmath, rewritten by regular expressions: no code shared with the package."""
    text = re.sub(r"(?<![\w.])\d+(?:\.\d+)?", lambda m: f"mpf('{m.group()}')", formula)
    scope = {
        "mpf": mpmath.mpf, "lg": mpmath.log10, "acosh": mpmath.acosh, "min": min,
        "pow10": lambda x: mpmath.mpf(10) ** x,
        "lg1p10": lambda x: mpmath.log10(1 + mpmath.mpf(10) ** x),
        "lg1m10": lambda x: mpmath.log10(1 - mpmath.mpf(10) ** x),
    }  # fmt: skip
    return eval(text, scope | values)


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
                assert len(text.partition(".")[2]) == step["decimals"]
                half = mpmath.mpf(10) ** -step["decimals"] / 2
                assert abs(mpmath.mpf(text) - exact) <= half * (1 + mpmath.mpf(10) ** -6), step
                values[step["name"]] = mpmath.mpf(text)


@both
@pytest.mark.parametrize("band", BANDS)
def test_rounding_hardly_ever_changes_the_order(band, style):
    flips = unwritten = 0
    for spec, order, n in samples(band, 4000):
        printed = style.derive(spec)
        if printed is None:
            unwritten += 1
            continue
        flips += ceil(float(printed["n"])) != order
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
        assert ceil(float(answer["derivation"]["n"])) == answer["order"] == order
    assert style.answer(spec, order + 1) is None


@both
@pytest.mark.parametrize("band", BANDS)
def test_steps_take_one_number_or_add_the_two_before(band, style):
    steps = style.steps()[band]
    names = [step["name"] for step in steps]
    for place, step in enumerate(steps):
        used = set(re.findall(r"[a-z]\w*", step["formula"])) & set(names[:place])
        if len(used) == 2 and not step["formula"].startswith("min"):
            assert used == {names[place - 1], names[place - 2]}, step
            assert re.fullmatch(r"\w+ \+ \w+( - 100000000)?", step["formula"])
        assert len(used) <= 2


def test_the_schema_documents_every_step():
    documented = load_schema("answer")["properties"]["derivation"]["properties"]
    names = set()
    for style in DERIVING:
        for steps in style.steps().values():
            for step in steps:
                assert step["formula"] in documented[step["name"]]["description"]
                names.add(step["name"])
    assert set(documented) == names
    assert set(load_schema("recipe")["properties"]["answer_style"]["enum"]) == set(STYLES)


def test_unknown_styles_and_formulas_are_refused():
    with pytest.raises(KeyError, match="did you mean 'derivation'"):
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
