"""The exact engine: the plan's objects are built and stepped to the end of the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from lrplan.clock import START, Moment, call_order
from lrplan.errors import SpecError
from lrplan.finding import spec_problem
from lrplan.limits import VALUES
from lrplan.plan import SchedulePlan
from lrplan.request import DEFAULT_REQUEST, Request
from lrplan.simulate.sampling.get_lr_probe import GetLrProbe, ProbedScheduler
from lrplan.simulate.sampling.recorder import FieldRecorder
from lrplan.simulate.sampling.warning_log import WarningLog, collect_warnings
from lrplan.simulate.stepping.identical_groups import deduplicate
from lrplan.simulate.stepping.known_classes import driven_fields, has_only_known_classes
from lrplan.simulate.stepping.loop import TrainingLoop
from lrplan.simulate.stepping.noop_step import step_without_gradients
from lrplan.simulate.stepping.tickers import tickers
from lrplan.simulate.trace_header import extra_fields, group_names, trace_of_plan
from lrplan.torch_objects.builder import LiveSchedule, build
from lrplan.torch_objects.device import resolve_device
from lrplan.torch_objects.live_schedule import step_with_gradients
from lrplan.torch_objects.user_code.environment import user_code_environment
from lrplan.trace import STANDARD_FIELDS, Trace

Progress = Callable[[int], None]


def simulate_by_stepping(
    plan: SchedulePlan,
    request: Request = DEFAULT_REQUEST,
    *,
    progress: Progress | None = None,
) -> Trace:
    """Step the real optimizer and schedulers of ``plan`` and record the values of every step.

    Groups that are sure to have the same curve are stepped once, and share their columns.

    Args:
        plan: the schedule.
        request: where parameters live, and what is recorded.
        progress: called now and then with the number of steps done since the last call.

    Raises:
        SpecError: torch refuses to build an optimizer or a scheduler.
        UsageError: there is no such device.
    """
    if request.step_optimizer or plan.optimizer.has_tensors or not has_only_known_classes(plan):
        return _run(plan, request, progress)
    distinct = deduplicate(plan)
    try:
        trace = _run(distinct.plan, request, progress)
    except SpecError:
        # torch refused to build it. Its message may contain the number of groups, so that it is
        # built once more with all groups.
        return _run(plan, request, progress)
    return replace(
        trace,
        groups=group_names(plan),
        columns={field: distinct.expand(columns) for field, columns in trace.columns.items()},
        next_values={field: distinct.expand(of) for field, of in trace.next_values.items()},
        get_lr=distinct.expand(trace.get_lr),
    )


def _run(plan: SchedulePlan, request: Request, progress: Progress | None) -> Trace:
    device = resolve_device(request.device)
    with collect_warnings() as log, user_code_environment(plan):
        live = build(plan, device)
        loop = make_loop(live.plan, live, log, request)
        failure = loop.advance(progress=progress)
    probe, recorder = loop.get_lr_probe, loop.recorder
    return replace(
        trace_of_plan(live.plan, recorder.columns(), recorder.current_values(), loop.done),
        get_lr={} if probe is None else probe.columns(loop.done),
        get_lr_note="" if probe is None else probe.note,
        warnings=log.warnings,
        failure=failure,
        device=str(device),
        engine="step",
    )


def make_loop(
    plan: SchedulePlan,
    live: LiveSchedule,
    log: WarningLog,
    request: Request,
    *,
    since: Moment = START,
    until: Moment | None = None,
    values_read: Sequence[int] = (),
) -> TrainingLoop:
    """Return the loop that takes the objects ``live`` through the run of ``plan``.

    Args:
        plan: the schedule.
        live: its objects.
        log: takes the warnings.
        request: what is recorded.
        since: how far the run has come when these objects take over.
        until: up to where schedulers are called; None for the end of the run.
        values_read: for each scheduler, how many values of its metric were read until then.

    Raises:
        SpecError: the columns would take more memory than is allowed.
    """
    groups, clock = group_names(plan), plan.clock
    extra = extra_fields(plan)
    driven = None
    # A tensor may be that of other groups too.
    if has_only_known_classes(plan) and not plan.optimizer.has_tensors:
        driven = driven_fields(plan)
    fields = len(groups) * (len(STANDARD_FIELDS) + len(extra)) if driven is None else len(driven)
    _check_memory(plan, fields)
    return TrainingLoop(
        recorder=FieldRecorder(
            live.optimizer.param_groups,
            groups,
            extra,
            clock.steps,
            driven=driven,
            start=since.steps,
        ),
        get_lr_probe=_probe(plan, live, since) if request.get_lr else None,
        log=log,
        step=step_with_gradients(live)
        if request.step_optimizer
        else step_without_gradients(plan, live),
        ticks=tickers(plan, live, since=since, values_read=values_read),
        calls=calls_of(plan, since, until),
        steps=clock.steps,
        every_step=request.step_optimizer,
    )


def calls_of(
    plan: SchedulePlan, since: Moment = START, until: Moment | None = None
) -> Iterator[tuple[int, ...]]:
    """The schedulers of ``plan`` that are called between steps, as ``call_order`` has them."""
    return call_order(plan.clock, [each.cadence for each in plan.schedulers], since, until)


def _probe(plan: SchedulePlan, live: LiveSchedule, since: Moment) -> GetLrProbe:
    probed = [ProbedScheduler(each.plan.type, each.scheduler, each.groups) for each in live.drivers]
    return GetLrProbe(
        live.optimizer.param_groups, probed, group_names(plan), plan.clock.steps, since.steps
    )


def _check_memory(plan: SchedulePlan, columns: int) -> None:
    values = plan.clock.steps * columns
    if values <= VALUES.value:
        return
    counted = f"{plan.clock.steps:,} steps of {columns:,} curves are {values:,} numbers"
    problem = spec_problem(
        "over-budget",
        f"{counted}, more than the {VALUES.value:,} that a stepped run may record",
        place=plan.node.key_place or plan.node.place,
        file=plan.source.name,
        schedule=plan.name,
        path=plan.path,
        fix=VALUES.hint,
    )
    raise SpecError([problem], plan.source)
