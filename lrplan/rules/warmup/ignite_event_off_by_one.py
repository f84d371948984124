"""A scheduler of ignite that runs when an iteration or an epoch is completed is one too late.

A scheduler of ignite sets the value of its count when its event comes, and then counts. On
``Events.ITERATION_COMPLETED`` the first update has already been made: it used the optimizer's
learning rate, and the second one gets the value that the first should have had.

## Why it matters

With a warm-up the very first update runs at the full learning rate, which is what the warm-up is
there to prevent. All other values come one iteration late.

## How to fix it

Attach it to ``Events.ITERATION_STARTED``, or to ``Events.EPOCH_STARTED``.

## When it is fine

``ReduceLROnPlateauScheduler`` needs a metric, so it runs when an evaluation is completed. Handlers
that call ``step()`` of a scheduler of torch are right on ``ITERATION_COMPLETED``. Neither is
reported.

## References

pytorch/ignite#2462, pytorch/ignite#645
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Rule, RunContext, RunHit, Severity

_LATE = {"ITERATION_COMPLETED": "ITERATION_STARTED", "EPOCH_COMPLETED": "EPOCH_STARTED"}
_AFTER_EVALUATION = "ReduceLROnPlateauScheduler"


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Schedulers of ignite that are attached to the end of what they are for."""
    code = context.observation.code
    for act, event in () if code is None else code.handlers:
        scheduler = context.observation.schedulers[act.index]
        is_own = scheduler.module.startswith("ignite") and scheduler.type != _AFTER_EVALUATION
        if code is None or event not in _LATE or not is_own:
            continue
        unit = "iteration" if event.startswith("ITERATION") else "epoch"
        yield RunHit(
            location=code.location(act.place),
            message=(
                f"{scheduler.type} runs on {event}: the first {unit} uses the optimizer's learning"
                f" rate, and each value comes one {unit} late"
            ),
            fix=f"Events.{_LATE[event]}",
            scheduler=scheduler.index,
        )


_SCRIPT = """\
import torch
from ignite.engine import Engine, Events
from ignite.handlers import LinearCyclicalScheduler

model = torch.nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


def update(engine, batch):
    optimizer.zero_grad()
    model(batch).pow(2).mean().backward()
    optimizer.step()


trainer = Engine(update)
scheduler = LinearCyclicalScheduler(optimizer, "lr", 0.0, 0.1, cycle_size=160)
trainer.add_event_handler(Events.ITERATION_COMPLETED, scheduler)
trainer.run([torch.randn(8, 4)] * 8, max_epochs=10)
"""

RULE = Rule(
    code="LRP211",
    name="ignite-event-off-by-one",
    severity=Severity.WARNING,
    needs="run",
    summary="A scheduler of ignite runs after the iteration that it is for.",
    check_run=check_run,
    seen_in="source",
    bad_source=(_SCRIPT,),
    good_source=(_SCRIPT.replace("ITERATION_COMPLETED", "ITERATION_STARTED"),),
)
