"""A warm-up is given as a share of the run where transformers counts steps.

The Trainer of transformers took a share as ``warmup_ratio`` up to 5.1; since 5.2 it takes it as a
``warmup_steps`` below 1. ``get_scheduler``, which makes the schedule, takes steps alone: a share of
0.1 is a tenth of a step there.

## Why it matters

``get_linear_schedule_with_warmup(optimizer, 0.1, 100)`` raises nothing. The first update runs at 0
and the second at 0.991 of the base: there is no warm-up. On 5.2 and later ``warmup_ratio`` is a
``TypeError``, and before 5.0 a ``warmup_steps`` of 0.1 is no share either.

## How to fix it

In a spec a share is a duration: ``num_warmup_steps: 10%``. In a script, multiply, and round up as
the Trainer does.

## When it is fine

Never: a warm-up cannot last a part of a step.

## References

huggingface/transformers#41326, huggingface/peft#2949
"""

from __future__ import annotations

import re

from lrplan.lint import Explanation, Finding, Rule, Severity
from lrplan.lint.facts.problem_text import FRACTION, argument_in

BAD = """\
training: {steps: 100}
schedules:
  run:
    optimizer: {type: AdamW, lr: 1e-3}
    scheduler: {type: transformers:linear, num_warmup_steps: 0.1, num_training_steps: 100}
"""
RATIO = """\
training: {steps: 100}
schedules:
  run:
    optimizer: {type: AdamW, lr: 1e-3}
    scheduler: {type: transformers:linear, warmup_ratio: 0.1, num_training_steps: 100}
"""
GOOD = BAD.replace("0.1", "10%")

_SHARE = re.compile(r"`num_warmup_steps`: (0\.\d+) ")
_OF_TRANSFORMERS = re.compile(r"^unknown key `warmup_ratio` for (transformers|diffusers):")


def explains(finding: Finding) -> Explanation | None:
    """A share where steps belong, or ``warmup_ratio`` itself."""
    share = _SHARE.match(finding.message)
    if argument_in(finding.path) == "num_warmup_steps" and share and FRACTION in finding.message:
        text = f"num_warmup_steps counts steps: {share[1]} of one is no warm-up"
        fix = f"num_warmup_steps: {float(share[1]):.12g} is {100 * float(share[1]):.12g}%"
        return Explanation(text, fix)
    if _OF_TRANSFORMERS.match(finding.message):
        fix = "num_warmup_steps, which takes a share: 10%"
        return Explanation("get_scheduler takes no warmup_ratio", fix)
    return None


RULE = Rule(
    code="LRP445",
    name="hf-warmup-ratio-and-steps",
    severity=Severity.ERROR,
    needs="spec",
    summary="A share of the run stands where transformers counts warm-up steps.",
    bad=(BAD, RATIO),
    good=(GOOD,),
    reword_problem=explains,
    extra="transformers",
)
