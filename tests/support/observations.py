"""Observed runs for tests: a plain training loop, told as events."""

import numpy as np

from lrplan.events import Event, Location
from lrplan.observation import Observation, ObservedGroup, ObservedOptimizer, ObservedScheduler
from lrplan.trace import DEFAULT_GROUP, Trace

SCRIPT = "train.py"
_FIELDS = ("OPTIMIZER", "PARENT", "STEP", "UNKNOWN", "TEXTS", "UNITS", "ESCAPES", "PREPARED")


def line(number):
    return Location(file=SCRIPT, line=number)


def optimizer(type_="SGD", index=0, lr=0.1, **options):
    options.setdefault("groups", (ObservedGroup(name=DEFAULT_GROUP, options={"lr": lr}),))
    return ObservedOptimizer(
        index=index,
        type=type_,
        module="torch.optim",
        arguments={"lr": lr},
        location=line(1),
        **options,
    )


def traced(*lrs, **options):
    """An optimizer whose single group was given these learning rates, one at each step."""
    column = np.array(lrs, dtype=float)
    trace = Trace(
        name="optimizer-0",
        title="",
        columns={"lr": {DEFAULT_GROUP: column}},
        next_values={"lr": {DEFAULT_GROUP: float(column[-1])}},
        groups=(DEFAULT_GROUP,),
        epochs=None,
        steps_per_epoch=None,
        planned_steps=len(column),
        torch="2.13.0",
    )
    return optimizer(trace=trace, **options)


def scheduler(type_, index=0, module="torch.optim.lr_scheduler", at=2, **arguments):
    """A scheduler of optimizer 0, made at line 2; some keywords in capitals are other fields."""
    fields = {name.lower(): arguments.pop(name) for name in _FIELDS if name in arguments}
    return ObservedScheduler(
        index=index,
        type=type_,
        module=module,
        arguments=arguments,
        location=line(at),
        **{"optimizer": 0, **fields},
    )


def tick(index=0, value=None, at=13):
    """What makes a tick, for ``loop``."""
    return lambda _, step: Event("scheduler_tick", step, "", index, value=value, location=line(at))


def ticks_with(values, index=0):
    """A tick of each epoch with its own value."""
    return lambda epoch, step: tick(index, values[epoch], 14)(epoch, step)


def wrote(value, at=15, only_in=None, replaced=None):
    """A learning rate written by hand, in the epoch ``only_in`` or in all."""

    def event(epoch, step):
        if only_in not in (None, epoch):
            return None
        given = value(epoch) if callable(value) else value
        return Event(
            "lr_written",
            step,
            "",
            value=given,
            applied=replaced(epoch) if callable(replaced) else replaced,
            group=DEFAULT_GROUP,
            location=line(at),
            of="optimizer",
        )

    return event


def loop(*, epochs=3, batches=4, accumulate=1, order=("step", "tick"), per_epoch=(), first=()):
    """The events of a plain loop.

    ``order`` is what happens after each full window of batches (``step``, ``tick``) or with each
    batch (``batch tick``); ``first`` and ``per_epoch`` what happens at the begin and at the end of
    an epoch; what can be called makes an event of the epoch and the step. Lines: 10 epoch, 11
    backward, 12 step, 13 tick in the batch loop, 14 tick after it.
    """
    step = 0
    for epoch in range(epochs):
        yield Event("epoch_began", step, "", location=line(10))
        yield from _events(first, epoch, step)
        for batch in range(batches):
            yield Event("batch_loaded", step, "")
            yield Event("backward", step, "", location=line(11))
            full = (batch + 1) % accumulate == 0
            for each in order:
                if each == "batch tick" or (full and each == "tick"):
                    yield Event("scheduler_tick", step, "", location=line(13))
                elif full and each in {"step", "skipped"}:
                    kind = "optimizer_step" if each == "step" else "optimizer_step_skipped"
                    yield Event(kind, step, "SGD", location=line(12))
                    step += 1
                elif full:
                    yield from _events((each,), epoch, step)
        yield from _events(per_epoch, epoch, step)


def _events(makers, epoch, step):
    for maker in makers:
        event = tick(at=14)(epoch, step) if maker == "tick" else maker(epoch, step)
        if event is not None:
            yield event


def observation(*schedulers, optimizers=None, events=None, evidence="recording", **facts):
    """A run with these schedulers; ``events`` are those of ``loop()`` unless given."""
    return Observation(
        evidence=evidence,
        file=SCRIPT,
        optimizers=(optimizer(),) if optimizers is None else optimizers,
        schedulers=schedulers,
        events=tuple(loop() if events is None else events),
        **facts,
    )
