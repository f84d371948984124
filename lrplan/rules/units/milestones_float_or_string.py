"""Milestones and other numbers of ticks that are not whole numbers never match, or match late.

``MultiStepLR`` counts its milestones in a dictionary and looks each tick up there. A 2.5 or a
``"20"`` is never equal to a tick, so the cut never comes, and there is no warning. lrplan refuses
such a spec. timm's schedulers compare ticks with their lengths, so fractions work there, and lrplan
accepts them for timm. A fraction below 1 is then a part of one tick, not a share of the run.

## Why it matters

On torch 2.13 ``MultiStepLR([2.5, 5])`` cuts at 5 only; with ``["20"]`` the learning rate is the
same after 30 ticks as before. ``StepLR(2.5)`` cuts at ticks 5 and 10, where a multiple of 2.5
happens to be whole. ``noise_range_t: [0.42, 0.9]`` of timm's classes, copied from
``--lr-noise 0.42 0.9`` of its training script (which multiplies by ``t_initial`` first), never adds
any noise: no tick lies between 0.42 and 0.9.

## How to fix it

Write whole numbers of ticks without quotes, or durations, which lrplan rounds to ticks itself:
``[2.5ep, 5ep]`` is fine when the scheduler ticks per step. A share of the run has a unit too: 42%.

## When it is fine

A whole number with a point, such as ``20.0``, is taken as 20. A fraction above 1 for a length of
timm's, such as the ``decay_t: 2.4`` of its EfficientNet recipes; one below 1 is a warning.

## References

Pointcept/Pointcept#379
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import (
    Context,
    Explanation,
    Finding,
    Hit,
    Rule,
    Severity,
    Span,
    ticks,
    without_commas,
)
from lrplan.lint.facts.problem_text import FRACTION, argument_in, string_in

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: MultiStepLR, milestones: [15, 22.5]}
"""

_OTHERS = ("T_max", "total_iters", "num_warmup_steps")
"""Arguments whose fractions are rules of their own."""


def check(context: Context) -> Iterator[Hit]:
    """Fractions of one tick, where a fraction is taken; for others see ``explains``."""
    for span in context.spans():
        for each in span.scheduler.row.arguments:
            value = span.scheduler.arguments.get(each.name)
            given = value if isinstance(value, list) else [value]
            parts = [part for part in given if isinstance(part, float) and 0 < part < 1]
            if each.fractional and parts:
                yield _part_of_a_tick(context, span, each.name, parts)


def _part_of_a_tick(context: Context, span: Span, name: str, parts: list[float]) -> Hit:
    written = ", ".join(map(without_commas, parts))
    less = "is less than one" if len(parts) == 1 else "are less than one each"
    verb = "counts" if len(parts) == 1 else "count"
    return Hit(
        path=context.path_of(span.scheduler, name),
        message=(
            f"{name} {written} {verb} ticks and {less}: a share of the run's"
            f" {ticks(span.ticks, span.top)} needs a unit"
        ),
        fix=f"{', '.join(f'{without_commas(100 * part)}%' for part in parts)}, if shares are meant",
        severity=Severity.WARNING,
    )


def explains(finding: Finding) -> Explanation | None:
    """A number of ticks with a fraction, or in quotes."""
    argument, text = argument_in(finding.path), string_in(finding.message)
    if finding.name == "wrong-type" and argument == "milestones" and text is not None:
        return Explanation(finding.message, f"milestones: [{text}], without quotes")
    if finding.name != "bad-duration":
        return None
    if FRACTION in finding.message and argument not in _OTHERS:
        return Explanation(f"{finding.message}, so no tick is equal to it", finding.fix)
    if finding.message.endswith(" has no unit") and "_" not in finding.message.split('"')[1]:
        message = f"{finding.message}, and in quotes it is a text, not a number"
        return Explanation(message, finding.fix)
    return None


RULE = Rule(
    code="LRP106",
    name="milestones-float-or-string",
    severity=Severity.ERROR,
    needs="spec",
    summary="A number of ticks has a fraction, or is a text.",
    bad=(
        BAD,
        BAD.replace("[15, 22.5]", '["15", "22"]'),
        BAD.replace("[15, 22.5]", '"15, 22"'),
        BAD.replace("MultiStepLR, milestones: [15, 22.5]", "StepLR, step_size: 2.5"),
        BAD.replace("MultiStepLR, milestones: [15, 22.5]", 'StepLR, step_size: "10"'),
    ),
    good=(BAD.replace("22.5", "22.0"), BAD.replace("22.5", "22.5ep")),
    check=check,
    reword_problem=explains,
)
