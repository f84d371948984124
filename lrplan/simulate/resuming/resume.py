"""The simulation of a run that is interrupted, saved, loaded into fresh objects and continued."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import torch

from lrplan.clock import ClockError, Moment
from lrplan.errors import UsageError
from lrplan.plan import SchedulePlan
from lrplan.request import DEFAULT_REQUEST, Request
from lrplan.resume import ResumeOptions, ResumeResult
from lrplan.simulate.resuming.checkpoint import Checkpoint, save
from lrplan.simulate.resuming.frozen_parts import with_frozen_parts
from lrplan.simulate.resuming.joined_trace import JoinedTrace
from lrplan.simulate.resuming.pairing import changes_between, check_pair, with_group_names_of
from lrplan.simulate.resuming.restore import rebuild_and_restore
from lrplan.simulate.sampling.warning_log import collect_warnings
from lrplan.simulate.stepping.engine import calls_of, make_loop
from lrplan.simulate.stepping.loop import TrainingLoop
from lrplan.simulate.trace_header import group_names, trace_of_plan
from lrplan.text import quantity
from lrplan.torch_objects.builder import build
from lrplan.torch_objects.device import resolve_device
from lrplan.torch_objects.user_code.environment import user_code_environment
from lrplan.trace import Failure, Mark, Trace

_WHOLE = re.compile(r"[0-9]+(_[0-9]+)*")
_DIGITS = 30
"""Digits of a number of steps that are read: no run has more."""


def resume(
    plan: SchedulePlan,
    resumed_plan: SchedulePlan,
    options: ResumeOptions,
    request: Request = DEFAULT_REQUEST,
    *,
    progress: Callable[[int], None] | None = None,
) -> ResumeResult:
    """Run ``plan`` up to the checkpoint, and ``resumed_plan`` from the restored state.

    Args:
        plan: the schedule whose run is interrupted.
        resumed_plan: the plan of the new process; ``plan`` itself where it is the same.
        options: the step of the checkpoint, and what is restored.
        request: where parameters live.
        progress: called now and then with the number of steps done since the last call.

    Raises:
        SpecError: torch refuses to build an optimizer or a scheduler.
        UsageError: there is no such device, or no such step to stop at.
        LrplanError: a state cannot be saved or loaded.
    """
    check_pair(plan, resumed_plan, options)
    saved = saved_position(options.at, plan)
    position = _resumed_position(saved, plan, resumed_plan)
    values_read = _values_read(saved, plan, resumed_plan, position)
    device = resolve_device(request.device)
    first = _run_to_checkpoint(plan, resumed_plan, (saved, position), device, request, progress)
    planned, unbroken = None, first.unbroken
    if unbroken is None:
        planned, unbroken = _run_whole(resumed_plan, first.joined, device, request)
    calls = tuple(plan.clock.calls_made(each.cadence, saved) for each in plan.schedulers)
    with user_code_environment(resumed_plan), collect_warnings() as log:
        live = rebuild_and_restore(resumed_plan, device, options, first.checkpoint, calls)
        second = make_loop(
            resumed_plan, live, log, request, since=position, values_read=values_read
        )
        restored = second.recorder.current_values()
        trace = first.joined.trace(second, second.advance(progress=progress))
    result = ResumeResult(
        options=options,
        step=saved.steps,
        unbroken=unbroken,
        trace=replace(
            trace,
            unbroken=unbroken.columns,
            marks=(*trace.marks, Mark(saved.steps, "resume", "resume")),
        ),
        expected=with_group_names_of(group_names(resumed_plan), first.expected),
        restored=restored,
        calls=calls,
        resumed_plan=resumed_plan,
        planned=planned,
        changes=() if resumed_plan is plan else tuple(changes_between(plan, resumed_plan)),
        unsafe=first.checkpoint.unsafe,
    )
    return with_frozen_parts(plan, result)


@dataclass(frozen=True, slots=True)
class _FirstProcess:
    """The trace and the checkpoint that the interrupted process leaves."""

    expected: Mapping[str, Mapping[str, float]]
    """The values that its next step would be given."""
    checkpoint: Checkpoint
    joined: JoinedTrace
    unbroken: Trace | None
    """The trace of its run without the interruption; None where another plan continues it."""


def _run_to_checkpoint(
    plan: SchedulePlan,
    resumed_plan: SchedulePlan,
    positions: tuple[Moment, Moment],
    device: torch.device,
    request: Request,
    progress: Callable[[int], None] | None,
) -> _FirstProcess:
    saved, position = positions
    with user_code_environment(plan), collect_warnings() as log:
        live = build(plan, device)
        loop = make_loop(plan, live, log, request, until=saved)
        _check_running(loop.advance(saved.steps, progress), plan, saved.steps)
        expected, checkpoint = loop.recorder.current_values(), save(live)
        joined = JoinedTrace(
            plan=plan,
            resumed_plan=resumed_plan,
            saved_step=saved.steps,
            resumed_step=position.steps,
            columns_before=loop.recorder.columns(),
            device=str(device),
        )
        unbroken = None
        if resumed_plan is plan:
            loop.replace_calls(calls_of(plan, since=saved))
            unbroken = joined.trace(loop, loop.advance())
    return _FirstProcess(expected, checkpoint, joined, unbroken)


def _run_whole(
    resumed_plan: SchedulePlan, joined: JoinedTrace, device: torch.device, request: Request
) -> tuple[Trace, Trace]:
    """The trace of the new plan alone, and the one that continues the old plan by it."""
    with user_code_environment(resumed_plan), collect_warnings() as log:
        whole = make_loop(resumed_plan, build(resumed_plan, device), log, request)
        failure = whole.advance()
        return _own_trace(resumed_plan, whole, failure), joined.trace(whole, failure)


def _own_trace(plan: SchedulePlan, loop: TrainingLoop, failure: Failure | None) -> Trace:
    """The trace of a run of ``plan`` alone."""
    columns, ahead = loop.recorder.columns(), loop.recorder.current_values()
    return replace(trace_of_plan(plan, columns, ahead, loop.done), failure=failure)


def saved_position(text: str, plan: SchedulePlan) -> Moment:
    """The moment in the run of ``plan`` that ``text``, a number of steps or a duration, means.

    Raises:
        UsageError: it is neither, or not within the run.
    """
    clock = plan.clock
    try:
        if _WHOLE.fullmatch(text):
            position = clock.position_after(int(text.replace("_", "")[:_DIGITS]))
        else:
            position = clock.position_at(text)
    except ClockError as error:
        hint = f" ({error.fix})" if error.fix else ""
        raise UsageError(f"--resume-at {text!r}: {error.message}{hint}") from None
    if not 1 <= position.steps <= clock.steps:
        message = f"--resume-at {text}: {plan.name} has {quantity(clock.steps, 'step')}"
        raise UsageError(f"{message}; give 1 to {clock.steps}, or a duration such as 50%")
    return position


def _resumed_position(saved: Moment, plan: SchedulePlan, resumed_plan: SchedulePlan) -> Moment:
    """The position in the run of ``resumed_plan`` when that of ``plan`` has come to ``saved``.

    Raises:
        UsageError: no step is left, or its epochs differ and ``saved`` is within one.
    """
    old, new = plan.clock, resumed_plan.clock
    # If a step has as many batches as before, step and batch are kept. If not, and the run has
    # epochs, whole epochs are kept: 5 epochs of 100 steps are 250 steps at twice the batch size.
    # Without epochs, the number of steps is kept, whatever the batches were.
    if old.batching.windows == new.batching.windows:
        position = saved
    elif old.epochs is not None and new.epochs is not None:
        batches = _epoch(saved, plan) * int(new.batching.ticks_per_epoch("batch"))
        position = Moment(new.batching.steps_after_batches(batches), batches)
    else:
        position = new.position_after(saved.steps)
    if position.steps >= new.steps:
        message = f"after step {saved.steps} nothing is left to run of {plan.name}"
        raise UsageError(f"{message}: resume earlier, or train longer: --resume-training epochs=N")
    return position


def _epoch(saved: Moment, plan: SchedulePlan) -> int:
    """The epoch of ``plan`` that begins at ``saved``.

    Raises:
        UsageError: none does.
    """
    batching = plan.clock.batching
    per_epoch = int(batching.ticks_per_epoch("batch"))
    epoch, rest = divmod(saved.batches, per_epoch)
    if rest:
        inside = f"step {saved.steps} of {plan.name} is inside one"
        message = f"the training changes what an epoch is, and {inside}"
        # There is a checkpoint only where a step was made: a window may be longer than an epoch.
        near = epoch if batching.steps_after_batches(epoch * per_epoch) else epoch + 1
        raise UsageError(f"{message}: resume at the end of an epoch, such as {near}ep")
    return epoch


def _values_read(
    saved: Moment, plan: SchedulePlan, resumed_plan: SchedulePlan, position: Moment
) -> tuple[int, ...]:
    """For each scheduler, how many values of its metric were read before the checkpoint.

    Raises:
        UsageError: the rest of the run reads more than there are.
    """
    old, new = plan.clock, resumed_plan.clock
    counts = []
    for index, scheduler in enumerate(resumed_plan.schedulers):
        # A metric has a value for each tick of the scheduler that reads it.
        done = new.metric_length(scheduler.cadence, position)
        left = new.metric_length(scheduler.cadence) - done
        before = plan.schedulers[index] if index < len(plan.schedulers) else None
        if before is not None and before.interval == scheduler.interval:
            done = old.metric_length(before.cadence, saved)
        counts.append(done)
        metric = resumed_plan.metrics.get(scheduler.monitor or "")
        problem = None if metric is None else metric.check_length(done + left)
        if problem is not None:
            raise UsageError(f"--resume-at {saved.steps}: {problem}")
    return tuple(counts)


def _check_running(failure: Failure | None, plan: SchedulePlan, saved_step: int) -> None:
    if failure is not None:
        message = f"{plan.name} stops after step {failure.step}, before it could be resumed"
        raise UsageError(f"{message} at step {saved_step}: {failure.message}")
