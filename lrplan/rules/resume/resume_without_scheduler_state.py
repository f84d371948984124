"""The optimizer's state is loaded from a checkpoint, the scheduler's is not.

The state of an optimizer has the learning rates in use; the count of ticks is in that of the
scheduler. Without it the plan begins at tick 0 again.

## Why it matters

``StepLR(30)`` resumed at epoch 25 has its first cut at epoch 55 of the whole training. A cosine
comes down a second time, from what is left of its learning rate; a warm-up warms up again;
``LambdaLR`` and ``OneCycleLR`` jump back to their first value at the next tick.

## How to fix it

Save ``scheduler.state_dict()`` beside the optimizer's, and load both after both are made.

## When it is fine

A scheduler that is brought to its place otherwise: made with ``last_epoch``, stepped once for each
epoch that is over, or given the epoch at every step. A state that is loaded to begin another
training is one as well, which a reader cannot tell from a resumed one.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Rule, RunContext, RunHit, Severity
from lrplan.observation import ObservedScheduler
from lrplan.rules.resume._resumed_run import script_that_loads


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Schedulers that start again beside an optimizer that continues."""
    states = context.facts.states
    # What saves and loads on one line moves a state, as accelerate's `prepare` does.
    moved = {
        (each.index, each.location)
        for each in states
        if each.kind == "state_saved" and each.of == "optimizer"
    }
    loaded = {
        each.index: each
        for each in states
        if _is(each.kind, each.of, "optimizer") and (each.index, each.location) not in moved
    }
    continued = {each.index for each in states if _is(each.kind, each.of, "scheduler")}
    for scheduler in context.tops:
        optimizer = -1 if scheduler.optimizer is None else scheduler.optimizer
        row = context.row(scheduler)
        if optimizer not in loaded or row is None or context.ticks(scheduler) is None:
            continue
        if scheduler.index in continued or _is_brought_on(context, scheduler):
            continue
        # What is loaded in the middle of a run, as after a search for a learning rate, begins no
        # run.
        if context.recorded and loaded[optimizer].step:
            continue
        yield RunHit(
            location=loaded[optimizer].location or context.location(scheduler),
            message=(
                f"the state of the optimizer is loaded here, and that of {scheduler.type} is not:"
                " it begins at its first tick again"
            ),
            fix="load scheduler.state_dict() of the same checkpoint",
            step=0 if context.recorded else None,
            scheduler=scheduler.index,
        )


def _is(kind: str, of: str, wanted: str) -> bool:
    return kind == "state_loaded" and of == wanted


def _is_brought_on(context: RunContext, scheduler: ObservedScheduler) -> bool:
    given = scheduler.arguments.get("last_epoch", -1)
    ticks = context.ticks(scheduler)
    if scheduler.escapes or given != -1 or "last_epoch" in scheduler.unknown:
        return True
    return context.is_given_argument(scheduler) or (
        ticks is not None and ticks.before_first_step > 0
    )


_LOAD = ('optimizer.load_state_dict(saved["optimizer"])',)
_LOAD_BOTH = (*_LOAD, 'scheduler.load_state_dict(saved["scheduler"])')


RULE = Rule(
    code="LRP850",
    name="resume-without-scheduler-state",
    severity=Severity.WARNING,
    needs="run",
    level="cause",
    summary="The optimizer's state is loaded, the scheduler's is not.",
    check_run=check_run,
    bad_source=(script_that_loads(_LOAD),),
    good_source=(script_that_loads(_LOAD_BOTH),),
)
