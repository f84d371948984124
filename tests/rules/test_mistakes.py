"""Classic mistakes made in every well-made schedule, and changes that are none.

The mistakes are counted over the corpus: how many are caught, by the rule that names the cause,
and once. ``pytest -s`` prints the table.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from statistics import mean

import pytest

from lrplan.finding import Severity
from lrplan.lint.registry import all_rules
from tests.rules import harmless, mistakes_of_kind, mistakes_of_length
from tests.rules.spoiling import changed, corpus
from tests.support.rule_runs import findings

SHORT_STEPS = 5000
"""Longer schedules are for the slow tests."""

NAMES = {
    "epochs_ticked_per_step": "horizon-in-epochs-stepped-per-step exponential-decay-per-update",
    "steps_ticked_per_epoch": "horizon-in-steps-stepped-per-epoch warmup-never-finishes",
    "cosine_too_short": "cosine-past-t-max-rises lr-zero-for-part-of-run",
    "cosine_too_long": "floor-not-reached",
    "one_cycle_too_short": "onecycle-total-steps-exhausted onecycle-past-end-turns-up-or-negative",
    "one_cycle_too_long": "onecycle-total-steps-exhausted",
    "cuts_beyond_the_run": "milestones-beyond-run horizon-in-steps-stepped-per-epoch",
    "warm_up_outlasts_the_run": "warmup-never-finishes inverse-sqrt-edge-cases",
    "warm_up_not_subtracted": "warmup-not-subtracted-from-decay",
    "warm_up_longer_than_its_phase": "sequential-linear-total-iters-mismatch",
    "run_shortened": "floor-not-reached onecycle-total-steps-exhausted milestones-beyond-run"
    " sequential-milestones-invalid gradient-accumulation-horizon schedule-changes-nothing",
    "run_lengthened": "cosine-past-t-max-rises lr-zero-for-part-of-run"
    " onecycle-total-steps-exhausted",
    "accumulation_forgotten": "gradient-accumulation-horizon",
    "devices_forgotten": "world-size-horizon gradient-accumulation-horizon",
    "restarts_cut_short": "warm-restart-run-ends-mid-cycle",
    "half_a_milestone": "milestones-float-or-string",
    "doubled_milestone": "milestones-unsorted-or-duplicate",
    "warm_up_of_no_ticks": "linear-constant-total-iters-zero",
    "warm_up_chained": "chained-warmup-cosine-peak-lost",
    "warm_up_overwritten": "closed-form-member-overwrites-chain",
    "floor_as_a_share": "eta-min-shared-across-groups",
    "floor_above_a_group": "eta-min-shared-across-groups",
    "plateau_of_the_wrong_mode": "plateau-wrong-mode",
    "plateau_every_step": "plateau-stepped-per-batch",
    "rate_in_quotes": "yaml-scientific-notation-is-a-string",
    "factors_multiplied_up": "lambda-vs-multiplicative",
    "rate_multiplied_in_twice": "lambda-returns-absolute-lr",
    "one_peak_for_all_groups": "onecycle-overrides-lr-and-momentum",
    "peak_at_thirty_times_the_cycle": "bad-value",
}
"""The rules of which one has to report a mistake."""

OVERALL = 0.9
"""Of all mistakes, each kind counted alike."""

EACH = 0.75
"""Of one kind."""

LOWER = {"cosine_too_long": 0.2, "run_shortened": 0.45}
"""A decay that stops short of 0: where no floor is given, the spec does not tell a mistake from a
tail that was meant."""


@dataclass(frozen=True)
class Tally:
    """The results of one mistake over the corpus."""

    made: int
    caught: int
    named: int
    once: int
    missed: tuple[str, ...]

    @property
    def share(self):
        return self.caught / self.made if self.made else 1.0


def functions(module):
    """The changes that a module defines, by name."""
    return {
        name: value
        for name, value in vars(module).items()
        if getattr(value, "__module__", None) == module.__name__ and not name.startswith("_")
    }


MISTAKES = functions(mistakes_of_length) | functions(mistakes_of_kind)
HARMLESS = functions(harmless)


def grave(text):
    """The names of errors and warnings about a spec."""
    return [each.name for each in findings(text) if each.severity is not Severity.INFO]


def plans(*, short):
    """The corpus, or its short schedules."""
    return {key: p for key, p in corpus().items() if not short or p.clock.steps <= SHORT_STEPS}


def tally(mistake, expected, *, short):
    """Make a mistake everywhere."""
    texts = {key: changed(plan, mistake) for key, plan in plans(short=short).items()}
    said = {key: set(grave(text)) for key, text in texts.items() if text is not None}
    return Tally(
        made=len(said),
        caught=sum(bool(names) for names in said.values()),
        named=sum(bool(names & expected) for names in said.values()),
        once=sum(len(names) == 1 for names in said.values()),
        missed=tuple(key for key, names in said.items() if not names),
    )


def tallies(*, short):
    """Every mistake everywhere, as a table too."""
    found = {
        name: tally(mistake, set(NAMES[name].split()), short=short)
        for name, mistake in MISTAKES.items()
    }
    for name, each in found.items():
        row = f"{each.made:5}{each.caught:5}{each.named:5}{each.once:5}{each.share:7.0%}"
        sys.stdout.write(f"{name:32}{row}  {' '.join(each.missed[:4])}\n")
    return found


def check(found):
    """Assert that enough is caught, named and told once."""
    made = {name: each for name, each in found.items() if each.made}
    for name, each in made.items():
        assert each.share >= LOWER.get(name, EACH), (name, each)
    assert mean(each.share for each in made.values()) >= OVERALL
    caught = sum(each.caught for each in made.values())
    assert sum(each.named for each in made.values()) >= OVERALL * caught
    assert sum(each.once for each in made.values()) >= OVERALL * caught


def test_mistakes_are_caught_and_named():
    check(tallies(short=True))


@pytest.mark.slow
def test_mistakes_are_caught_and_named_in_all_schedules():
    found = tallies(short=False)
    assert all(each.made for each in found.values())
    check(found)


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_changes_are_silent(name):
    assert _alarms(name, short=True) == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_changes_are_silent_in_all_schedules(name):
    assert _alarms(name, short=False) == {}


def test_every_mistake_has_a_rule():
    assert set(NAMES) == set(MISTAKES)
    assert set(LOWER) <= set(MISTAKES)
    named = {name for names in NAMES.values() for name in names.split()}
    assert named <= {*all_rules(), "bad-value"}


def _alarms(name, *, short):
    specs = {key: changed(plan, HARMLESS[name]) for key, plan in plans(short=short).items()}
    applied = {key: text for key, text in specs.items() if text is not None}
    assert len(applied) >= 10
    return {key: names for key, text in applied.items() if (names := grave(text))}
