"""The plan of one schedule, resolved from its node and the defaults of its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path

from lrplan.catalog.suggestions import suggest
from lrplan.clock import Cadence, Clock, ClockError, TrainingSettings
from lrplan.clock.terms import Term
from lrplan.edits import Edit
from lrplan.metric import Metric
from lrplan.node import Node, merge
from lrplan.plan import FactoryPlan, OptimizerPlan, SchedulePlan, SchedulerPlan
from lrplan.specfile.csv_column import CsvColumns
from lrplan.specfile.expressions.lengths import ExpressionLengths, unknown_total
from lrplan.specfile.lr_scale import report_unread
from lrplan.specfile.metrics import how_to_give, read_metric
from lrplan.specfile.model_errors import describe, validate
from lrplan.specfile.models import ScheduleModel, TrainingModel
from lrplan.specfile.optimizer import read_optimizer
from lrplan.specfile.parameter_groups import ParameterGroups, written_groups
from lrplan.specfile.problem_scope import ProblemScope, child_path
from lrplan.specfile.resolve.length_names import read_names
from lrplan.specfile.resolve.ramps import with_ramps
from lrplan.specfile.resolve.resolved_lengths import resolved_lengths
from lrplan.specfile.resolve.schedulers import count_schedulers, read_schedulers
from lrplan.specfile.size_limits import check_group_count, check_run_size
from lrplan.specfile.user_code.factory import optimizer_of, read_factory
from lrplan.text_position import InputText


@dataclass(frozen=True, slots=True)
class SpecDefaults:
    """The top-level settings of a file, which hold for each of its schedules."""

    source: InputText
    directory: Path
    training: Node | None
    ignore: tuple[str, ...] = ()
    training_is_broken: bool = False
    """``training`` has problems, which were reported once and are not repeated by schedule."""
    names: Mapping[str, tuple[Term, ...]] = field(default_factory=dict)
    """The lengths that the file names for all schedules."""
    columns: CsvColumns = field(default_factory=CsvColumns)
    """The CSV columns read so far."""


def resolve(
    name: str, node: Node, defaults: SpecDefaults, scope: ProblemScope
) -> SchedulePlan | None:
    """The plan of schedule ``name``, or None after reporting everything that is wrong."""
    path = child_path("schedules", name)
    if not node.is_mapping:
        message = f"schedule `{name}` must be a mapping, not {describe(node)}"
        scope.problem_at_value("wrong-type", node, path, message)
        return None
    # Nothing stops at the first problem. A schedule whose `training` is wrong is checked with a
    # placeholder clock, so that a misspelled argument of its scheduler is reported in the same run;
    # the plan is given up only after all parts have been read.
    model = validate(ScheduleModel, node, scope, path)
    names = tuple(read_names(node.get("let"), defaults.names, scope, path).items())
    clock = _clock(node, defaults, scope, path)
    clock = None if clock is None else replace(clock, names=names)
    placeholder = replace(_placeholder_clock(), names=names)
    parts = _parts(node, clock or placeholder, scope, path)
    if parts is not None and clock is not None:
        lengths = _lengths_of_metrics(clock, parts.schedulers)
    else:  # only to check the rest of a schedule that is given up
        lengths = ExpressionLengths(placeholder, Cadence("batch"), lambda: 1)
    metrics = dict(_metrics(node.get("metrics"), defaults, lengths, scope, path))
    if clock is None or model is None or parts is None:
        return None
    if not check_run_size(clock, parts.schedulers, node, scope, path):
        return None
    schedulers = tuple(
        _with_monitor(each, node, clock, metrics, scope) for each in parts.schedulers
    )
    return SchedulePlan(
        name=name,
        title=model.title,
        description=model.description,
        clock=clock,
        optimizer=parts.optimizer,
        schedulers=schedulers,
        metrics=metrics,
        resolved=resolved_lengths(schedulers),
        ignore=(*defaults.ignore, *(model.ignore or ())),
        source=defaults.source,
        node=_with_training(node, defaults),
        factory=parts.factory,
    )


@dataclass(frozen=True, slots=True)
class _Parts:
    """The parts of a schedule that become torch objects."""

    optimizer: OptimizerPlan
    schedulers: tuple[SchedulerPlan, ...]
    factory: FactoryPlan | None = None


def _parts(node: Node, clock: Clock, scope: ProblemScope, path: str) -> _Parts | None:
    if node.get("factory") is not None:
        factory = read_factory(node, clock, scope, path)
        return None if factory is None else _Parts(optimizer_of(factory), (), factory)
    optimizer_node = node.get("optimizer")
    if optimizer_node is None or optimizer_node.value is None:
        message, fix = "`optimizer` is missing", "write `optimizer: {type: SGD, lr: 0.1}`"
        scope.problem_at_key("missing-key", node, child_path(path, "optimizer"), message, fix)
    written = written_groups(optimizer_node)
    if optimizer_node is not None and not check_group_count(written, optimizer_node, scope, path):
        return None
    groups = ParameterGroups.of(written)
    optimizer = None
    if optimizer_node is not None and optimizer_node.is_mapping:
        optimizer = read_optimizer(optimizer_node, clock, scope, child_path(path, "optimizer"))
    if optimizer is not None:
        groups = groups.with_lrs_of(optimizer)
    schedulers = read_schedulers(
        node.get("scheduler"), clock, groups, scope, child_path(path, "scheduler")
    )
    if optimizer_node is None or optimizer is None:
        return None
    # A scheduler that could not be read may be the one that reads lr_scale: then say nothing.
    if optimizer.code is None and len(schedulers) == count_schedulers(node.get("scheduler")):
        report_unread(optimizer_node, groups, schedulers, scope, optimizer.path)
    return _Parts(optimizer, schedulers)


@cache
def _placeholder_clock() -> Clock:
    """A clock that knows every unit, to check the rest of a schedule whose own clock is broken."""
    try:
        return Clock.derive(
            TrainingSettings(epochs=100, dataset_size=100, batch_size=1, sequence_length=1)
        )
    except ClockError:  # the user's limits allow shorter runs only
        return Clock.derive(
            TrainingSettings(epochs=1, dataset_size=1, batch_size=1, sequence_length=1)
        )


def _with_training(node: Node, defaults: SpecDefaults) -> Node:
    training = merge(defaults.training, node.get("training"))
    if training is None:
        return node
    return replace(node, value={**dict(node.items()), "training": training})


def _clock(node: Node, defaults: SpecDefaults, scope: ProblemScope, path: str) -> Clock | None:
    own = node.get("training")
    if own is not None and own.value is not None and not own.is_mapping:
        return None
    if defaults.training_is_broken:
        if own is not None:
            validate(TrainingModel, own, scope, child_path(path, "training"))
        return None
    training = merge(defaults.training, own)
    if training is None:
        fix = "give `training: {epochs: 30, steps_per_epoch: 100}`, here or at the top"
        scope.problem_at_key(
            "missing-key", node, child_path(path, "training"), "`training` is missing", fix
        )
        return None
    return _read_clock(training, defaults, scope, child_path(path, "training"))


def _read_clock(
    training: Node, defaults: SpecDefaults, scope: ProblemScope, path: str
) -> Clock | None:
    """The clock that ``training`` describes, defaults merged in; None after reporting problems."""
    model = validate(TrainingModel, training, scope, path)
    if model is None:
        return None
    settings = model.model_dump(exclude_none=True)
    settings["skipped_steps"] = tuple(settings.get("skipped_steps", ()))
    try:
        return Clock.derive(TrainingSettings(**with_ramps(settings)))
    except ClockError as error:
        node = training.nearest(error.key) if error.key else training
        top = None if defaults.training is None else defaults.training.nearest(error.key)
        if node is not training and top is node:
            # A value at the top is wrong once, and not in each schedule again.
            scope, path = replace(scope, schedule=None), "training"
        path = child_path(path, error.key) if error.key else path
        name = "missing-key" if node is training else "bad-value"
        edits = (Edit(path, error.new),) if error.new else ()
        scope.problem_at_value(name, node, path, error.message, error.fix, edits)
        return None


def _lengths_of_metrics(clock: Clock, schedulers: tuple[SchedulerPlan, ...]) -> ExpressionLengths:
    """The lengths in the expression of a metric, such as ``total``, by the scheduler it is for.

    Where several schedulers read metrics at different ticks, or none does, they are not known.
    """
    readers = [top for top in schedulers if any(each.row.reads_metric for each in top.walk())]
    cadences = {Cadence(each.interval, each.frequency) for each in readers}
    if len(cadences) != 1:
        return ExpressionLengths(clock, None, unknown_total)
    cadence = cadences.pop()
    return ExpressionLengths(clock, cadence, partial(clock.planned_calls, cadence))


def _metrics(
    node: Node | None,
    defaults: SpecDefaults,
    lengths: ExpressionLengths,
    scope: ProblemScope,
    path: str,
) -> Iterator[tuple[str, Metric]]:
    if node is None or not node.is_mapping:
        return
    for name, value in node.items():
        metric_path = child_path(child_path(path, "metrics"), name)
        metric = read_metric(
            name,
            value,
            defaults.directory,
            scope.problems,
            path=metric_path,
            schedule=scope.schedule,
            columns=defaults.columns,
            lengths=lengths,
        )
        if metric is not None:
            yield name, metric


def _with_monitor(
    plan: SchedulerPlan,
    node: Node,
    clock: Clock,
    metrics: Mapping[str, Metric],
    scope: ProblemScope,
) -> SchedulerPlan:
    """``plan`` with ``monitor`` set to the name of the metric that its ``step()`` is given."""
    # A plateau may be inside a SequentialLR. The loop hands the metric to the outermost step(),
    # so the outermost plan gets the name, while problems point at the plateau.
    readers = [each for each in plan.walk() if each.row.reads_metric]
    if not readers:
        return plan
    reader = readers[0]
    reader_node = node.nearest(_path_in_schedule(reader.path, scope))
    declared = node.get("metrics")
    if declared is not None and set(declared.keys()) - set(metrics):
        return plan  # a metric that cannot be read was reported as such
    if reader.monitor is None and len(metrics) != 1:
        has = "no metric" if not metrics else f"{len(metrics)} metrics"
        message = f"{reader.type} reads a metric, and this schedule gives {has}"
        fix = how_to_give("val_loss") if not metrics else "name one with `monitor`"
        scope.problem_at_value("bad-metric", reader_node, reader.path, message, fix)
        return plan
    name = reader.monitor or next(iter(metrics))
    if name not in metrics:
        message = f"`monitor` names `{name}`, which `metrics` does not give"
        monitor = reader_node.get("monitor") or reader_node
        fix = suggest(name, tuple(metrics)) if metrics else how_to_give(name)
        scope.problem_at_value(
            "bad-metric", monitor, child_path(reader.path, "monitor"), message, fix
        )
        return plan
    problem = metrics[name].check_length(clock.metric_length(plan.cadence))
    if problem is not None and declared is not None:
        metric_node = declared.get(name) or declared
        scope.problem_at_value("bad-metric", metric_node, f"metrics.{name}", problem)
    return replace(plan, monitor=name)


def _path_in_schedule(path: str, scope: ProblemScope) -> str:
    return path.removeprefix(child_path("schedules", scope.schedule or "")).lstrip(".")
