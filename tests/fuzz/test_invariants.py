"""Statements that hold for every spec, valid or not, and for every expression."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrplan.limits import CALLS, STEPS
from lrplan.simulate.engine_choice import simulate
from tests.export.running import own_loop, torch_may_warn
from tests.fuzz import invariants
from tests.fuzz.expressions import texts, well_formed
from tests.fuzz.mutants import broken, scarred, written
from tests.fuzz.specs import specs

SLOW_TO_DRAW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
right = specs().flatmap(written)
ANY = settings(suppress_health_check=SLOW_TO_DRAW)


@pytest.fixture(autouse=True, scope="module")
def _small():
    """A mutated spec may ask for a run of any length."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(STEPS.variable, "300")
        patch.setenv(CALLS.variable, "3000")
        yield


def explored(texts_of_specs, config):
    """Counts how far specs get; every fifth is drawn, which takes long."""
    seen = Counter()

    @config
    @given(texts_of_specs, st.integers(0, 4))
    def explore(text, luck):
        seen["tried"] += 1
        invariants.everything(text, seen, pictures=luck == 0)

    explore()
    return seen


def test_a_spec_that_should_be_right_does_all_that_specs_do():
    seen = explored(right, ANY)
    # Else this proves nothing: most load, of those most run, and of those some are computed.
    assert seen["loaded"] > 0.5 * seen["tried"]
    assert seen["ran"] > 0.5 * seen["loaded"]
    assert seen["computed"] > 0.1 * seen["ran"]
    assert seen["coded"] > 0.3 * seen["ran"]
    assert seen["shown"]


def test_a_spec_that_is_broken_gives_findings_in_their_place():
    seen = explored(broken(), settings(ANY, max_examples=2 * ANY.max_examples))
    assert seen["tried"] > seen["read"] > 0.05 * seen["tried"]


@ANY
@given(st.text(max_size=80) | st.text(max_size=9).flatmap(scarred))
def test_any_text_is_read(text):
    invariants.read_text(text)


@settings(ANY, max_examples=4 * ANY.max_examples)
@given(texts)
def test_any_text_is_an_expression_or_is_refused(text):
    invariants.computed(text)


@ANY
@given(well_formed)
def test_arithmetic_is_never_refused(text):
    assert invariants.computed(text)


@settings(ANY, max_examples=ANY.max_examples // 2)
@given(specs(most=1).flatmap(written))
def test_exported_code_gives_the_curve(text):
    spec, _ = invariants.read_text(text)
    for plan in spec.plans.values():
        trace = invariants.run(plan)
        if trace is None or trace.failure is not None or plan.clock.settings.loop != "torch":
            continue
        source = invariants.coded(plan, trace).get("pytorch", "")
        if "def train(" in source and stepped(plan, trace):
            with torch_may_warn():
                own_loop(source, plan, trace).check(trace)


def stepped(plan, trace):
    """Return True if the optimizer accepts gradients; SparseAdam refuses those of the loop's
    model."""
    if plan.optimizer.type == "SparseAdam":
        return False
    with torch_may_warn():
        real = simulate(plan, replace(invariants.STEPPED, step_optimizer=True))
    if real.failure is None:
        for field, columns in trace.columns.items():
            for group, expected in columns.items():
                np.testing.assert_array_equal(real.columns[field][group], expected, field)
    return real.failure is None
