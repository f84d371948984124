"""The roles and facts of rows agree with each other; a test reports every row that is wrong."""

from __future__ import annotations

import inspect
from collections import Counter
from typing import get_args

from lrplan import curves
from lrplan.catalog import SCHEDULERS, Role
from lrplan.export.code.formulas import FORMULAS

LENGTHS = {"end", "ramp", "warm-up", "cycle", "every", "rise", "hold", "part", "patience"}
LENGTHS |= {"cooldown"}
LISTS = {"cuts", "hand-over", "phases", "cycle"}
SEVERAL = {"end", "cycle", "part"}
PLATEAU = {"mode", "patience", "cooldown", "threshold", "factor"}


def roles(row):
    return {each.role: each for each in row.arguments if each.role is not None}


def test_lengths_are_durations_and_values_are_not():
    wrong = [
        (row.name, each.name)
        for row in SCHEDULERS.values()
        for each in row.arguments
        if each.role is not None
        and (each.role in LENGTHS and each.kind == "duration")
        + (each.role in LISTS and each.kind == "durations")
        != (each.role in LENGTHS | LISTS)
    ]
    assert wrong == []


def test_a_role_is_one_that_is_known_and_given_once():
    known = set(get_args(Role))
    wrong = [
        (row.name, role)
        for row in SCHEDULERS.values()
        for role, count in Counter(each.role for each in row.arguments).items()
        if role is not None and (role not in known or (count > 1 and role not in SEVERAL))
    ]
    assert wrong == []


def test_every_role_is_had_by_some_argument():
    used = {role for row in SCHEDULERS.values() for role in roles(row)}
    assert used == set(get_args(Role))


def test_what_comes_past_the_end_is_said_of_rows_that_have_one():
    ended = [row.name for row in SCHEDULERS.values() if row.past_end != "holds"]
    assert [name for name in ended if not SCHEDULERS[name].name_of("end")] == []
    assert [
        row.name
        for row in SCHEDULERS.values()
        if row.warmup_from is not None and not row.name_of("warm-up")
    ] == []


def test_a_plateau_has_all_that_makes_one_and_a_mode_of_two_words():
    wrong = [
        row.name
        for row in SCHEDULERS.values()
        if row.name_of("patience")
        and not (set(roles(row)) >= PLATEAU and len(roles(row)["mode"].choices) == 2 and row.metric)
    ]
    assert wrong == []


def test_a_default_in_steps_is_a_length_above_1():
    for row in SCHEDULERS.values():
        for each in row.arguments:
            if each.default_in_steps:
                assert each.role in LENGTHS, (row.name, each.name)
                assert each.default > 1, (row.name, each.name)


def test_a_formula_is_a_curve_called_by_its_own_parameters():
    wrong = []
    for row in SCHEDULERS.values():
        if row.formula is None:
            continue
        parameters = list(inspect.signature(getattr(curves, row.formula.curve)).parameters)[1:]
        given = list(row.formula.parameters.values())
        in_order = [name for name in parameters if name in given]
        if given != in_order or not all(map(row.argument, row.formula.parameters)):
            wrong.append(row.name)
    assert wrong == []


def test_every_factor_of_lrplans_own_can_be_exported():
    own = [row for row in SCHEDULERS.values() if row.family == "lrplan" and row.formula]
    assert len(own) >= 9
    missing = {row.formula.curve for row in own} - set(FORMULAS) - {"gradual_warmup"}
    assert missing == set()
