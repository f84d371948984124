"""The specs of recipes are about as short as the sentences they come from."""

from statistics import median

from lrplan.recipes import names
from tests.recipes.spec_sizes import approximated, lines, with_arithmetic, with_expressions


def test_specs_of_recipes_are_short():
    assert median(lines(name) for name in names()) <= 10


def test_few_numbers_of_recipes_are_worked_out_by_hand():
    assert len(with_arithmetic()) <= 8


def test_few_recipes_write_a_formula_of_their_own():
    assert len(with_expressions()) <= 6


def test_no_curve_is_approximated():
    assert approximated() == []
