"""Functions made in a loop all read the last value of its variable.

``[lambda e: factor**e for factor in (1.0, 0.9, 0.5)]`` makes three functions that look ``factor``
up when they are called. By then it is 0.5 for all of them.

## Why it matters

Every parameter group gets the schedule of the last one: with the list above, all are at 0.125 of
their learning rate after three steps, in place of 1, 0.729 and 0.125.

## How to fix it

Bind the value where the function is made: ``lambda e, factor=factor: factor**e``.

## References

Python's own FAQ on functions that are made in a loop.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Rule, RunContext, RunHit, Severity, script

_GROUPS = 'torch.optim.SGD([{"params": [w]} for w in model.parameters()], lr=0.1)'


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Schedulers whose functions read the variable of the loop that made them."""
    code = context.observation.code
    if code is None:
        return
    for each in code.schedulers:
        if each.late_bound:
            name = each.late_bound
            yield RunHit(
                location=code.location(each.place),
                message=f"each of these functions reads the last value of `{name}`",
                fix=f"bind it: lambda ..., {name}={name}: ...",
                scheduler=each.index,
            )


def _example(parameters: str) -> str:
    functions = f"[lambda {parameters}: f**e for f in (0.9, 0.5)]"
    made = f"LambdaLR(optimizer, {functions})"
    return script(made, optimizer=_GROUPS, after_epoch=("scheduler.step()",))


RULE = Rule(
    code="LRP459",
    name="lambda-late-binding",
    severity=Severity.ERROR,
    needs="run",
    summary="Functions made in a loop read the last value of its variable.",
    check_run=check_run,
    seen_in="source",
    bad_source=(_example("e"),),
    good_source=(_example("e, f=f"),),
)
