"""Edits of every rule, written into its bad examples: the finding goes, and the curve is right.

A bad example is mended by its edits when the rule falls silent, nothing comes up instead that a
good example does not have as well, and the curve is that of a good example, or the one that
``CURVES`` gives. Where a rule has no edits, ``DECISIONS`` says what its reader has to decide. Rules
about resuming are left out: their fixes are code.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lrplan.edits import Edit
from lrplan.finding import Severity
from lrplan.lint.registry import all_rules
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.apply_edits import apply
from lrplan.specfile.load import load
from lrplan.text_position import InputText
from tests.support.rule_runs import findings

if TYPE_CHECKING:
    from lrplan.finding import Finding
    from lrplan.lint.rule import Rule

DECISIONS = {
    "milestones-float-or-string-0": "the whole number, or the unit",
    "milestones-float-or-string-3": "the whole number, or the unit",
    "polynomial-non-integer-total": "the whole number, or the unit",
    "amp-skipped-update": "nothing in the spec: the training loop has to look at the scale",
    "batch-size-lr-scaling": "whether the lr is scaled with the batch, or was tuned for this one",
    "warmup-never-finishes": "how long the warm-up is",
    "inverse-sqrt-edge-cases": "how long the warm-up is; what the formula gives at tick 0",
    "surprising-defaults-constant-linear-polynomial-1": "the factor of the phase",
    "milestones-beyond-run": "when the lr is cut",
    "cosine-floor-never-used-1": "how high the floor is",
    "lambda-negative-or-complex-past-end": "whether the decay is longer, or held at its end",
    "milestone-misses-epoch-boundary-1": "whether finished epochs are counted",
    "zero-or-degenerate-length-fails-late": "how long it is",
    "linear-constant-total-iters-zero": "how long it is, or to do without it",
    "milestones-unsorted-or-duplicate": "which milestone is wrong",
    "closed-form-member-overwrites-chain": "which of them acts, or when each does",
    "constructor-changes-lr": "which warm-up stays, or when each acts",
    "sequential-plateau-unsupported": "whether a warm-up from 0 will do",
    "sequential-onecycle-member": "how much of the cycle is its rise without a warm-up",
    "sequential-nested": "nothing, but the members have to be moved, with their comments",
    "sequential-milestones-invalid": "which phase comes when",
    "sequential-legacy-initial-lr-clobber": "whether torch can be upgraded",
    "sequential-internal-deprecation-warning": "whether torch can be upgraded",
    "sequential-milestone-zero": "whether torch can be upgraded, or the phase is left out",
    "plateau-patience-semantics": "how patient it is",
    "plateau-stepped-per-batch": "which value it reads, and how patient it is",
    "plateau-floor-surprises-0": "the floor of each group",
    "plateau-active-during-warmup": "when the plateau begins to count",
    "plateau-nan-metric": "what the metric is",
    "plateau-metric-missing-or-passed-elsewhere-0": "what the metric is",
    "plateau-ranks-diverge": "nothing in the spec: the training loop has to reduce the metric",
    "run-ends-mid-cycle": "how long the run is, or a cycle",
    "warm-restart-run-ends-mid-cycle": "how long the run is, or its first cycle",
    "warm-restarts-min-never-used": "whether the floor matters",
    "onecycle-overrides-lr-and-momentum-1": "which of the two lrs is the peak",
    "onecycle-degenerate-phase": "how long the rise is",
    "cyclic-bounds-inverted-or-flat-1": "how long the rise is",
    "eta-min-shared-across-groups": "the floor of each group",
    "self-scheduling-optimizer-plus-scheduler": "the optimizer, or its peak",
    "weight-decay-scaled-by-lr": "how strong the decay is",
    "tensor-lr-sequential-base-corrupted": "whether torch can be upgraded",
    "deepspeed-warmup-surprises-1": "another scheduler: its own peak cannot be kept",
    "gradual-warmup-plateau-no-warmup": "another scheduler: this one has no warm-up to keep",
    "phases-do-not-meet": "which of the two phases has the lr that was meant",
    "mmengine-beside-torch": "from which of the two packages the schedulers come",
    "hf-cosine-num-cycles": "one decay, or restarts",
    "gradual-warmup-handover": "another scheduler: this one always begins late",
    "timm-warmup-prefix-and-cycle-length-1": "whether the decay is to wait for the warm-up",
    "pytorch-accelerated-cosine-truncated": "another scheduler, or no warm-up",
    "pytorch-accelerated-update-contract-1": "nothing in the spec: the loop calls step() once",
    "mmengine-begin-end-by-epoch-0": "how long the warm-up is",
    "mmengine-begin-end-by-epoch-1": "how long the warm-up is",
    "mmengine-begin-end-by-epoch-3": "when the cosine begins",
    "mmengine-begin-end-by-epoch-4": "when the decay begins",
    "get-lr-is-not-current-lr": "nothing in the spec: the training loop has to log another value",
    "lr-too-large-for-optimizer": "how high the lr is",
    "optimizer-has-its-own-step-size": "the optimizer, or its schedule",
    "grows-until-run-ends": "how the lr falls, or where it stops to grow",
    "value-out-of-range": "where the field ends",
    "peak-comes-late": "how long the rise is",
    "lr-negative": "the floor",
    "lr-not-finite": "the formula",
    "lr-zero-for-part-of-run": "how long the decay is, or where it ends",
    "peak-never-reached": "how long the rise is",
    "peak-overshot": "how high the peak is",
    "unexplained-jump": "which scheduler acts when",
    "rise-after-minimum": "how long the decay is",
    "schedule-changes-nothing": "whether it is needed",
    "lr-vanishes": "how fast the lr decays",
    "group-ratio-changes": "the floor of each group",
    "group-driven-twice-1": "when the averaging takes over",
}
"""What is to be decided, by the rule; ``rule-1`` for its second bad example alone."""

CURVES = {
    "gradient-accumulation-horizon-1": (
        "{type: OneCycleLR, max_lr: 0.01, total_steps: 100%, interval: step}"
    ),
    "milestones-float-or-string-4": "{type: StepLR, step_size: 100st}",
    "yaml-scientific-notation-is-a-string-2": "{type: CosineAnnealingLR, T_max: 100%}",
    "duration-rounds-to-zero-1": (
        "{type: CosineAnnealingWarmRestarts, T_0: 0.1ep, interval: step}"
    ),
    "accelerate-multi-process-step-multiplier-1": (
        "{type: OneCycleLR, max_lr: 0.01, total_steps: 100%, interval: step}"
    ),
    "lightning-interval-defaults-to-epoch-1": (
        "{type: OneCycleLR, max_lr: 0.01, total_steps: 100%, interval: step}"
    ),
    "onecycle-past-end-turns-up-or-negative-1": (
        "{type: OneCycleLR, max_lr: 0.1, total_steps: 100%, anneal_strategy: cos}"
    ),
    "plateau-wrong-mode-1": "{type: ReduceLROnPlateau, patience: 2, monitor: val_loss}",
    "plateau-floor-surprises-1": "{type: ReduceLROnPlateau, patience: 2, eps: 1e-300}",
}
"""Another scheduler with the curve that the edits give, where no good example has it; by rule and
bad example."""


class Example(NamedTuple):
    """A bad example of a rule, and what is said about it."""

    name: str
    rule: Rule
    text: str
    said: list[Finding]
    own: list[Finding]


def is_absent(rule):
    """Whether the rule is about a package that is not installed: then nothing has a curve."""
    return bool(rule.extra) and find_spec(rule.extra) is None


def not_looked_at():
    """The names of rules that need a curve of a package that is not installed."""
    return [rule.name for rule in all_rules().values() if is_absent(rule) and rule.needs != "spec"]


def examples():
    for rule in all_rules().values():
        if rule.needs == "resume" or (is_absent(rule) and rule.needs != "spec"):
            continue
        for index, text in enumerate(rule.bad):
            asked = rule.family == "display"
            reported = findings(
                text, rule.bad_torch or "2.13.0", static=is_absent(rule), get_lr=asked
            )
            own = [each for each in reported if each.name == rule.name]
            if own:
                yield Example(f"{rule.name}-{index}", rule, text, reported, own)


def curve(text):
    (plan,) = load(InputText("spec.yaml", text), Path()).plans.values()
    trace = simulate(plan)
    assert trace.failure is None
    return {group: np.array(trace.lr[group]) for group in trace.groups}


def same(one, other):
    return one.keys() == other.keys() and all(
        one[group].shape == other[group].shape
        and np.allclose(one[group], other[group], rtol=1e-9, atol=1e-15)
        for group in one
    )


def good_examples(example):
    wanted = CURVES.get(example.name)
    if wanted is None:
        return example.rule.good
    return (apply(example.text, [Edit("schedules.run.scheduler", wanted)]),)


def wrong_with(example, edits):
    """What is wrong with the example after its edits; empty for nothing."""
    torch, good = example.rule.bad_torch or "2.13.0", good_examples(example)
    text = apply(example.text, edits)
    static = is_absent(example.rule)
    after = findings(text, torch, static=static)
    grave = [str(each) for each in after if each.severity is not Severity.INFO]
    if grave or example.rule.name in {each.name for each in after}:
        return [str(each) for each in after]
    got = None if static else curve(text)
    if got is not None and not any(same(got, curve(each)) for each in good):
        return f"another curve than that of a good example:\n{text}"
    known = {each.name for each in example.said}
    new = [each for each in after if each.name not in known]
    usual = {each.name for each in findings(good[0], torch, static=static)} if new else ()
    return [str(each) for each in new if each.name not in usual]


def test_edits_mend_every_example_and_the_others_leave_something_to_decide():
    wrong, left = {}, set()
    for example in examples():
        edits = [edit for each in example.own for edit in each.edits]
        names = {example.name, example.name.rpartition("-")[0]}
        if not edits:
            left |= names
            if not names & set(DECISIONS):
                wrong[example.name] = "neither edits nor a decision"
        elif problem := wrong_with(example, edits):
            wrong[example.name] = problem
    assert wrong == {}
    seen = {name for name in DECISIONS if not any(map(name.startswith, not_looked_at()))}
    assert seen - left == set()
