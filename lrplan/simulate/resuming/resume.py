"""The simulation of a run that is interrupted, saved, loaded into fresh objects and continued."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from lrplan.clock import Cadence, ClockError, Position
from lrplan.errors import UsageError
from lrplan.plan import SchedulePlan
from lrplan.request import DEFAULT, Request
from lrplan.resume import ResumeOptions, ResumeResult
from lrplan.simulate.resuming.checkpoint import save
from lrplan.simulate.resuming.joined_trace import JoinedTrace
from lrplan.simulate.resuming.pairing import by_group_of, changes_between, check_pair
from lrplan.simulate.resuming.restore import rebuild_and_restore
from lrplan.simulate.sampling.warning_log import collect_warnings
from lrplan.simulate.stepping.engine import make_loop
from lrplan.simulate.stepping.loop import Loop
from lrplan.simulate.trace_header import group_names, trace_of_plan
from lrplan.torch_objects.builder import build
from lrplan.torch_objects.device import resolve_device
from lrplan.torch_objects.user_code.environment import user_code_environment
from lrplan.trace import Failure, Mark, Trace

_WHOLE = re.compile(r"[0-9][0-9_]{0,18}")


def resume(
    plan: SchedulePlan,
    later: SchedulePlan,
    options: ResumeOptions,
    request: Request = DEFAULT,
    *,
    progress: Callable[[int], None] | None = None,
) -> ResumeResult:
    """Run ``plan`` up to the checkpoint, and ``later`` from the restored state.

    Args:
        plan: the schedule whose run is interrupted.
        later: the plan of the new process; ``plan`` itself where it is the same.
        options: the step of the checkpoint, and what is restored.
        request: where parameters live.
        progress: called now and then with the number of steps done since the last call.

    Raises:
        SpecError: torch refuses to build an optimizer or a scheduler.
        UsageError: there is no such device, or no such step to stop at.
        LrplanError: a state cannot be saved or loaded.
    """
    check_pair(plan, later, options)
    planned = None
    saved_step = step_of(options.at, plan)
    position = _resumed_position(saved_step, plan, later)
    values_read = _values_read(saved_step, plan, later, position)
    device = resolve_device(request.device)
    with user_code_environment(plan), collect_warnings() as log:
        live = build(plan, device)
        first = make_loop(plan, live, log, request)
        _check_running(first.advance(saved_step, progress), plan, saved_step)
        expected, checkpoint = first.recorder.current_values(), save(live)
        joined = JoinedTrace(
            plan=plan,
            later=later,
            saved_step=saved_step,
            resumed_step=position.steps,
            columns_before=first.recorder.columns(),
            device=str(device),
        )
        if later is plan:
            unbroken = joined.trace(first, first.advance())  # goes on without a break
    if later is not plan:
        with user_code_environment(later), collect_warnings() as log:
            whole = make_loop(later, build(later, device), log, request)
            failure = whole.advance()
            planned, unbroken = _own_trace(later, whole, failure), joined.trace(whole, failure)
    calls = _calls(plan, saved_step)
    with user_code_environment(later), collect_warnings() as log:
        live = rebuild_and_restore(later, device, options, checkpoint, calls)
        second = make_loop(later, live, log, request, since=position, values_read=values_read)
        restored = second.recorder.current_values()
        trace = joined.trace(second, second.advance(progress=progress))
    return ResumeResult(
        options=options,
        step=saved_step,
        unbroken=unbroken,
        trace=replace(
            trace,
            unbroken=unbroken.columns,
            marks=(*trace.marks, Mark(saved_step, "resume", "resume")),
        ),
        expected=by_group_of(group_names(later), expected),
        restored=restored,
        calls=calls,
        later=later,
        planned=planned,
        changes=() if later is plan else tuple(changes_between(plan, later)),
        unsafe=checkpoint.unsafe,
    )


def _own_trace(plan: SchedulePlan, loop: Loop, failure: Failure | None) -> Trace:
    """The trace of a run of ``plan`` alone."""
    columns, ahead = loop.recorder.columns(), loop.recorder.current_values()
    return replace(trace_of_plan(plan, columns, ahead, loop.done), failure=failure)


def _calls(plan: SchedulePlan, step: int) -> tuple[int, ...]:
    """How often each outermost scheduler was called before ``step``."""
    return tuple(plan.clock.calls_before_step(each.cadence, step) for each in plan.schedulers)


def step_of(text: str, plan: SchedulePlan) -> int:
    """Return ``text``, a number of steps or a duration, as steps of the run of ``plan``.

    Raises:
        UsageError: it is neither, or not within the run.
    """
    clock = plan.clock
    try:
        step = int(text) if _WHOLE.fullmatch(text) else clock.resolve(text, Cadence("step"))
    except ClockError as error:
        hint = f" ({error.fix})" if error.fix else ""
        raise UsageError(f"--resume-at {text!r}: {error.message}{hint}") from None
    if not 1 <= step <= clock.steps:
        message = f"--resume-at {text}: {plan.name} has {clock.steps:,} steps"
        raise UsageError(f"{message}; give 1 to {clock.steps}, or a duration such as 50%")
    return step


def _resumed_position(saved_step: int, plan: SchedulePlan, later: SchedulePlan) -> Position:
    """The position in the run of ``later`` when so many steps of ``plan`` are done.

    Raises:
        UsageError: no step is left, or its epochs differ and the saved step is within one.
    """
    old, new = plan.clock, later.clock
    # The same batches a step: step and batch are where they were. Other ones, in epochs: whole
    # epochs are done, say 5 of 100 steps, which are 250 steps at twice the batch size. Without
    # epochs: the same number of steps, whatever batches they had.
    if old.batching.windows == new.batching.windows:
        position = Position(saved_step, old.position(saved_step).batches)
    elif old.epochs is not None and new.epochs is not None:
        batches = _epoch(saved_step, plan) * int(new.batching.ticks_of_epoch("batch"))
        position = Position(new.batching.steps_by(batches), batches)
    elif saved_step < old.steps:
        position = new.position(saved_step)
    else:
        position = Position(saved_step, new.batching.batches_at(saved_step - 1))
    if position.steps >= new.steps:
        message = f"after step {saved_step} nothing is left to run of {plan.name}"
        raise UsageError(f"{message}: resume earlier, or train longer: --resume-training epochs=N")
    return position


def _epoch(saved_step: int, plan: SchedulePlan) -> int:
    """The epoch that begins when so many steps of ``plan`` are done.

    Raises:
        UsageError: none does.
    """
    clock = plan.clock
    batches = clock.position(saved_step).batches
    epoch, rest = divmod(batches, int(clock.batching.ticks_of_epoch("batch")))
    at_end = saved_step == clock.steps
    begins = rest == 0 if at_end else clock.step_of_tick(epoch, "epoch") == saved_step
    if not begins:
        inside = f"step {saved_step} of {plan.name} is inside one"
        message = f"the training changes what an epoch is, and {inside}"
        raise UsageError(f"{message}: resume at the end of an epoch, such as {max(epoch, 1)}ep")
    return epoch


def _values_read(
    saved_step: int, plan: SchedulePlan, later: SchedulePlan, position: Position
) -> tuple[int, ...]:
    """For each scheduler, how many values of its metric were read before the checkpoint.

    Raises:
        UsageError: the rest of the run reads more than there are.
    """
    old, new = plan.clock, later.clock
    counts = []
    for index, scheduler in enumerate(later.schedulers):
        # A metric has a value for each tick of the scheduler that reads it.
        done = new.metric_length(scheduler.cadence, position)
        left = new.metric_length(scheduler.cadence) - done
        before = plan.schedulers[index] if index < len(plan.schedulers) else None
        if before is not None and before.interval == scheduler.interval:
            done = old.metric_length(before.cadence, old.position(saved_step))
        counts.append(done)
        metric = later.metrics.get(scheduler.monitor or "")
        problem = None if metric is None else metric.check_length(done + left)
        if problem is not None:
            raise UsageError(f"--resume-at {saved_step}: {problem}")
    return tuple(counts)


def _check_running(failure: Failure | None, plan: SchedulePlan, saved_step: int) -> None:
    if failure is not None:
        message = f"{plan.name} stops after step {failure.step}, before it could be resumed"
        raise UsageError(f"{message} at step {saved_step}: {failure.message}")
