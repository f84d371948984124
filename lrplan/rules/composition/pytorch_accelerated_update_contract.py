"""pytorch-accelerated counts updates, and sets its first value after the first update.

Its schedulers are to be stepped after every optimizer update: their lengths are epochs times
updates. Stepped once per epoch they take an epoch for an update and hardly move. They also start
to count at the first ``step()``, so until then the learning rate is what the constructor left:
``CosineLrScheduler`` sets the start of its warm-up there, ``WSDLrScheduler`` does not. Its first
update runs at the full learning rate, and the warm-up begins with the second.

## Why it matters

Thirty epochs of 100 updates with a base of 0.1, ticked per epoch: the cosine is at 0.09998 when
training is over. ``WSDLrScheduler`` with a warm-up of 300 updates gives 0.1, 0.000001, 0.000334,
...: one update, on fresh weights, at a hundred thousand times the learning rate of the next.

## How to fix it

``interval: step``. For the warm-up of ``WSDLrScheduler``, call its ``step()`` once before training;
its other values then come at the update they are meant for.

## When it is fine

Otherwise, being one update late makes no difference. The two base classes with your own formula may
count epochs or updates.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity, Span, count, number, write_values

PER_EPOCH = """\
training: {epochs: 30, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: "pytorch_accelerated:CosineLrScheduler", interval: epoch}
"""
FULL_RATE = """\
training: {epochs: 30, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: pytorch_accelerated:WSDLrScheduler
      interval: step
      num_warmup_steps: 3ep
"""
_WSD = "pytorch_accelerated:WSDLrScheduler"
_COSINE = "pytorch_accelerated:CosineLrScheduler"


def check(context: Context) -> Iterator[Hit]:
    """Schedules ticked per epoch, and warm-ups that begin after an update at the full lr."""
    for span in context.spans(_COSINE, _WSD):
        if span.top.interval == "epoch":
            yield from _per_epoch(context, span)
        elif span.scheduler.type == _WSD:
            yield from _full_rate(context, span)


def _per_epoch(context: Context, span: Span) -> Iterator[Hit]:
    if context.is_given(span.scheduler, "total_steps"):
        return  # the length is in ticks: epochs, then
    updates = context.integer(span.scheduler, "num_update_steps_per_epoch")
    per_epoch = updates or context.clock.steps_per_epoch or 1
    name = "num_epochs" if span.scheduler.type == _WSD else "total_num_epochs"
    epochs = context.integer(span.scheduler, name) or context.clock.epochs or 0
    if per_epoch > 1:
        yield Hit(
            path=f"{span.top.path}.interval",
            message=(
                f"the schedule is {count(epochs * per_epoch, 'update')} long, and with interval:"
                f" epoch it gets {count(span.ticks, 'tick')}"
            ),
            fix="interval: step",
            edits=write_values(span.top.path, {"interval": "step"}),
            severity=Severity.ERROR,
        )


def _full_rate(context: Context, span: Span) -> Iterator[Hit]:
    scheduler = span.scheduler
    warmup = context.integer(scheduler, "num_warmup_steps")
    start = context.number(scheduler, "warmup_starting_lr") or 0.0
    base = max(context.base_values().values(), default=0.0)
    if not warmup or start >= base or scheduler.arguments.get("is_continuation_from_checkpoint"):
        return
    yield Hit(
        path=context.path_of(scheduler, "num_warmup_steps"),
        message=(
            f"the first update runs at the full lr of {number(base)}: the warm-up from"
            f" {number(start)} begins with the second"
        ),
        fix="call the scheduler's step() once before training",
        step=0,
    )


RULE = Rule(
    code="LRP453",
    name="pytorch-accelerated-update-contract",
    severity=Severity.WARNING,
    needs="spec",
    summary="pytorch-accelerated counts updates, and starts with the optimizer's lr.",
    bad=(PER_EPOCH, FULL_RATE),
    good=(PER_EPOCH.replace("interval: epoch", "interval: step"),),
    check=check,
    extra="pytorch_accelerated",
)
