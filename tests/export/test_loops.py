"""For every training loop, exported code gives the plan's curve, or is refused with the reason.

Code for pytorch is trained with by its own ``train``; ``configure_optimizers`` is stepped as
Lightning does; a script with ``Accelerator`` runs with a stand-in of what accelerate prepares.
"""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from lrplan.errors import UsageError
from lrplan.export.code import to_lightning, to_pytorch, to_transformers
from tests.export.plans import LINE, LOSSES, PLATEAU, STEP, TWO, written
from tests.export.running import lightning_loop, own_loop, torch_may_warn
from tests.support.specs import plan, trace

COSINE = "type: CosineAnnealingLR, T_max: 100%"
ONE_CYCLE = "type: OneCycleLR, max_lr: 1, total_steps: 9, interval: step"
WINDOWS = "epochs: 3, batches_per_epoch: 10, accumulate: 4"
EVEN = "epochs: 3, batches_per_epoch: 12, accumulate: 4"
PLAIN = "epochs: 3, batches_per_epoch: 10"

OK = ""
ROWS = [
    # schedulers, training, what pytorch and lightning say: nothing where the curve is the plan's
    (COSINE, PLAIN, OK, OK),
    (f"{COSINE}, interval: step", f"{PLAIN}, skipped_steps: [3, 4]", OK, OK),
    (f"{STEP}, interval: step, frequency: 2", f"{EVEN}, loop: lightning", "1 time before", OK),
    (f"{STEP}, interval: step, frequency: 8", f"{EVEN}, loop: lightning", "`-f lightning`", OK),
    (f"{STEP}, interval: step, frequency: 2", f"{WINDOWS}, loop: lightning", "1 time before", OK),
    (f"{STEP}, interval: step, frequency: 8", f"{WINDOWS}, loop: lightning", "before step 2", OK),
    (f"{STEP}, interval: step, frequency: 3", f"{PLAIN}, loop: lightning", "before step 12", OK),
    ((PLATEAU, STEP), f"{PLAIN}, loop: lightning", "the plan says before it", OK),
    (COSINE, f"{PLAIN}, loop: lightning, world_size: 3, skipped_steps: [3]", OK, OK),
    (f"{COSINE}, interval: step", f"{WINDOWS}, loop: transformers", OK, OK),
    (
        f"{COSINE}, interval: step",
        f"{PLAIN}, loop: transformers, skipped_steps: [3]",
        "skips steps that no code can name",
        "skips steps that no code can name",
    ),
    (f"{COSINE}, interval: step", "epochs: 2.5, batches_per_epoch: 10, loop: transformers", OK, OK),
    (f"{COSINE}, interval: step", f"{WINDOWS}, loop: accelerate", OK, OK),
    (f"{COSINE}, interval: batch", f"{WINDOWS}, loop: accelerate", OK, OK),
    (f"{COSINE}, interval: step", f"{WINDOWS}, loop: accelerate, world_size: 4", OK, "4 times"),
    (f"{COSINE}, interval: batch", f"{WINDOWS}, loop: accelerate, world_size: 4", OK, "4 times"),
    (COSINE, f"{PLAIN}, loop: accelerate, world_size: 3", OK, "3 times before step 10"),
    (
        f"{COSINE}, interval: step",
        f"{WINDOWS}, loop: accelerate, world_size: 4, split_batches: true",
        OK,
        OK,
    ),
    *(
        (
            f"{COSINE}, interval: {interval}",
            f"{WINDOWS}, loop: accelerate, world_size: 4, step_scheduler_with_optimizer: false",
            OK,
            lightning,
        )
        for interval, lightning in (("step", OK), ("batch", "3 times"), ("epoch", OK))
    ),
    (ONE_CYCLE, f"{PLAIN}, loop: accelerate, world_size: 2", OK, "2 times"),
    (f"{STEP}, interval: step", f"{PLAIN}, steps: 17, loop: accelerate, world_size: 2", OK, "2 t"),
    (f"{LINE}, interval: step", "steps: 9, loop: accelerate, world_size: 2", OK, "2 times"),
    (PLATEAU, f"{PLAIN}, loop: accelerate, world_size: 2", OK, "2 times before step 10"),
    (
        (f"{STEP}, groups: [head]", f"{LINE}, groups: [body], interval: step"),
        f"{PLAIN}, loop: accelerate, world_size: 2",
        OK,
        "2 times",
    ),
    (
        f"{COSINE}, interval: step",
        f"{PLAIN}, loop: accelerate, skipped_steps: [3]",
        "leave `skipped_steps` out",
        "skips steps that no code can name",
    ),
    (
        f"{STEP}, interval: step, frequency: 2",
        f"{PLAIN}, loop: accelerate, world_size: 2",
        "`frequency: 2`, which accelerate does not know",
        "2 times",
    ),
    (f"{STEP}, interval: step, frequency: 2", f"{PLAIN}, loop: accelerate", OK, OK),
    (f"{LINE}, interval: step", "steps: 9, accumulate: 3, loop: accelerate", OK, OK),
    (
        f"{LINE}, interval: step",
        "steps: 9, accumulate: 3, loop: accelerate, world_size: 2",
        "whose length a run in steps does not say",
        "2 times",
    ),
    (
        f"{LINE}, interval: step",
        f"{WINDOWS}, last_window: carry, loop: accelerate, world_size: 2",
        "sync_with_dataloader",
        "last_window: carry",
    ),
]


def said(export, run, scheduler, training):
    """What is refused; otherwise nothing, when the code has given the curve."""
    schedule = written(scheduler, TWO) if "groups" in str(scheduler) else written(scheduler)
    if "Plateau" in str(scheduler):
        schedule = schedule.replace(LOSSES, "metrics: {val_loss: {values: [3, 3, 3], then: hold}}")
    the_plan = plan(schedule, training)
    expected = trace(schedule, training)
    try:
        source = export(the_plan, expected)
    except UsageError as error:
        return str(error)
    try:
        with torch_may_warn():
            run(source, the_plan, expected).check(expected)
    except AssertionError as error:
        return f"WRONG CURVE {error}"
    return OK


@pytest.mark.skipif(find_spec("accelerate") is not None, reason="the real one is not the stand-in")
def test_every_loop():
    wrong = []
    for scheduler, training, *expected in ROWS:
        for export, run, reason in zip(
            (to_pytorch, to_lightning), (own_loop, lightning_loop), expected, strict=True
        ):
            reported = said(export, run, scheduler, training)
            if (reason == OK) != (reported == OK) or reason not in reported:
                wrong.append((export.__name__, scheduler, training, reported))
    assert wrong == [], "\n".join(map(str, wrong))


@pytest.mark.skipif(find_spec("accelerate") is None, reason="accelerate is not installed")
def test_one_process_of_the_real_accelerate():
    alone = [row for row in ROWS if "accelerate" in row[1] and "world_size" not in row[1]]
    wrong = [
        (scheduler, training, told)
        for scheduler, training, reason, _ in alone
        if (told := said(to_pytorch, own_loop, scheduler, training)) != OK and reason == OK
    ]
    assert wrong == [], "\n".join(map(str, wrong))


def test_a_plateau_that_accelerate_moves_for_each_device_is_none_of_the_trainer():
    schedule, training = written(PLATEAU), f"{PLAIN}, loop: accelerate, world_size: 2"
    with pytest.raises(UsageError, match="2 times before step 10 in accelerate's loop"):
        to_transformers(plan(schedule, training), trace(schedule, training))


def test_a_run_in_steps_goes_through_its_loader_again():
    schedule, training = written(f"{COSINE}, interval: step"), "steps: 100"
    source = to_pytorch(plan(schedule, training), trace(schedule, training))
    record = own_loop(source, plan(schedule, training), trace(schedule, training), batches=7)
    record.check(trace(schedule, training))
    namespace = {}
    exec(source, namespace)
    with pytest.raises(ValueError, match="the loader has no more batches"):
        list(namespace["endless"](iter(range(7))))


@pytest.mark.parametrize(("devices", "said"), [(1, "1 process"), (3, "3 processes")])
def test_the_processes_that_it_is_planned_for(devices, said):
    schedule = written(f"{STEP}, interval: step")
    training = f"{PLAIN}, loop: accelerate, world_size: {devices}"
    text = to_pytorch(plan(schedule, training), trace(schedule, training))
    assert f"planned for {said}, not" in text
