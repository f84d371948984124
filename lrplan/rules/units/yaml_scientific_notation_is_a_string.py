"""A number or a boolean is read as text.

In YAML 1.1, which PyYAML reads, ``1e-4`` without a point is not a number but text, and ``on`` is a
boolean. In YAML 1.2, which lrplan reads, it is the other way round. In quotes everything is text.

## Why it matters

torch checks some numbers at once, and some only when they are first used: SGD and AdamW raise
``TypeError`` for text as ``lr`` at once, but ``StepLR(10, gamma="0.1")`` fails at tick 10 and a
plateau with a text for ``min_lr`` at its first cut, hours into a run. lrplan refuses the spec
instead.

## How to fix it

Leave the quotes out here: ``lr: 1e-3`` is a number in a lrplan spec. In a file that PyYAML reads,
write a point and a sign, ``1.0e-3``. Switches are ``true`` and ``false``. Large numbers may have
underscores, ``1_000_000``, but no commas.

## When it is fine

Names, choices, durations and expressions are text.

## References

weecology/DeepForest#881, hiyouga/LLaMA-Factory#4014, huggingface/trl#1450
"""

from __future__ import annotations

import re

from lrplan.lint import Explanation, Finding, Rule, Severity
from lrplan.lint.facts.problem_text import argument_in, string_in

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: "1e-3", nesterov: false, momentum: 0.9}
    scheduler: {type: CosineAnnealingLR, T_max: 30}
"""

_SEPARATED = re.compile(r'"(\d+(?:_\d+)+)" has no unit$')
_WANTS_NUMBER = re.compile(r" must be (?:a number|an integer),")


def explains(finding: Finding) -> Explanation | None:
    """A text that looks like a number or a switch, where one of these belongs."""
    name = argument_in(finding.path)
    separated = _SEPARATED.search(finding.message)
    if finding.name == "bad-duration" and separated is not None:
        message = f"`{name}` is the text '{separated[1]}', not a number"
        return Explanation(message, f"{name}: {separated[1]}")
    text = string_in(finding.message)
    if text is None or not finding.edits or finding.name not in {"wrong-type", "bad-value"}:
        return None
    fix = f"{name}: {finding.edits[0].new}"
    if " true or false" in finding.message:
        message = f"`{name}` is the text '{text}' in YAML 1.2, not true or false"
        return Explanation(message, fix)
    if not _WANTS_NUMBER.search(finding.message):
        return None
    message = f"`{name}` is the text '{text}', not a number"
    if "training" not in finding.path.split("."):
        message += ": torch fails when it first computes with it"
    return Explanation(message, fix)


RULE = Rule(
    code="LRP107",
    name="yaml-scientific-notation-is-a-string",
    severity=Severity.ERROR,
    needs="spec",
    summary="A number or a switch is written as text.",
    bad=(
        BAD,
        BAD.replace('"1e-3"', "1e-3").replace("nesterov: false", "nesterov: on"),
        BAD.replace('"1e-3"', "1e-3")
        .replace(", T_max: 30", ', T_max: "1_000"')
        .replace("30", "1000"),
    ),
    good=(BAD.replace('"1e-3"', "1e-3"),),
    reword_problem=explains,
)
