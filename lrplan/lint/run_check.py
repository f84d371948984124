"""Runs rules over an observed run: a recording, or the source of a training script."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from lrplan.finding import Finding
from lrplan.lint.causes import keep_causes
from lrplan.lint.registry import all_rules
from lrplan.lint.rule import Rule, RunHit
from lrplan.lint.run_context import RunContext
from lrplan.observation import Evidence, Observation


def check_observation(observation: Observation) -> list[Finding]:
    """Run every rule about runs; return the findings in the order of the lines.

    A line that is reached several times gets each finding once. Of several findings with the same
    cause, the most specific one is kept.
    """
    context = RunContext(observation)
    about: dict[Finding, int | None] = {}
    for rule in run_rules(observation.evidence):
        for finding, scheduler in _findings(rule, context):
            about.setdefault(finding, None if scheduler is None else context.top(scheduler))
    kept = keep_causes(about, about.__getitem__)
    return sorted(kept, key=lambda each: (each.file, each.line, each.rule, each.message))


def run_rules(evidence: Evidence) -> Sequence[Rule]:
    """The rules that look at recordings, or at training source, in the order of their codes."""
    return [
        rule
        for rule in all_rules().values()
        if rule.check_run is not None and rule.seen_in in ("any", evidence)
    ]


def _findings(rule: Rule, context: RunContext) -> Iterator[tuple[Finding, int | None]]:
    # As with plans: of numbers that overflow another rule has more to say.
    with contextlib.suppress(ArithmeticError):
        for hit in () if rule.check_run is None else rule.check_run(context):
            yield _finding(rule, hit), hit.scheduler


def _finding(rule: Rule, hit: RunHit) -> Finding:
    place = hit.location
    line, column = max(place.line, 1), max(place.column, 1)
    return Finding(
        rule=rule.code,
        name=rule.name,
        message=hit.message,
        severity=hit.severity or rule.severity,
        fix=hit.fix,
        file=place.file,
        line=line,
        column=column,
        end_line=place.end_line or line,
        end_column=place.end_column or column,
        step=hit.step,
        text_edits=hit.edits,
    )
