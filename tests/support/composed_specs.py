"""Findings and learning rates of single schedulers, for the tests of rules."""

from __future__ import annotations

from collections.abc import Collection

from lrplan.finding import Severity
from tests.support.rule_runs import findings
from tests.support.specs import SGD, trace

LINEAR = "{type: LinearLR, start_factor: 0.1, total_iters: 3}"


def among(
    rules: Collection[str], text: str, torch: str = "2.13.0", least: Severity = Severity.INFO
):
    """The findings about ``text`` that bear one of those names, down to a severity."""
    reported = findings(text, torch)
    return [f for f in reported if f.name in rules and f.severity.rank <= least.rank]


def used(scheduler: str, ticks: int, optimizer: str = SGD):
    """The rates of the first ``ticks`` ticks, as lrplan applies them."""
    text = f"optimizer: {optimizer}\nscheduler: {scheduler}"
    run = trace(text, f"epochs: {ticks}, steps_per_epoch: 1")
    return list(next(iter(run.lr.values())))
