"""A duration is shorter than half a tick, so it is rounded to 0.

``0.4ep`` is 40 steps in an epoch of 100, but a scheduler that ticks once an epoch cannot wait for
less than one tick: the duration is rounded to 0 of them. So is ``10st``, or ``1%`` of 30 epochs.

## Why it matters

A length of 0 ticks does not act like a short one. ``StepLR`` and ``CosineAnnealingLR`` divide by it
and raise ``ZeroDivisionError`` at the first tick; ``LinearLR`` stays at ``start_factor`` forever (a
warm-up from 0.1 to 1 over ``0.4ep`` trains at a tenth of the learning rate); ``PolynomialLR`` never
decays.

## How to fix it

Tick per step (``interval: step``), where the duration is many ticks, or round it up yourself.

## When it is fine

A 0 that is written as ``0`` or ``0ep``. A warm-up, a patience or a milestone that is rounded to 0
is a warning, not an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lrplan.clock import ClockError, parse_duration
from lrplan.lint import (
    Context,
    Edit,
    Explanation,
    Finding,
    Hit,
    Rule,
    Severity,
    Span,
    child_path,
    count,
    write_values,
)
from lrplan.lint.facts.lengths import counts_ticks, node_at
from lrplan.lint.facts.problem_text import argument_in, string_in

BAD = """\
training: {epochs: 30, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LinearLR, start_factor: 0.1, total_iters: 0.4ep}
"""
RESTARTS = BAD.replace(
    "LinearLR, start_factor: 0.1, total_iters: 0.4ep", "CosineAnnealingWarmRestarts, T_0: 10st"
)

_NEEDED = frozenset({"T_max", "T_0", "step_size", "total_iters", "step_size_up", "total_steps"})
_AT_LEAST_ONE = re.compile(r" must be (at least 1|more than 0), not the string ")


def check(context: Context) -> Iterator[Hit]:
    """Every duration that is more than nothing and resolves to no tick."""
    for span in context.spans():
        for argument_row in span.scheduler.row.arguments:
            if argument_row.kind in {"duration", "durations"}:
                yield from _of_argument(context, span, argument_row.name)


def _of_argument(context: Context, span: Span, name: str) -> Iterator[Hit]:
    value = span.scheduler.arguments.get(name)
    path = context.path_of(span.scheduler, name)
    for index, ticks in enumerate(value if isinstance(value, list) else [value]):
        value_path = child_path(path, index) if isinstance(value, list) else path
        text = node_at(context, value_path).value
        if ticks == 0 and isinstance(text, str) and _is_rounded(context, span, text):
            yield _hit(context, span, value_path, name, text)


def _is_rounded(context: Context, span: Span, text: str) -> bool:
    """Return True if ``text``, a duration, a difference or a name, is more than no tick."""
    clock, interval = context.clock, span.top.interval
    try:
        length = clock.batching.terms_to_ticks(clock.terms(text), interval, clock.length(interval))
    except ClockError:
        return False
    return length > 0


def _hit(context: Context, span: Span, path: str, name: str, text: str) -> Hit:
    top = span.top
    pulse = top.interval if top.frequency == 1 else count(top.frequency, top.interval)
    return Hit(
        path=path,
        message=f"{name} {text} is rounded to 0 ticks: the scheduler ticks once per {pulse}",
        fix="interval: step" if top.interval == "epoch" else f"a longer {name}",
        edits=_edits(context, span),
        severity=None if name in _NEEDED and span.ticks else Severity.WARNING,
    )


def _edits(context: Context, span: Span) -> tuple[Edit, ...]:
    """A tick per step, unless something in the scheduler counts epochs without a unit."""
    top = span.top
    if top.interval != "epoch" or top.frequency != 1 or counts_ticks(context, top):
        return ()
    return write_values(top.path, {"interval": "step"})


def _per_step(path: str) -> tuple[Edit, ...]:
    """A tick per step for the scheduler whose argument is at ``path``."""
    owner = path.rpartition(".")[0]
    return write_values(owner, {"interval": "step"}) if owner.endswith(".scheduler") else ()


def explains(finding: Finding) -> Explanation | None:
    """A duration that its argument refuses as 0."""
    text = string_in(finding.message)
    refused = finding.name == "bad-value" and _AT_LEAST_ONE.search(finding.message)
    if text is None or not refused or not _is_something(text):
        return None
    name = argument_in(finding.path)
    message = f"{name} {text} is rounded to 0 ticks, and there must be one"
    return Explanation(message, "interval: step", _per_step(finding.path))


def _is_something(text: str) -> bool:
    try:
        return parse_duration(text).amount > 0
    except ClockError:
        return False


RULE = Rule(
    code="LRP110",
    name="duration-rounds-to-zero",
    severity=Severity.ERROR,
    needs="spec",
    summary="A duration is too short for a single tick.",
    bad=(BAD, RESTARTS),
    good=(
        BAD.replace("0.4ep", "0.4ep, interval: step"),
        BAD.replace("0.4ep", "2ep"),
        RESTARTS.replace("10st", "1000st"),
    ),
    check=check,
    reword_problem=explains,
    supersedes=(
        "cannot-build",
        "linear-constant-total-iters-zero",
        "schedule-changes-nothing",
        "stops-midway",
        "zero-or-degenerate-length-fails-late",
    ),
)
