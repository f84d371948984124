"""``scheduler.step(epoch)`` is an old form that torch keeps for its own schedulers alone.

Up to torch 1.3 the number of the epoch was the argument of ``step``. Since then a tick has none:
a scheduler counts by itself. With a number, torch warns, and computes the value by another formula
(``_get_closed_form_lr``) where the class has one.

## Why it matters

The closed formula starts from the base learning rate: what was changed by hand or by another
scheduler is lost. A class without one computes a step of its recursion whatever the number says,
and ``SequentialLR`` and ``ChainedScheduler`` take no number at all (TypeError).

## How to fix it

``scheduler.step()``, once for every epoch, or for every update.

## When it is fine

Schedulers of timm are called with the number of the epoch; ``ReduceLROnPlateau`` gets a metric, and
``CosineAnnealingWarmRestarts`` documents a fraction of an epoch: none of them is reported.

## References

pytorch/pytorch#26423, pytorch/pytorch#31828
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.edits import TextEdit
from lrplan.lint import Rule, RunContext, RunHit, Severity, script
from lrplan.rules.plateau._metric_names import mode_of_expression
from lrplan.text_position import START

_TAKES_A_NUMBER = frozenset({"ReduceLROnPlateau", "CosineAnnealingWarmRestarts"})
_TAKES_NOTHING = frozenset({"SequentialLR", "ChainedScheduler"})


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Ticks with an argument, of schedulers of torch that have a better form."""
    code = context.observation.code
    if code is None:
        return
    for act in code.acts():
        if act.kind != "scheduler_tick" or not act.arguments:
            continue
        scheduler = code.schedulers[act.index]
        if scheduler.module != "torch.optim.lr_scheduler" or scheduler.type in _TAKES_A_NUMBER:
            continue
        given = act.arguments[0].text
        if mode_of_expression(given) is not None:
            continue  # plateau-metric-missing-or-passed-elsewhere says more
        refuses = scheduler.type in _TAKES_NOTHING
        yield RunHit(
            location=code.location(act.place),
            message=(
                f"{scheduler.type}.step() takes no argument: `{given}` is a TypeError"
                if refuses
                else f"{scheduler.type} counts its ticks itself: step({given}) is deprecated"
            ),
            fix="step()",
            severity=Severity.ERROR if refuses else None,
            edits=(
                (TextEdit(act.argument_place, "", is_safe=refuses),)
                if act.argument_place != START and len(act.arguments) == 1
                else ()
            ),
            scheduler=scheduler.index,
        )


def _example(call: str, made: str = "StepLR(optimizer, step_size=3)") -> str:
    return script(made, after_epoch=(call,))


RULE = Rule(
    code="LRP868",
    name="step-with-epoch",
    severity=Severity.WARNING,
    needs="run",
    summary="A scheduler of torch is stepped with the number of the epoch.",
    check_run=check_run,
    seen_in="source",
    bad_source=(_example("scheduler.step(epoch)"),),
    good_source=(_example("scheduler.step()"),),
)
