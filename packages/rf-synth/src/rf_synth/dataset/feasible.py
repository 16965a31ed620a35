"""Checks that a recipe can be met before anything is written."""

from rf_synth.dataset.recipe import Recipe
from rf_synth.errors import SynthError
from rf_synth.specs.draws import Draws
from rf_synth.specs.return_loss import RIPPLES
from rf_synth.specs.sampler import SpecSampler
from rf_synth.styles import get_style


def check_feasible(recipe: Recipe) -> None:
    """Draws one specification for every order and band that the recipe needs.

    Raises SynthError if one cannot be found, or if the answer style does not cover the ranges.
    """
    if recipe.source == "requests":
        return  # numbers are drawn per request until the solver accepts them
    samplers = [SpecSampler(recipe.ranges)]
    for name, ripples in RIPPLES.items():
        if any(getattr(habits, name) > 0 for habits in recipe.habits.values()):
            low, high = recipe.ranges.ripple_db
            samplers.append(SpecSampler(recipe.ranges, [r for r in ripples if low <= r <= high]))
    bands = {
        band
        for composition in recipe.compositions.values()
        for band, count in composition.bands.items()
        if count
    }
    for sampler in samplers:
        for band in sorted(bands):
            for order in sampler.orders:
                sampler.draw_order(Draws(f"feasible:{band}:{order}"), band, order)
    for problem in get_style(recipe.answer_style).problems(recipe.ranges):
        raise SynthError(f"answer_style {recipe.answer_style}: {problem}")
