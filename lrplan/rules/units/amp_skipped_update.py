"""A gradient scaler skips optimizer steps, but the loop ticks the schedulers all the same.

``GradScaler`` leaves out a step whose gradients overflowed, usually some of the first ones in
float16. A plain loop that calls ``scheduler.step()`` regardless, and Lightning, move on to the next
value: the schedule runs ahead of the steps that were made.

## Why it matters

With every skipped step, a value of the schedule is lost. With ``StepLR(1, 0.5)`` and two skipped
steps, the first real step uses a quarter of the learning rate. At the start the steps of a warm-up
are lost one by one. In a long run a few lost values do no harm. Where the very first step is
skipped, torch warns that the scheduler was called before the optimizer, although the order is
right.

## How to fix it

Tick only where the scale did not drop: ``before = scaler.get_scale()``, then ``scaler.update()``,
and ``scheduler.step()`` if ``scaler.get_scale() >= before``. The Trainer of transformers and
accelerate do that by themselves. bfloat16 needs no scaler.

## When it is fine

In a long run: less than one in a hundred steps is info, more is a warning. Schedulers that tick per
epoch are not affected.

## References

pytorch/pytorch#44511, pytorch/pytorch#67590, Lightning-AI/pytorch-lightning#18828
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, RunContext, RunHit, Severity, count, script

BAD = """\
training: {epochs: 2, steps_per_epoch: 50, skipped_steps: [0, 1, 2]}
schedules:
  run:
    optimizer: {type: AdamW, lr: 1e-3}
    scheduler: {type: CosineAnnealingLR, T_max: 100, interval: step}
"""

_MANY = 0.01

_MANY_SKIPPED = 0.05


def check(context: Context) -> Iterator[Hit]:
    """Schedulers that are called after a step that was not made."""
    clock = context.clock
    skipped = clock.settings.skipped_steps
    if not skipped or not clock.loop.ticks_when_skipped(clock.settings):
        return
    order = ", and torch warns of a wrong order" if skipped[0] == 0 else ""
    for top in context.plan.schedulers:
        if top.interval != "epoch":
            yield Hit(
                path=top.path,
                message=(
                    f"{clock.loop.display_name} ticks also where the optimizer step was skipped:"
                    f" the schedule is {count(len(skipped), 'step')} of {clock.steps:,} ahead at"
                    f" the end{order}"
                ),
                fix="tick only where the scale did not drop",
                step=skipped[0],
                severity=None if len(skipped) > _MANY * clock.steps else Severity.INFO,
            )


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Schedulers that were stepped after updates that a gradient scaler left out."""
    if not context.recorded:
        yield from _in_source(context)
        return
    for scheduler in context.tops:
        row, ticks = context.row(scheduler), context.ticks(scheduler)
        if row is None or row.reads_metric or ticks is None or not ticks.after_skipped:
            continue
        if context.cadence(scheduler) == "epoch":
            continue
        skipped, share_of = ticks.after_skipped, ticks.after_skipped / ticks.total
        yield RunHit(
            location=ticks.first.location or context.location(scheduler),
            message=(
                f"{scheduler.type} is stepped after {count(skipped, 'update')} that the gradient"
                f" scaler left out, of {ticks.total:,}: the schedule is ahead by as many"
            ),
            fix="step the scheduler only if scaler.get_scale() has not become smaller",
            severity=Severity.WARNING if share_of > _MANY_SKIPPED else Severity.INFO,
            scheduler=scheduler.index,
        )


def _in_source(context: RunContext) -> Iterator[RunHit]:
    """Schedulers that are stepped after every step of a scaler, whatever became of it."""
    code = context.observation.code
    if code is None or "get_scale" in code.words:
        return
    scaled = {act.index for act in code.acts() if act.kind == "optimizer_step" and act.scaled}
    for scheduler in context.tops:
        ticks, row = context.ticks(scheduler), context.row(scheduler)
        per_update = context.cadence(scheduler) in {"step", "batch"}
        if scheduler.optimizer in scaled and per_update and row is not None and ticks is not None:
            yield RunHit(
                location=ticks.first.location or context.location(scheduler),
                message=(
                    f"{scheduler.type} is stepped also where the gradient scaler leaves an update"
                    " out, as it does with the first ones"
                ),
                fix="step the scheduler only if scaler.get_scale() has not become smaller",
                severity=Severity.INFO,
                scheduler=scheduler.index,
            )


_GUARDED = (
    "scale = scaler.get_scale()",
    "scaler.update()",
    "if scaler.get_scale() >= scale:",
    "    scheduler.step()",
)


def _example(after_step: tuple[str, ...]) -> str:
    return script(
        "OneCycleLR(optimizer, max_lr=0.1, total_steps=80)",
        made=('scaler = torch.amp.GradScaler("cuda")',),
        step="scaler.step(optimizer)",
        after_step=after_step,
    )


RULE = Rule(
    code="LRP115",
    name="amp-skipped-update",
    severity=Severity.WARNING,
    needs="spec",
    summary="A scheduler ticks where a gradient scaler skipped the optimizer step.",
    bad=(BAD, BAD.replace("skipped", "loop: lightning, skipped")),
    good=(
        BAD.replace("skipped", "loop: accelerate, skipped"),
        BAD.replace("T_max: 100, interval: step", "T_max: 2"),
        BAD.replace(", skipped_steps: [0, 1, 2]", ""),
    ),
    check=check,
    check_run=check_run,
    bad_source=(_example(("scaler.update()", "scheduler.step()")),),
    good_source=(_example(_GUARDED),),
)
