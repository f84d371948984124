"""The plan that an observed run amounts to, so that rules about specs can judge it.

Example: ``CosineAnnealingLR(optimizer, T_max=90)`` stepped after every one of 9,000 optimizer steps
in 90 epochs is the schedule ``{type: CosineAnnealingLR, T_max: 90, interval: step}``. What a rule
says of that spec holds for the run, and is reported at the line that makes the scheduler::

    Hit of the rule      path="schedules.run.scheduler[0].T_max", fix="T_max: 9000, or 90ep"
    scheduler_at(path)   the observed scheduler, made in line 4
    fix_in_script(fix)   "T_max=9000": the spec's colon becomes ``=``, its second unit is dropped
    RunHit               location=line 4, fix="T_max=9000"
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lrplan.catalog import OPTIMIZERS, SchedulerRow
from lrplan.errors import LrplanError, UsageError
from lrplan.lint.context import Context
from lrplan.lint.rule import Hit, RunHit
from lrplan.lint.run_context import RunContext
from lrplan.lint.run_facts import count_of_most_epochs
from lrplan.lint.torch_release import installed_torch, parse_version
from lrplan.observation import ObservedOptimizer, ObservedScheduler
from lrplan.plan import SchedulePlan
from lrplan.text_position import InputText
from lrplan.trace import Trace

PlanCheck = Callable[[Context], Iterable[Hit]]
_NOT_IN_SPECS = frozenset({"optimizer", "last_epoch", "verbose"})
_ROOT = "schedules.run.scheduler"
_MOST_SCHEDULERS = 50
_ANY_STEPS = 997
"""Steps of an epoch where their number is not known and decides nothing: a prime, which is not the
length of anything by chance."""
_ODD_TICKS = 1
"""Ticks more or fewer than the cadence asks for, as at the end of a run that is cut short."""
_CADENCES = (
    (re.compile(r"interval: step(?: with t_in_epochs: false)?"), "step it after every update"),
    (re.compile(r"interval: epoch"), "step it once an epoch"),
    (re.compile(r"interval: batch"), "step it after every batch"),
    (re.compile(r"leave out frequency"), "step it more often"),
)
"""What a spec says of the cadence, in words for a script."""
_IN_LIGHTNING = {
    "step it after every update": 'return it with "interval": "step"',
    "step it once an epoch": 'return it with "interval": "epoch"',
}
"""The same where Lightning's trainer steps it."""
_IN_UNITS = re.compile(r", or (?:\w+: )?\d[\d_]*(?:ep|st|ba)\b|, or (?:\w+: )?100%")
"""A second way to write a length, which only a spec has: ``9000, or 90ep``."""
_LENGTH = re.compile(r"\b(\d[\d_]*)(ep|st|ba)\b")
_WHOLE = re.compile(r"\b(\w+): 100%")
_SHARE = re.compile(r"\b(\w+): (\d+%)")
_HORIZON = re.compile(r",? or a training\.horizon[^;]*")
_UNITS = {"ep": "epochs", "st": "steps", "ba": "batches"}
_VALUE = re.compile(r"\b([A-Za-z_]\w*): (?=[\d\[-])")


@dataclass(frozen=True, slots=True)
class RunPlan:
    """A plan of one optimizer of a run.

    Args:
        context: the plan as rules about specs see it.
        schedulers: the observed scheduler at each path of the spec.
    """

    context: Context
    schedulers: Mapping[str, ObservedScheduler]

    def scheduler_at(self, path: str) -> ObservedScheduler | None:
        """The innermost scheduler that the value at ``path`` belongs to."""
        while path and path not in self.schedulers:
            # `schedules.run.scheduler[0].schedulers[1].T_max`: the parent ends at a dot or bracket.
            path = path[: max(path.rfind("."), path.rfind("["))] if "." in path else ""
        return self.schedulers.get(path)


def check_plans_of_run(
    check: PlanCheck, *, curve: bool = False
) -> Callable[[RunContext], Iterator[RunHit]]:
    """A ``check_run`` that asks ``check`` about the plans of the run.

    Args:
        check: the check of a rule about specs.
        curve: it looks at the curve: it is asked about recordings of whole runs alone.
    """

    def check_run(context: RunContext) -> Iterator[RunHit]:
        for plan in plans_of_run(context):
            if curve and plan.context.optional_trace is None:
                continue
            for hit in check(plan.context):
                scheduler = plan.scheduler_at(hit.path)
                if scheduler is not None:
                    yield _run_hit(context, scheduler, hit)

    return check_run


def plans_of_run(context: RunContext) -> tuple[RunPlan, ...]:
    """The plan of each optimizer whose lengths and schedulers are known well enough."""
    plans = context.memo.get(plans_of_run)
    if not isinstance(plans, tuple):
        plans = tuple(_plans(context))
        context.memo[plans_of_run] = plans
    return plans


def _plans(context: RunContext) -> Iterator[RunPlan]:
    for optimizer in context.observation.optimizers:
        tops = [
            each
            for each in context.observation.schedulers
            if each.optimizer == optimizer.index and each.parent is None
        ]
        training = _training(context, optimizer)
        if training is not None and 0 < len(tops) <= _MOST_SCHEDULERS:
            plan = _plan(context, optimizer, training, tops)
            if plan is not None:
                yield plan


def fix_in_script(text: str, framework: str = "") -> str:
    """The fix of a spec in the words of a script: ``T_max: 9000, or 90ep`` as ``T_max=9000``."""
    # Example: `T_max: 9000, or 90ep; or interval: epoch` becomes `T_max=9000; or step it once an
    # epoch`. The order matters: the cadence, what only a spec can say (a horizon, a second unit),
    # shares, units, and at last the colons that are left, which become `=`.
    for pattern, words in _CADENCES:
        own = _IN_LIGHTNING.get(words, words) if framework == "lightning" else words
        text = pattern.sub(own, text)
    text = _WHOLE.sub(r"\1 as long as the run", _HORIZON.sub("", _IN_UNITS.sub("", text)))
    text = _SHARE.sub(r"\1 of \2", text)
    text = _LENGTH.sub(lambda match: f"{match[1]} {_UNITS[match[2]]}", text)
    return _VALUE.sub(r"\1=", text)


def _run_hit(context: RunContext, scheduler: ObservedScheduler, hit: Hit) -> RunHit:
    return RunHit(
        location=context.location(scheduler),
        message=hit.message,
        fix=fix_in_script(hit.fix, context.observation.framework),
        step=hit.step if context.recorded else None,
        severity=hit.severity,
        scheduler=scheduler.index,
    )


def _plan(
    context: RunContext,
    optimizer: ObservedOptimizer,
    training: dict[str, int | str],
    tops: list[ObservedScheduler],
) -> RunPlan | None:
    schedulers: dict[str, ObservedScheduler] = {}
    written: list[dict[str, object]] = []
    for top in tops:
        # A plan can say "at every step" and "at every epoch", and no more. What a script does in
        # any other way, as ticking in the first 5 epochs only, has no plan: rules about specs are
        # not asked about it.
        interval = context.cadence(top)
        # Those that were made when the run was under way count from there, which no spec can say.
        if interval is None or top.step or not is_steady(context, top, interval):
            continue
        text = scheduler_keys(context, top, f"{_ROOT}[{len(written)}]", schedulers)
        if text is not None:
            written.append({**text, "interval": interval})
    if not written:
        return None
    schedule = {"training": training, "optimizer": _optimizer(optimizer), "scheduler": written}
    return _load(context, optimizer, {"schedules": {"run": schedule}}, schedulers)


def is_steady(context: RunContext, scheduler: ObservedScheduler, interval: str) -> bool:
    """Return True if it ticks at every step, batch or epoch of the run, as a spec would have it.

    One that is stepped in some epochs only, or gets the epoch as an argument, is not.
    """
    facts, ticks = context.facts, context.ticks(scheduler)
    row = context.row(scheduler)
    if ticks is None or (len(ticks.values) and not (row is not None and row.reads_metric)):
        return False
    if not facts.steps_by_epoch:
        return abs(ticks.total - facts.total_steps(scheduler.optimizer)) <= _ODD_TICKS
    steps = facts.steps_in_epochs(scheduler.optimizer)
    expected = {"step": steps, "batch": facts.batches_by_epoch}.get(
        interval, [1] * len(facts.steps_by_epoch)
    )
    if len(ticks.by_epoch) != len(expected):
        return False
    # The run may have stopped between a step and its tick, and a scaler leaves out steps.
    # Example: of 3 epochs with 4 steps each the ticks (4, 4, 3) are those of every step, because
    # the run was stopped before the last one; (4, 4, 0) are not.
    odd = sum(abs(one - other) for one, other in zip(ticks.by_epoch, expected, strict=True))
    return odd <= _ODD_TICKS + sum(facts.skipped.values())


def _load(
    context: RunContext,
    optimizer: ObservedOptimizer,
    spec: object,
    schedulers: Mapping[str, ObservedScheduler],
) -> RunPlan | None:
    from lrplan.specfile.load import load  # noqa: PLC0415  # it takes as long as all rules together

    try:
        text = json.dumps(spec, allow_nan=False)
        plan = load(InputText("run", text), Path()).plans["run"]
        torch = context.observation.torch
        release = parse_version(torch) if torch else installed_torch()
    except (LrplanError, UsageError, ValueError, TypeError):
        # A value that no spec takes, such as a float for a number of ticks, or a function.
        return None
    trace = optimizer.trace
    if trace is None or not context.finished or not _fits(trace, plan):
        trace = None
    return RunPlan(Context(plan, release, trace), schedulers)


def _fits(trace: Trace, plan: SchedulePlan) -> bool:
    groups = {group.name for group in plan.optimizer.groups}
    return trace.steps == plan.clock.steps and set(trace.groups) == groups


def _training(context: RunContext, optimizer: ObservedOptimizer) -> dict[str, int | str] | None:
    """``training`` of the spec; None where it is not known how long the run is."""
    run, facts = context.observation, context.facts
    finished = context.finished
    epochs = run.epochs.value if run.epochs else len(facts.steps_by_epoch) if finished else 0
    steps = run.steps.value if run.steps else facts.steps[optimizer.index] if finished else 0
    if epochs <= 0:
        return {"steps": steps} if steps > 0 else None
    per_epoch = _epoch(context, optimizer)
    return {"epochs": epochs, **per_epoch} if per_epoch else None


def _epoch(context: RunContext, optimizer: ObservedOptimizer) -> dict[str, int | str]:
    """Batches and steps of an epoch; empty where they are not known."""
    run, batches = context.observation, context.batches_per_epoch
    accumulate = run.accumulate.value if run.accumulate else 0
    # Where another optimizer steps more often, as the critic of a GAN does, this one leaves batches
    # out, and accumulates none.
    own = count_of_most_epochs(context.facts.steps_in_epochs(optimizer.index))
    is_seldom = own < context.facts.steps_per_epoch
    if not context.recorded:
        return _epoch_of_source(context, 0 if is_seldom else batches, accumulate)
    steps = context.steps_per_epoch(optimizer.index)
    if is_seldom:
        return {"steps_per_epoch": steps} if steps else {}
    if batches and accumulate and not steps and batches % accumulate == 0:
        steps = batches // accumulate  # the run was ended inside of its first epoch
    # Example: 10 batches and 3 steps an epoch are windows of round(10 / 3) = 3 batches, and a
    # batch left over is dropped, for 10 // 3 = 3. With 4 steps it is round(10 / 4) = 2, which gives
    # 5 steps by either rule: then nothing is said of batches, and the epoch is 4 steps.
    if batches and steps:
        accumulate = accumulate or max(round(batches / steps), 1)
        for window, number in (
            ("step", -(-batches // accumulate)),
            ("drop", batches // accumulate),
        ):
            if number == steps:
                return {
                    "batches_per_epoch": batches,
                    "accumulate": accumulate,
                    "last_window": window,
                    "world_size": max(run.world_size, 1),
                }
    return {"steps_per_epoch": steps} if steps else {}


def _epoch_of_source(context: RunContext, batches: int, accumulate: int) -> dict[str, int | str]:
    """Batches and steps of an epoch of a script.

    Where all schedulers tick per epoch, the number of steps decides nothing: any will do.
    """
    if batches:
        return {"batches_per_epoch": batches, "accumulate": accumulate or 1}
    cadences = {context.cadence(each) for each in context.tops if context.ticks(each) is not None}
    return {"steps_per_epoch": _ANY_STEPS} if cadences == {"epoch"} else {}


def _optimizer(optimizer: ObservedOptimizer) -> dict[str, object]:
    # Rules about lengths read no learning rate; where it is not known, any will do.
    groups = {
        group.name: {"lr": group.options["lr"]} if group.options.get("lr") else {}
        for group in optimizer.groups
        if not group.first_step
    }
    lr = optimizer.arguments.get("lr")
    known = isinstance(lr, (int, float)) and not isinstance(lr, bool)
    type_ = optimizer.type if optimizer.type in OPTIMIZERS else "SGD"
    spec: dict[str, object] = {"type": type_, "lr": lr if known else 0.1}
    return {**spec, "groups": groups} if len(groups) > 1 else spec


def scheduler_keys(
    context: RunContext,
    scheduler: ObservedScheduler,
    path: str,
    paths: dict[str, ObservedScheduler],
) -> dict[str, object] | None:
    """``scheduler`` as a spec has it; None when that is not known."""
    row = context.row(scheduler)
    if row is None or row.extra in {"timm", "mmengine", "ignite"}:
        # Their counters are set by their callers, in units of their own.
        return None
    given = {
        name: value
        for name, value in scheduler.arguments.items()
        if name not in _NOT_IN_SPECS and row.argument(name) is not None
    }
    if not _is_known(row, scheduler, given):
        return None
    nested = _nested(context, scheduler, row, path, paths)
    if nested is None:
        return None
    paths[path] = scheduler
    return {"type": row.name, **given, **nested}


def _is_known(row: SchedulerRow, scheduler: ObservedScheduler, given: Mapping[str, object]) -> bool:
    unknown = scheduler.unknown - _NOT_IN_SPECS
    kinds = {"scheduler", "schedulers"}
    required = {each.name for each in row.arguments if each.required and each.kind not in kinds}
    inside = {each.name for each in row.arguments if each.kind in kinds}
    return not unknown - inside and required <= set(given)


def _nested(
    context: RunContext,
    scheduler: ObservedScheduler,
    row: SchedulerRow,
    path: str,
    paths: dict[str, ObservedScheduler],
) -> dict[str, object] | None:
    if row.container is None:
        return {}
    inside = [each for each in context.observation.schedulers if each.parent == scheduler.index]
    code = context.observation.code
    if code is not None:
        # In the order of the list that it is given, whatever was made first.
        order = {index: at for at, index in enumerate(code.schedulers[scheduler.index].inside)}
        inside.sort(key=lambda each: order.get(each.index, 0))
    written = [
        scheduler_keys(context, each, f"{path}.schedulers[{number}]", paths)
        for number, each in enumerate(inside)
    ]
    return None if None in written or not written else {"schedulers": written}
