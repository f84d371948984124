"""``lrplan record --spec``: the spec that a recorded run amounts to, compared with the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lrplan._version import __version__
from lrplan.catalog import OPTIMIZERS
from lrplan.errors import LrplanError
from lrplan.lint.run_context import RunContext
from lrplan.lint.run_plan import is_steady, scheduler_keys
from lrplan.observation import Observation, ObservedOptimizer, ObservedScheduler
from lrplan.plan import SchedulePlan
from lrplan.recordings.whole_run import whole_run
from lrplan.request import DEFAULT_REQUEST
from lrplan.specfile.load import load
from lrplan.text import join_words, quantity, yaml_flow
from lrplan.text_position import InputText, printable
from lrplan.trace import STANDARD_FIELDS, Trace

_METRIC = "metric"


def spec_of_run(observation: Observation) -> tuple[str, tuple[str, ...]]:
    """The text of the spec, and sentences on how its curves compare with those of the run.

    There is a schedule for each optimizer that stepped. What a spec cannot express is left out, and
    the reason is in its first lines, with the first step at which the curves differ.
    """
    context = RunContext(observation)
    schedules: dict[str, object] = {}
    notes: list[str] = []
    runs: dict[str, Trace] = {}
    for optimizer in observation.optimizers:
        if optimizer.trace is None or not optimizer.trace.steps:
            continue
        run = whole_run(optimizer.trace, optimizer.predicted)
        schedule, reasons = _schedule(context, optimizer, run)
        schedules[run.name], runs[run.name] = schedule, run
        notes += [f"{run.name}: {each}" for each in reasons]
    body = "\n".join(_lines({"schedules": schedules}, 0)) + "\n"
    notes += _compared(body, runs)
    head = [f"From a recording of {observation.file}, by lrplan {__version__}.", *notes]
    return "".join(f"# {printable(each)}\n" for each in head) + body, tuple(notes)


def _schedule(
    context: RunContext, optimizer: ObservedOptimizer, run: Trace
) -> tuple[dict[str, object], list[str]]:
    """The schedule of one optimizer, and what it leaves out."""
    reasons: list[str] = []
    schedulers: list[Mapping[str, object]] = []
    metrics: dict[str, object] = {}
    for each in context.tops:
        if each.optimizer != optimizer.index:
            continue
        keys, reason = _scheduler(context, each, metrics)
        if reason:
            place = "" if each.location is None else f" ({each.location.file}:{each.location.line})"
            reasons.append(f"{each.type}{place} is left out: {reason}")
        else:
            schedulers.append(keys)
    schedule: dict[str, object] = {"training": _training(run), "optimizer": _optimizer(optimizer)}
    if schedulers:
        schedule["scheduler"] = schedulers[0] if len(schedulers) == 1 else schedulers
    return (schedule | {"metrics": metrics} if metrics else schedule), reasons


def _training(run: Trace) -> dict[str, int]:
    per_epoch = run.steps_per_epoch
    if not per_epoch:
        return {"steps": run.steps}
    if run.steps % per_epoch:
        return {"steps": run.steps, "steps_per_epoch": per_epoch}
    return {"epochs": run.steps // per_epoch, "steps_per_epoch": per_epoch}


def _scheduler(
    context: RunContext, scheduler: ObservedScheduler, metrics: dict[str, object]
) -> tuple[Mapping[str, object], str]:
    """A scheduler as a spec has it; else the reason why a spec cannot have it."""
    interval, row = context.cadence(scheduler), context.row(scheduler)
    keys = scheduler_keys(context, scheduler, "", {})
    if row is None:
        return {}, "lrplan does not know its class"
    if keys is None:
        functions = sorted(scheduler.unknown - {"optimizer", "schedulers"})
        what = join_words(functions) if functions else "what it was given"
        name = scheduler.function
        named = f", the function {name} of Python," if name and len(functions) == 1 else ""
        return {}, f"{what}{named} cannot be written in a spec"
    if interval is None or scheduler.step or not is_steady(context, scheduler, interval):
        return {}, "it is not stepped once at every step, batch or epoch of the run"
    if interval == "batch":
        return {}, "it ticks with every batch"
    ticks = context.ticks(scheduler)
    if row.reads_metric and ticks is not None and len(ticks.values):
        metrics[_METRIC] = {"values": [float(each) for each in ticks.values], "then": "hold"}
        return {**keys, "interval": interval, "monitor": _METRIC}, ""
    return {**keys, "interval": interval}, ""


def _optimizer(optimizer: ObservedOptimizer) -> dict[str, object]:
    """The optimizer with the arguments that are not the defaults of its class."""
    row = OPTIMIZERS.get(optimizer.type)
    known = {} if row is None else {each.name: each.default for each in row.arguments}
    given = {
        name: value
        for name, value in optimizer.arguments.items()
        if name in known and (name == "lr" or not _equal(value, known[name]))
    }
    base = {"type": optimizer.type if row is not None else "SGD", **given}
    groups = {
        each.name: _own_values(each.options, each.initial_lr, base, known)
        for each in optimizer.groups
    }
    if len(groups) > 1:
        return {**base, "groups": groups}
    return base | next(iter(groups.values()), {})


def _own_values(
    options: Mapping[str, float],
    initial_lr: float | None,
    base: Mapping[str, object],
    known: Mapping[str, object],
) -> dict[str, object]:
    """The values of a group that are not those of the optimizer."""
    lr = options.get("lr") if initial_lr is None else initial_lr
    values: dict[str, object] = {} if lr in (None, base.get("lr")) else {"lr": lr}
    decay = options.get("weight_decay")
    if decay is not None and "weight_decay" in known:
        usual = base.get("weight_decay", known["weight_decay"])
        values |= {} if _equal(decay, usual) else {"weight_decay": decay}
    return values


def _equal(value: object, default: object) -> bool:
    as_lists = [list(each) if isinstance(each, tuple) else each for each in (value, default)]
    return as_lists[0] == as_lists[1]


def _lines(data: Mapping[str, object], indent: int) -> Iterator[str]:
    """The lines of a mapping in YAML: mappings and lists of mappings in blocks, all else inline."""
    space = " " * indent
    for key, value in data.items():
        name = f"{space}{yaml_flow(key)}:"
        if isinstance(value, Mapping) and any(
            isinstance(each, (Mapping, list)) for each in value.values()
        ):
            yield name
            yield from _lines(value, indent + 2)
        elif isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
            yield name
            for each in value:
                first, *rest = _lines(each, indent + 4)
                yield f"{space}  - {first.lstrip()}"
                yield from rest
        else:
            yield f"{name} {yaml_flow(value)}"


def _compared(text: str, runs: Mapping[str, Trace]) -> Iterator[str]:
    """A sentence for each schedule that compares the curves of the spec with those of the run."""
    from lrplan.simulate.engine_choice import simulate

    try:
        plans: Mapping[str, SchedulePlan] = load(InputText("spec", text), Path()).plans
        # Stepped, as the run was: a formula may differ in the last bit.
        stepped = replace(DEFAULT_REQUEST, engine="step")
        curves = {name: simulate(plans[name], stepped) for name in runs}
    except (LrplanError, LookupError, ValueError) as error:
        yield f"the spec could not be simulated: {error}"
        return
    for name, run in runs.items():
        yield f"{name}: {_difference(curves[name], run)}"


def _difference(spec: Trace, run: Trace) -> str:
    if spec.steps != run.steps:
        return f"the spec has {quantity(spec.steps, 'step')}, and the run {run.steps}"
    fields: Sequence[str] = [each for each in STANDARD_FIELDS if each in run.columns]
    for field in fields:
        for group, values in run.columns[field].items():
            computed = spec.columns.get(field, {}).get(group)
            if computed is None:
                return f"the spec has no {field} of {group}"
            apart = np.flatnonzero((values != computed) & ~(np.isnan(values) & np.isnan(computed)))
            if apart.size:
                step = int(apart[0])
                one, other = (repr(float(each[step])) for each in (computed, values))
                named = f" of {group}" if len(run.groups) > 1 else ""
                return f"{field}{named} differs from step {step} on: {one}, and in the run {other}"
    return f"simulated, it equals the recording at each of its {quantity(run.steps, 'step')}"
