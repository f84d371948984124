"""Ordinary, well-made schedules: no error and no warning, and few infos."""

from __future__ import annotations

import sys
from collections import Counter
from functools import cache

import pytest

from lrplan.finding import Severity
from lrplan.lint.registry import all_rules
from lrplan.simulate.engine_choice import simulate
from tests.rules.spoiling import FULL_SIZE, corpus
from tests.support.for_all import for_all
from tests.support.releases import has_all
from tests.support.rule_runs import about

PLANS = {key: plan for key, plan in corpus().items() if has_all(plan)}
FULL = {key: plan for key, plan in corpus(FULL_SIZE).items() if has_all(plan)}
OLDEST, BEFORE_2_9 = "2.2.0", "2.8.0"
MAY_BE_COMMON = {
    "cosine-floor-never-used",
}
"""Facts about ordinary schedules, worth a line each time."""


@cache
def said_of(key):
    """The findings about a schedule of the corpus."""
    return about(PLANS[key])


def grave(found):
    """Errors and warnings, as text."""
    return [str(each) for each in found if each.severity is not Severity.INFO]


def test_the_corpus_is_large():
    files = {key.split(":")[0] for key in PLANS}
    types = {each.type for plan in PLANS.values() for top in plan.schedulers for each in top.walk()}
    assert len(PLANS) >= 200
    assert len(files) >= 12
    assert len(types) >= 22


EACH_PLAN = for_all([(str(key), (key,)) for key in PLANS])


@EACH_PLAN
def test_nothing_is_wrong_with_it(key):
    assert grave(said_of(key)) == []


@EACH_PLAN
def test_it_runs_to_its_end(key):
    trace = simulate(PLANS[key])
    assert trace.failure is None
    assert {len(rates) for rates in trace.lr.values()} == {PLANS[key].clock.steps}


@pytest.mark.parametrize("torch", [OLDEST, BEFORE_2_9])
def test_nothing_is_wrong_with_it_on_older_releases(torch):
    reported = [each for plan in PLANS.values() for each in about(plan, torch, static=True)]
    assert grave(reported) == []


def test_infos_are_rare():
    counts = Counter(name for key in PLANS for name in {each.name for each in said_of(key)})
    for name, count in counts.most_common():
        sys.stdout.write(f"{count:5} of {len(PLANS)}  {name}\n")
    often = {name for name, count in counts.items() if count > len(PLANS) / 4}
    assert often <= MAY_BE_COMMON
    silent = sum(not ({each.name for each in said_of(key)} - MAY_BE_COMMON) for key in PLANS)
    assert silent > 0.8 * len(PLANS)


@EACH_PLAN
def test_nothing_is_said_twice(key):
    repeated = Counter((each.name, each.path) for each in said_of(key))
    assert not {what for what, count in repeated.items() if count > 1}


@pytest.mark.slow
@pytest.mark.parametrize("key", FULL)
def test_nothing_is_wrong_with_the_full_run(key):
    assert grave(about(FULL[key])) == []


def test_no_name_in_this_file_is_stale():
    assert set(all_rules()) >= MAY_BE_COMMON
