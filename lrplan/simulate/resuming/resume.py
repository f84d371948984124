"""A run that is interrupted: its state is saved, loaded into fresh objects, and it goes on."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from lrplan.clock import ClockError, Position
from lrplan.errors import UsageError
from lrplan.plan import SchedulerPlan
from lrplan.request import DEFAULT
from lrplan.resume import Change, ResumeResult
from lrplan.simulate.resuming.checkpoint import save
from lrplan.simulate.resuming.joined_trace import JoinedTrace
from lrplan.simulate.resuming.restore import rebuild_and_restore
from lrplan.simulate.sampling.warning_log import collect_warnings
from lrplan.simulate.stepping.engine import make_loop
from lrplan.specfile.problem_scope import child_path
from lrplan.torch_objects.builder import build
from lrplan.torch_objects.device import resolve_device
from lrplan.torch_objects.user_code.environment import user_code_environment
from lrplan.trace import Mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lrplan.plan import SchedulePlan
    from lrplan.request import Request
    from lrplan.resume import ResumeOptions
    from lrplan.trace import Failure

_WHOLE = re.compile(r"[0-9][0-9_]{0,18}")


def resume(
    plan: SchedulePlan,
    later: SchedulePlan,
    asked: ResumeOptions,
    request: Request = DEFAULT,
    *,
    progress: Callable[[int], None] | None = None,
) -> ResumeResult:
    """Run ``plan`` up to the checkpoint, and ``later`` from what is restored of it.

    Args:
        plan: the schedule whose run is interrupted.
        later: the same with the training of the new process; ``plan`` itself where it is the same.
        asked: where, and what is restored.
        request: where parameters live.
        progress: called now and then with the number of steps done since the last call.

    Raises:
        SpecError: torch refuses to build an optimizer or a scheduler.
        UsageError: there is no such device, or no such step to stop at.
        LrplanError: a state cannot be saved or loaded.
    """
    if plan.factory is not None:
        told = f"{plan.name} is made by {plan.factory.code.text}"
        raise UsageError(f"{told}: name its optimizer and scheduler in the spec to resume it")
    at = step_of(asked.at, plan)
    position = _position(at, plan, later)
    values_read = _values_read(at, plan, later, position)
    where = resolve_device(request.device)
    with user_code_environment(plan), collect_warnings() as log:
        built = build(plan, where)
        first = make_loop(plan, built, log, request)
        _check_alive(first.advance(at, progress), plan, at)
        due, checkpoint = first.recorder.current_values(), save(built)
        splice = JoinedTrace(
            plan=plan,
            later=later,
            at=at,
            place=position.steps,
            before=first.recorder.columns(),
            device=str(where),
        )
        whole = first if later is plan else make_loop(later, build(later, where), log, request)
        unbroken = splice.trace(whole, whole.advance())
    calls = tuple(int(plan.clock.calls_before(*each.rate)[at]) for each in plan.schedulers)
    with user_code_environment(plan), collect_warnings() as log:
        built = rebuild_and_restore(later, where, asked, checkpoint, calls)
        second = make_loop(later, built, log, request, since=position, values_read=values_read)
        restored = second.recorder.current_values()
        trace = splice.trace(second, second.advance(progress=progress))
    return ResumeResult(
        asked=asked,
        step=at,
        unbroken=unbroken,
        trace=replace(
            trace,
            unbroken=unbroken.columns,
            marks=(*trace.marks, Mark(at, "resume", "resume")),
        ),
        due=due,
        restored=restored,
        calls=calls,
        changes=tuple(_changes(plan, later)),
        unsafe=checkpoint.unsafe,
    )


def step_of(text: str, plan: SchedulePlan) -> int:
    """``text``, a number of steps or a duration, as steps of the run of ``plan``.

    Raises:
        UsageError: it is none of both, or not within the run.
    """
    clock = plan.clock
    try:
        at = int(text) if _WHOLE.fullmatch(text) else clock.resolve(text, "step")
    except ClockError as error:
        hint = f" ({error.fix})" if error.fix else ""
        raise UsageError(f"--resume-at {text!r}: {error.message}{hint}") from None
    if not 1 <= at <= clock.steps:
        told = f"--resume-at {text}: {plan.name} has {clock.steps:,} steps"
        raise UsageError(f"{told}; give 1 to {clock.steps}, or a duration such as 50%")
    return at


def _position(at: int, plan: SchedulePlan, later: SchedulePlan) -> Position:
    """How far the run of ``later`` has come when ``at`` steps of ``plan`` are done.

    Raises:
        UsageError: nothing is left of it, or its epochs differ and ``at`` is within one.
    """
    old, new = plan.clock, later.clock
    if old.pace.windows == new.pace.windows:
        position = Position(at, old.position(at).batches)
    elif old.epochs is not None and new.epochs is not None:
        batches = _epoch(at, plan) * int(new.pace.ticks_of_epoch("batch"))
        position = Position(new.pace.steps_by(batches), batches)
    else:
        position = new.position(at) if at < old.steps else Position(at, new.pace.batches_at(at - 1))
    if position.steps >= new.steps:
        told = f"after step {at} nothing is left to run of {plan.name}"
        raise UsageError(f"{told}: resume earlier, or train longer: --resume-training epochs=N")
    return position


def _epoch(at: int, plan: SchedulePlan) -> int:
    """The epoch that begins when ``at`` steps of ``plan`` are done.

    Raises:
        UsageError: none does.
    """
    clock = plan.clock
    epoch, rest = divmod(clock.position(at).batches, int(clock.pace.ticks_of_epoch("batch")))
    begins = rest == 0 if at == clock.steps else clock.step_of_tick(epoch, "epoch") == at
    if not begins:
        told = f"the training changes what an epoch is, and step {at} of {plan.name} is inside one"
        raise UsageError(f"{told}: resume at the end of an epoch, such as {max(epoch, 1)}ep")
    return epoch


def _values_read(
    at: int, plan: SchedulePlan, later: SchedulePlan, position: Position
) -> tuple[int, ...]:
    """For each scheduler, how many values of its metric were read before the checkpoint.

    Raises:
        UsageError: the rest of the run reads more than there are.
    """
    old, new = plan.clock, later.clock
    counts = []
    for before, scheduler in zip(plan.schedulers, later.schedulers, strict=True):
        counts.append(old.metric_length(before.rate, old.position(at)))
        left = new.metric_length(scheduler.rate) - new.metric_length(scheduler.rate, position)
        metric = later.metrics.get(scheduler.monitor or "")
        problem = None if metric is None else metric.check_length(counts[-1] + left)
        if problem is not None:
            raise UsageError(f"--resume-at {at}: {problem}")
    return tuple(counts)


def _check_alive(failure: Failure | None, plan: SchedulePlan, at: int) -> None:
    if failure is not None:
        told = f"{plan.name} stops after step {failure.step}, before it could be resumed"
        raise UsageError(f"{told} at step {at}: {failure.message}")


def _changes(plan: SchedulePlan, later: SchedulePlan) -> Iterator[Change]:
    """Arguments of schedulers that follow from the training, and are others in ``later``."""
    for top, new_top in zip(plan.schedulers, later.schedulers, strict=True):
        for old, new in zip(top.walk(), new_top.walk(), strict=True):
            for name, wanted in new.arguments.items():
                saved = old.arguments.get(name)
                if not _holds_plans(wanted) and saved != wanted:
                    yield Change(child_path(old.path, name), old.type, name, saved, wanted)


def _holds_plans(value: object) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(isinstance(each, SchedulerPlan) for each in values)
