"""Whatever is put in front of a reader, it reads it or refuses it, in its own words."""

import pytest
from found import FOUND
from fuzz import as_property
from recipe_kinds import RECIPES
from targets import TARGETS, scratch_file


@pytest.mark.parametrize("name", TARGETS)
def test_no_input_breaks_a_reader(name):
    as_property(TARGETS[name])()


@pytest.mark.parametrize(("name", "arguments"), [(name, rest) for name, *rest in FOUND])
def test_what_broke_a_reader_once_does_so_no_more(name, arguments):
    TARGETS[name].check(*arguments)


@pytest.mark.parametrize("kind", RECIPES)
def test_a_good_recipe_is_read(kind):
    """Without this, a reader that refuses everything would pass the tests above."""
    scratch_file().write_text(RECIPES[kind].good, "utf-8")
    RECIPES[kind].load(scratch_file())
