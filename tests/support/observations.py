"""Observed runs for tests: a plain training loop, told as events."""

from lrplan.events import Event, Location
from lrplan.observation import Observation, ObservedGroup, ObservedOptimizer, ObservedScheduler

SCRIPT = "train.py"


def line(number):
    return Location(file=SCRIPT, line=number)


def optimizer(type_="SGD", index=0, lr=0.1, **options):
    return ObservedOptimizer(
        index=index,
        type=type_,
        module="torch.optim",
        arguments={"lr": lr},
        groups=(ObservedGroup(name="0", options={"lr": lr}),),
        location=line(1),
        **options,
    )


def scheduler(type_, index=0, module="torch.optim.lr_scheduler", **arguments):
    """A scheduler of optimizer 0, made at line 2."""
    return ObservedScheduler(
        index=index,
        type=type_,
        module=module,
        optimizer=0,
        arguments=arguments,
        location=line(2),
    )


def loop(*, epochs=3, batches=4, accumulate=1, order=("step", "tick"), per_epoch=()):
    """The events of a plain loop.

    ``order`` is what happens after each full window of batches (``step``, ``tick``) or with each
    batch (``batch tick``); ``per_epoch`` what happens at the end of an epoch. Lines: 10 epoch, 11
    backward, 12 step, 13 tick in the batch loop, 14 tick after it.
    """
    step = 0
    for _ in range(epochs):
        yield Event("epoch_began", step, "", location=line(10))
        for batch in range(batches):
            yield Event("batch_loaded", step, "")
            yield Event("backward", step, "", location=line(11))
            for name in order:
                if name == "batch tick":
                    yield Event("scheduler_tick", step, "", location=line(13))
                elif (batch + 1) % accumulate == 0:
                    if name == "tick":
                        yield Event("scheduler_tick", step, "", location=line(13))
                    else:
                        yield Event("optimizer_step", step, "SGD", location=line(12))
                        step += 1
        for _ in per_epoch:
            yield Event("scheduler_tick", step, "", location=line(14))


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
