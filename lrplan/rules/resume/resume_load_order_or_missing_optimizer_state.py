"""Only the scheduler's state is loaded, or the optimizer's is loaded before the scheduler is built.

Building a scheduler writes the learning rate of its first tick into the optimizer. It overwrites a
value that was loaded before, and it stays unless a state is loaded afterwards. The scheduler's own
state holds counters, not the learning rate in use.

## Why it matters

Schedulers that compute the next learning rate from the current one (``StepLR``, ``MultiStepLR``,
``ExponentialLR``, ``CosineAnnealingLR``, ``LinearLR``, ...) stay wrong to the end: with the
scheduler's state alone, ``StepLR`` after one decay trains on at ten times its learning rate. Those
that compute it from the count (``LambdaLR``, ``OneCycleLR``, ``CyclicLR``, warm restarts) are wrong
until their next tick. With the optimizer's state loaded first, ``StepLR`` is right by luck, and
``LinearLR`` is wrong for good.

## How to fix it

Build the optimizer, build the schedulers on it, load the optimizer's state, then load the
schedulers'. Compare the first learning rate with the one that was logged last.

## References

pytorch/pytorch#29697, Lightning-AI/pytorch-lightning#15462, huggingface/transformers#27749
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.events import Event
from lrplan.lint import (
    Context,
    Hit,
    ResumeOptions,
    Rule,
    RunContext,
    RunHit,
    Severity,
)
from lrplan.observation import ObservedScheduler
from lrplan.rules.resume._resumed_run import (
    AS_DOCUMENTED,
    describe_difference,
    differs,
    hit_scheduler,
    script_that_loads,
)

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: StepLR, step_size: 10}
"""


def check(context: Context) -> Iterator[Hit]:
    """A run that continues with an lr which no state has put there."""
    resumed = context.resume
    options = resumed.options
    as_told = (
        options.optimizer == "after" or not options.scheduler or options.last_epoch is not None
    )
    by_this = resumed.jumps or not resumed.changes
    if as_told or not by_this or not differs(resumed):
        return
    load_order = (
        "without the optimizer's state"
        if options.optimizer == "lost"
        else "with the optimizer's state loaded before its schedulers are built"
    )
    message = f"resumed at step {resumed.step:,} {load_order}: {describe_difference(resumed)}"
    yield from hit_scheduler(context, message, AS_DOCUMENTED)


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Schedulers whose state is loaded, and that of the optimizer not, or too early."""
    yield from _without_optimizer(context)
    yield from _too_early(context)


def _too_early(context: RunContext) -> Iterator[RunHit]:
    """States of an optimizer that are loaded before a scheduler is made, which is loaded too."""
    loaded: dict[int, Event] = {}
    hidden: dict[int, Event] = {}
    by_index = {each.index: each for each in context.tops}
    for event in context.events("state_loaded", "scheduler_made"):
        scheduler = None if event.of == "optimizer" else by_index.get(event.index)
        if event.kind == "state_loaded" and event.of == "optimizer":
            loaded[event.index] = event
            hidden = {index: other for index, other in hidden.items() if other.index != event.index}
        elif scheduler is not None and event.kind == "scheduler_made":
            before = loaded.get(-1 if scheduler.optimizer is None else scheduler.optimizer)
            if before is not None and "last_epoch" not in scheduler.arguments:
                hidden[scheduler.index] = before
        elif scheduler is not None and scheduler.index in hidden and not event.step:
            yield from _hit_too_early(context, scheduler, hidden.pop(scheduler.index))


def _hit_too_early(
    context: RunContext, scheduler: ObservedScheduler, loaded: Event
) -> Iterator[RunHit]:
    row = context.row(scheduler)
    lasts = row is not None and bool(row.name_of("start factor"))
    # What is a factor of 1 at first, as of StepLR, leaves the loaded value as it is.
    if row is None or row.extra or row.container or not (lasts or row.update == "sets"):
        return
    until = "for the rest of the run" if lasts else "until it ticks"
    yield RunHit(
        location=loaded.location or context.location(scheduler),
        message=(
            f"the optimizer's state is loaded before {scheduler.type} is made, which writes its"
            f" first learning rate over the loaded one, {until}"
        ),
        fix="load it after the scheduler is made, and before the scheduler's state",
        scheduler=scheduler.index,
    )


def _without_optimizer(context: RunContext) -> Iterator[RunHit]:
    """Schedulers whose state is loaded, on an optimizer whose state is not."""
    states = [each for each in context.facts.states if each.kind == "state_loaded"]
    optimizers = {each.index for each in states if each.of == "optimizer"}
    by_index = {each.index: each for each in context.tops}
    for state in states:
        scheduler = by_index.get(state.index) if state.of == "scheduler" else None
        optimizer = None if scheduler is None else context.optimizer(scheduler.optimizer)
        row = None if scheduler is None else context.row(scheduler)
        if scheduler is None or optimizer is None or row is None or row.extra or optimizer.escapes:
            continue
        late = context.recorded and state.step
        if optimizer.index not in optimizers and row.update in {"multiplies", "moves"} and not late:
            yield RunHit(
                location=state.location or context.location(scheduler),
                message=(
                    f"the state of {scheduler.type} is loaded here, and that of the optimizer is"
                    " not: the learning rate in use is not restored"
                ),
                fix="load the state of the optimizer first, of the same checkpoint",
                step=0 if context.recorded else None,
                scheduler=scheduler.index,
            )


_LOAD = ('scheduler.load_state_dict(saved["scheduler"])',)
_LOAD_BOTH = ('optimizer.load_state_dict(saved["optimizer"])', *_LOAD)


RULE = Rule(
    code="LRP852",
    name="resume-load-order-or-missing-optimizer-state",
    severity=Severity.ERROR,
    needs="resume",
    summary="The optimizer's state is loaded too early or not at all: lr is a new run's.",
    bad=(BAD, BAD.replace("StepLR, step_size: 10", "MultiStepLR, milestones: [5, 25]")),
    good=(BAD,),
    check=check,
    check_run=check_run,
    bad_source=(script_that_loads(_LOAD),),
    good_source=(script_that_loads(_LOAD_BOTH),),
    supersedes=("resume-discontinuity",),
    resume=(ResumeOptions(at="12ep", optimizer="lost"), ResumeOptions(at="12ep")),
)
