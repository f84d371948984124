"""Plans that cannot be expressed without lrplan are refused with the reason."""

from dataclasses import replace

import pytest

from lrplan.catalog import SCHEDULERS
from lrplan.errors import UsageError
from lrplan.export.code import to_lightning, to_pytorch, to_transformers
from lrplan.export.code.header import header
from lrplan.trace import Failure
from tests.export.plans import SEQUENCE, STEP, warm, written
from tests.export.running import PLANS, traced
from tests.support.specs import plan, trace

LBFGS = "optimizer: {type: LBFGS, lr: 1}"
REFUSED = {
    "chained-after-a-warm-up": (
        written(warm(1, f"type: ChainedScheduler, schedulers: [{{{STEP}}}]")),
        "cannot start a ChainedScheduler inside a SequentialLR",
    ),
    "products-in-a-sequence-after-a-warm-up": (
        written(warm(1, SEQUENCE % f"{{type: MultiplicativeLR, lr_lambda: '0.9'}}, {{{STEP}}}")),
        "start from the last lr of the warm-up",
    ),
    "curved-warm-up-to-a-multiple": (
        written(f"{warm(2, STEP)}, shape: cosine"),
        "with a multiplier other than 1",
    ),
    "warm-up-after-a-warm-up": (
        written(warm(1, warm(1, STEP))),
        "a warm-up behind a warm-up has no counterpart",
    ),
    "cyclic-after-a-warm-up": (
        written(warm(1, "type: CyclicLR, base_lr: 0.1, max_lr: 1")),
        "CyclicLR after a GradualWarmupScheduler: it sets an lr of its own",
    ),
    "one-cycle-after-a-warm-up": (
        written(warm(1, "type: OneCycleLR, max_lr: 1, total_steps: 9")),
        "OneCycleLR after a GradualWarmupScheduler: it sets an lr of its own",
    ),
    "multiplicative-after-a-warm-up": (
        written(warm(1, "type: MultiplicativeLR, lr_lambda: '0.9'")),
        "start from the last lr of the warm-up",
    ),
    "averaging-after-a-warm-up": (
        written(warm(1, "type: SWALR, swa_lr: 0.05")),
        "counts ticks of its own",
    ),
    "warm-up-inside-a-sequence": (
        written(SEQUENCE % f"{{{warm(1, STEP)}}}, {{{STEP}}}"),
        "GradualWarmupScheduler inside another scheduler",
    ),
    "multiplied-warm-up-beside-another": (
        written((warm(8, STEP), STEP)),
        "beside another scheduler of the same learning rate",
    ),
}


@pytest.mark.parametrize(("schedule", "reason"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("export", [to_pytorch, to_lightning])
def test_refused_with_its_reason(schedule, reason, export):
    with pytest.raises(UsageError, match=reason):
        export(plan(schedule), trace(schedule))


def test_a_plain_warm_up_beside_another_scheduler_is_fine():
    schedule = written((warm(1, STEP), STEP))
    assert "SequentialLR" in to_pytorch(plan(schedule), trace(schedule))


@pytest.mark.parametrize("export", [to_pytorch, to_lightning])
def test_a_closure_cannot_span_batches(export):
    schedule, training = written(STEP, LBFGS), "epochs: 3, batches_per_epoch: 8, accumulate: 4"
    with pytest.raises(UsageError, match=r"LBFGS .*4 .*batches"):
        export(plan(schedule, training), trace(schedule, training))


def test_a_run_that_fails_is_not_written():
    schedule = written("type: OneCycleLR, max_lr: 1, total_steps: 3, interval: step")
    with pytest.raises(UsageError, match="stops after step 3: Tried"):
        to_pytorch(plan(schedule), trace(schedule))


def test_a_run_that_fails_at_once_says_so():
    failed = replace(traced("constant"), failure=Failure(-1, "no metric"))
    with pytest.raises(UsageError, match="stops before the first step: no metric"):
        header(PLANS["constant"], failed)


def test_other_packages_are_needed_for_their_schedulers():
    the_plan = PLANS["step"]
    row = replace(
        SCHEDULERS["StepLR"], path="timm.scheduler:StepLRScheduler", family="timm", formula=None
    )
    foreign = replace(the_plan.schedulers[0], row=row, type="timm:StepLRScheduler")
    theirs = replace(the_plan, schedulers=(foreign,))
    with pytest.raises(UsageError, match="comes with timm"):
        to_pytorch(theirs, traced("step"))
    # What would be refused too is no way out.
    with pytest.raises(UsageError, match="the nearest that was tried") as caught:
        to_transformers(theirs, traced("step"))
    assert "--format pytorch" not in str(caught.value)
    with pytest.raises(UsageError, match="; `--format pytorch` writes an optimizer"):
        to_transformers(the_plan, traced("step"))


def test_other_packages_are_needed_for_their_optimizers():
    the_plan = PLANS["step"]
    row = replace(the_plan.optimizer.row, path="apex.optimizers:FusedSGD")
    foreign = replace(the_plan.optimizer, row=row, type="FusedSGD")
    with pytest.raises(UsageError, match="FusedSGD comes with apex"):
        to_pytorch(replace(the_plan, optimizer=foreign), traced("step"))


def test_every_scheduler_of_torch_and_of_ours_is_written():
    ours = {row.name for row in SCHEDULERS.values() if row.family in ("torch", "swa", "lrplan")}
    written_out = {
        each.type for plan in PLANS.values() for top in plan.schedulers for each in top.walk()
    }
    assert ours == written_out
