"""A second scheduler takes the learning rate of the first stage, not the one that was written.

The first scheduler of an optimizer notes each group's learning rate as ``initial_lr``, and it stays
there. Schedulers that compute from a base value, such as ``LambdaLR``, warm restarts and the
schedules of transformers, read it when they are made: what was written into ``lr`` in between is
lost.

## Why it matters

A fine-tuning stage that is meant to run at a hundredth of the first one starts at the full learning
rate again. torch says nothing.

## How to fix it

Make a new optimizer for the stage, or write ``initial_lr`` as well as ``lr``.

## When it is fine

Schedulers that go on from the value in the group (``StepLR``, ``CosineAnnealingLR``, ...) take the
one that was written. Nothing is said where ``initial_lr`` is written too, or where the value is the
optimizer's own.

## References

pytorch/pytorch#33416
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Rule, RunContext, RunHit, Severity, script
from lrplan.schedule_code.model import Action, CodePath


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Schedulers that are made after a learning rate was written over that of another one."""
    code = context.observation.code
    if code is None or "initial_lr" in code.words:
        return
    made: set[int] = set()
    written: dict[int, Action] = {}
    for act in code.acts():
        if act.kind == "lr_written" and act.index in made and not _is_own_lr(code, act):
            written[act.index] = act
        if act.kind != "scheduler_made":
            continue
        scheduler = context.observation.schedulers[act.index]
        row, optimizer = context.row(scheduler), scheduler.optimizer
        if optimizer is None:
            continue
        before = written.get(optimizer)
        reads_base = row is not None and row.update == "sets" and not row.name_of("peak")
        plain = row is not None and not row.container and not row.extra
        if before is not None and reads_base and plain and "last_epoch" not in scheduler.arguments:
            line = code.location(before.place).line
            yield RunHit(
                location=code.location(act.place),
                message=(
                    f"{scheduler.type} starts from the `initial_lr` that the first scheduler"
                    f" noted: the learning rate written in line {line} is lost"
                ),
                fix="make a new optimizer, or write initial_lr too",
                scheduler=scheduler.index,
            )
        made.add(optimizer)


def _is_own_lr(code: CodePath, act: Action) -> bool:
    """Return True if what is written is the optimizer's own, or is not known to differ from it."""
    lr = code.optimizers[act.index].arguments.get("lr")
    new = act.arguments[0].number if act.arguments else None
    known = lr is not None and lr.number is not None and new is not None
    return not known or lr.number == new  # type: ignore[union-attr]


_FREEZE = (
    "for group in optimizer.param_groups:",
    '    group["lr"] = 0.001',
)


def _example(second: str) -> str:
    made = f"second = torch.optim.lr_scheduler.{second}"
    after = ("scheduler.step()", "second.step()")
    return script("StepLR(optimizer, step_size=3)", made=(*_FREEZE, made), after_epoch=after[1:])


RULE = Rule(
    code="LRP860",
    name="second-stage-uses-old-initial-lr",
    severity=Severity.ERROR,
    needs="run",
    summary="A second scheduler starts from the first one's base, not from the lr written.",
    check_run=check_run,
    seen_in="source",
    bad_source=(_example("LambdaLR(optimizer, lambda epoch: 0.9**epoch)"),),
    good_source=(_example("ExponentialLR(optimizer, gamma=0.9)"),),
)
