"""The fingerprint of a schedule: digests of all that decides its curves, and versions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import PackageNotFoundError

from lrplan._version import __version__
from lrplan.clock import TrainingSettings
from lrplan.installed_version import installed_version
from lrplan.metric import Metric
from lrplan.plan import GroupPlan, SchedulePlan, SchedulerPlan
from lrplan.specfile.expressions.expression import Expression
from lrplan.trace import Trace

_HEX = 16


def plan_digest(plan: SchedulePlan, *, format_1: bool = False) -> str:
    """A digest of everything that determines the curves of ``plan``: no titles, no comments.

    Args:
        plan: the schedule.
        format_1: as locks of format 1 have it: with the values of metrics, which have digests of
            their own now, and without the arguments of a factory.
    """
    clock = plan.clock
    inputs: dict[str, object] = {
        "run": [
            *(clock.steps, clock.batches, clock.steps_per_epoch, clock.batches_per_epoch),
            *_loop(clock.settings),
            *_ramps(clock.settings),
        ],
        "optimizer": [plan.optimizer.type, _plain(plan.optimizer.arguments)],
        "groups": [_group(group) for group in plan.optimizer.groups],
        "schedulers": [_plain(scheduler) for scheduler in plan.schedulers],
    }
    if format_1:
        inputs["metrics"] = [_metric(metric) for metric in _metrics(plan)]
    elif plan.factory is not None:
        factory = plan.factory
        own = [factory.code.text, _plain(factory.arguments), factory.interval, factory.frequency]
        inputs["factory"] = own
    return _digest(inputs)


def metric_digests(plan: SchedulePlan) -> dict[str, str]:
    """A digest of each metric, by name: of its values, wherever they are written."""
    return {metric.name: _digest(_metric(metric)) for metric in _metrics(plan)}


def loop_of(plan: SchedulePlan, trace: Trace) -> str:
    """The training loop of the run: the spec's, or that of the user's own code."""
    own = None if plan.names_loop else trace.code_loop
    return own or plan.clock.settings.loop


def _digest(inputs: object) -> str:
    return sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:_HEX]


def _group(group: GroupPlan) -> list[object]:
    frozen = [group.frozen_until] if group.frozen_until else []
    return [group.name, _plain(group.options), *frozen]


def _metrics(plan: SchedulePlan) -> list[Metric]:
    return [metric for _, metric in sorted(plan.metrics.items())]


def _loop(settings: TrainingSettings) -> list[object]:
    """The settings that only other loops than the plain one read, and skipped steps."""
    if settings.loop == "torch" and not settings.skipped_steps:
        return []
    own = [settings.world_size, settings.split_batches, settings.step_scheduler_with_optimizer]
    window = [settings.accumulate, settings.last_window]
    return [settings.loop, *own, *window, *settings.skipped_steps]


def _ramps(settings: TrainingSettings) -> list[object]:
    """The batch sizes and accumulations that change over the run; the counts do not show when."""
    ramps = (settings.batch_size_ramp, settings.accumulate_ramp)
    return [[each.points, each.is_linear, each.increment] for each in ramps if each is not None]


def _metric(metric: Metric) -> object:
    return [metric.name, _plain(metric.values), _plain(metric.expression), metric.hold]


def _plain(value: object) -> object:
    """``value`` as JSON has it; a whole float is the same as that integer."""
    if isinstance(value, SchedulerPlan):
        own = [value.type, value.interval, value.frequency, value.monitor, list(value.groups)]
        return [*own, _plain(value.arguments)]
    if isinstance(value, Expression):
        counts = [] if value.counts is None else [repr(value.counts)]
        return {"expression": value.text, **({"samples": counts} if counts else {})}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    # Before numbers: True is an int, and would become "1.0".
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    return repr(float(value)) if isinstance(value, (int, float)) else repr(value)


def versions_of(plan: SchedulePlan, trace: Trace) -> dict[str, str]:
    """lrplan, torch, and every other package whose schedulers the plan names, with releases."""
    versions = {"lrplan": __version__}
    if trace.torch:
        versions["torch"] = trace.torch
    rows = [each.row for top in plan.schedulers for each in top.walk()]
    # A row names the distribution and the release it was compared with; the installed one counts.
    for package in {row.package.partition(" ")[0] for row in rows} - {"", *versions}:
        try:
            versions[package] = installed_version(package)
        except PackageNotFoundError:
            continue
    return dict(sorted(versions.items()))
