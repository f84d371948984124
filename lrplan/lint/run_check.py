"""Runs rules over an observed run: a recording, or the source of a training script."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lrplan.finding import Finding
from lrplan.lint.registry import all_rules
from lrplan.lint.run_context import RunContext

if TYPE_CHECKING:
    from lrplan.lint.rule import Rule, RunHit
    from lrplan.observation import Observation


def check_observation(observation: Observation) -> list[Finding]:
    """Run every rule about runs; return the findings in the order of the lines.

    A line that is reached several times draws each finding once.
    """
    context = RunContext(observation)
    findings = {finding: None for rule in run_rules() for finding in _findings(rule, context)}
    return sorted(findings, key=lambda each: (each.file, each.line, each.rule, each.message))


def run_rules() -> Sequence[Rule]:
    """The rules that look at recordings or training source, in the order of their codes."""
    return [rule for rule in all_rules().values() if rule.check_run is not None]


def _findings(rule: Rule, context: RunContext) -> Iterator[Finding]:
    # As with plans: of numbers that overflow another rule has more to say.
    with contextlib.suppress(ArithmeticError):
        for hit in () if rule.check_run is None else rule.check_run(context):
            yield _finding(rule, hit)


def _finding(rule: Rule, hit: RunHit) -> Finding:
    line = max(hit.location.line, 1)
    return Finding(
        rule=rule.code,
        name=rule.name,
        message=hit.message,
        severity=hit.severity or rule.severity,
        fix=hit.fix,
        file=hit.location.file,
        line=line,
        end_line=line,
        step=hit.step,
    )
