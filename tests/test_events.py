"""The events of a plan are those of a torch loop that was written by hand and watched."""

from __future__ import annotations

import itertools

import torch
from torch.optim import lr_scheduler

from lrplan.events import Event, Location, events_of_plan, ticks_before_first_step
from tests.support.specs import plan

TWO = """\
optimizer: {type: SGD, groups: {body: {lr: 1.0}, head: {lr: 0.5}}}
scheduler:
  - {type: StepLR, step_size: 2, gamma: 0.5, interval: step}
  - {type: ExponentialLR, gamma: 0.9, groups: [head]}
"""
TRAINING = "epochs: 3, steps_per_epoch: 4"


def watched(epochs, steps_per_epoch):
    """The names of the calls of ``TWO`` in a plain loop, in order."""
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in (1.0, 0.5)]
    optimizer = torch.optim.SGD(groups)
    calls = []
    for_all = lr_scheduler.StepLR(optimizer, 2, 0.5)
    for _ in range(epochs):
        for _ in range(steps_per_epoch):
            optimizer.step()
            calls.append(("SGD", [group["lr"] for group in optimizer.param_groups]))
            for_all.step()
            calls.append(("StepLR", None))
        # A scheduler of one group: torch has none, so its product is written out.
        optimizer.param_groups[1]["lr"] *= 0.9
        calls.append(("ExponentialLR", None))
    return calls


def test_a_run_is_told_in_the_order_of_its_loop():
    calls = watched(3, 4)
    results = [each for each in events_of_plan(plan(TWO, TRAINING)) if each.kind != "length_known"]
    assert [each.who for each in results] == [who for who, _ in calls]
    steps = [each.step for each in results if each.kind == "optimizer_step"]
    assert steps == list(range(12))
    assert {each.location.path for each in results} == {
        "schedules.it.optimizer",
        "schedules.it.scheduler[0]",
        "schedules.it.scheduler[1]",
    }


def test_lengths_come_first():
    first = next(events_of_plan(plan(TWO, TRAINING)))
    path = Location("schedules.it.scheduler[0].step_size")
    assert first == Event("length_known", 0, "StepLR", value=2, location=path)


def test_a_skipped_step_is_no_step_of_the_optimizer():
    kinds = [each.kind for each in events_of_plan(plan(TWO, TRAINING + ", skipped_steps: [0, 5]"))]
    assert kinds.count("optimizer_step") == 10
    assert kinds.count("optimizer_step_skipped") == 2


def test_ticks_before_the_first_step_are_counted_without_running_on():
    spec = TWO.replace("interval: step", "interval: batch")
    accumulated = plan(spec, "epochs: 3, batches_per_epoch: 8, accumulate: 4")
    events = events_of_plan(accumulated)
    assert ticks_before_first_step(events) == {0: 3}
    assert next(events).step == 1  # no further than the first step


def test_long_runs_are_not_worked_out_to_be_begun():
    endless = plan(TWO, "epochs: 10000, steps_per_epoch: 1000")
    assert len(list(itertools.islice(events_of_plan(endless), 10))) == 10
