"""The schedulers of one optimizer of a script, with their cadence."""

from __future__ import annotations

from lrplan.catalog import SchedulerRow, row_of_class
from lrplan.importers.training_script.draft import Draft
from lrplan.importers.training_script.loop_shape import (
    Ticks,
    TrainingLoop,
    acts_on,
    loop_number,
    ticks_of,
)
from lrplan.schedule_code.model import UNKNOWN, CodeOptimizer, CodePath, CodeScheduler, CodeValue
from lrplan.text import join_words

_NOT_IN_SPECS = frozenset({"optimizer", "last_epoch", "verbose", "schedulers"})
_OWN_COUNTERS = frozenset({"timm", "mmengine", "ignite"})
"""Packages whose schedulers get their tick from the caller, in units of their own."""


def schedulers_of(
    draft: Draft,
    optimizer: CodeOptimizer,
    loop: TrainingLoop | str,
    path: str,
    schedule: dict[str, object],
) -> object:
    """The schedulers of an optimizer; None where it has none."""
    program = draft.program
    path = f"{path}.scheduler"
    tops = [
        each
        for each in program.schedulers
        if each.optimizer == optimizer.index and each.parent is None
    ]
    written = acts_on(program, "lr_written", optimizer.index, "optimizer")
    written += [each for each in program.group_edits if each.index == optimizer.index]
    if written:
        lines = join_words(sorted({draft.where(each.place) for each in written}))
        question = f"groups are written by hand in {lines}: which schedule is that?"
        return draft.ask(path, question)
    if isinstance(loop, str):
        return draft.ask(path, "its ticks depend on the loop") if tops else None
    made: list[dict[str, object]] = []
    for each in tops:
        at = path if len(tops) == 1 else f"{path}[{len(made)}]"
        scheduler, reason = _scheduler(draft, each, loop, at, schedule)
        if reason:
            return draft.ask(path, reason)
        made += [] if scheduler is None else [scheduler]
    if _is_out_of_order(program, tops):
        return draft.ask(path, "its schedulers are not stepped in the order in which they are made")
    return None if not made else made[0] if len(made) == 1 else made


def _is_out_of_order(program: CodePath, tops: list[CodeScheduler]) -> bool:
    """Return True if schedulers tick in another order than that in which they are made."""
    order = {id(act): number for number, act in enumerate(program.acts())}
    ticks = [acts_on(program, "scheduler_tick", each.index, "scheduler") for each in tops]
    by_around: dict[int, list[int]] = {}
    for acts in ticks:
        for act in acts[:1]:
            by_around.setdefault(loop_number(program, act), []).append(order[id(act)])
    return any(numbers != sorted(numbers) for numbers in by_around.values())


def _scheduler(
    draft: Draft,
    of: CodeScheduler,
    loop: TrainingLoop,
    path: str,
    schedule: dict[str, object],
) -> tuple[dict[str, object] | None, str]:
    """A scheduler with its cadence, or the reason why a spec cannot have it."""
    name = draft.name(of)
    ticks = ticks_of(draft.program, of, loop)
    if ticks is None and not of.escapes:
        draft.notes.append(f"{name} is never stepped: the plan does not have it")
        return None, ""
    if not isinstance(ticks, Ticks):
        return None, f"{name}: {ticks or 'code that is not read steps it'}"
    made, reason = _ticking(draft, of, ticks, loop, path, schedule)
    return (None, f"{name}: {reason}") if reason else (made, "")


def _ticking(
    draft: Draft,
    of: CodeScheduler,
    ticks: Ticks,
    loop: TrainingLoop,
    path: str,
    schedule: dict[str, object],
) -> tuple[dict[str, object], str]:
    """A scheduler that ticks, or the reason why a spec cannot have it."""
    if draft.program.accelerator and "gradient_accumulation_steps" in draft.program.accelerator:
        loader = ""
        if not of.prepared:
            return {}, "accelerate leaves out steps, and did not prepare it"
    else:
        loader = _loader(loop, ticks)
    keys, reason = _keys(draft, of, path, loader)
    if reason:
        return {}, reason
    row = row_of_class(of.type, of.module)
    if row is not None and row.reads_metric:
        monitor = _metric(draft, of, path, schedule)
        keys = {**keys, "monitor": monitor}
    elif _gets_its_tick(draft.program, of):
        return {}, "its `step` is given an epoch"
    follows_batches = of.prepared and ticks.interval == "step"
    keys["interval"] = "batch" if follows_batches else ticks.interval
    frequency = ticks.frequency or _lightning_frequency(draft.program, of)
    if frequency is not None:
        keys["frequency"] = draft.value(f"{path}.frequency", "frequency", frequency)
    return keys, ""


def _lightning_frequency(program: CodePath, of: CodeScheduler) -> CodeValue | None:
    """The ``frequency`` of a scheduler that a Lightning module returns."""
    return next((each.frequency for each in program.lightning if each.scheduler == of.index), None)


def _gets_its_tick(program: CodePath, of: CodeScheduler) -> bool:
    return any(each.arguments for each in acts_on(program, "scheduler_tick", of.index, "scheduler"))


def _metric(draft: Draft, of: CodeScheduler, path: str, schedule: dict[str, object]) -> str:
    """The name of the metric of a plateau, whose values no script has."""
    (act,) = acts_on(draft.program, "scheduler_tick", of.index, "scheduler")
    text = act.arguments[0].text if act.arguments else ""
    name = text if text.isidentifier() else "metric"
    at = f"{path.partition('.scheduler')[0]}.metrics"
    question = f"a value of `{text or name}` for each tick in {draft.where(act.place)}?"
    schedule["metrics"] = {name: draft.ask(f"{at}.{name}", question)}
    return name


def _loader(loop: TrainingLoop, ticks: Ticks) -> str:
    """The loader of which each batch is a tick; empty where there is none."""
    length = None if loop.batches is None else loop.batches.length
    per_batch = ticks.interval == "batch" or (ticks.interval == "step" and loop.window is None)
    if length is None or length.in_batches is None or not per_batch:
        return ""
    symbol, counts = length.in_batches
    return symbol if counts == (1,) and loop.epochs is not None else ""


def _keys(draft: Draft, of: CodeScheduler, path: str, loader: str) -> tuple[dict[str, object], str]:
    """A scheduler as a spec has it, without its cadence; else the reason why it has none."""
    row = row_of_class(of.type, of.module)
    if row is None or row.extra in _OWN_COUNTERS:
        return {}, "a spec cannot be made of this class" if row else "lrplan does not know it"
    if of.has_more_arguments:
        return {}, "it is passed arguments that are not known"
    if of.written:
        return {}, f"`{of.written[0].name}` is set in {draft.where(of.written[0].place)}"
    name = CodeValue(of.type, row.name, place=of.place)
    keys: dict[str, object] = {"type": draft.known(row.name, "type", name)}
    for argument in row.arguments:
        each = of.arguments.get(argument.name)
        if each is None or argument.name in _NOT_IN_SPECS or argument.kind == "scheduler":
            continue
        if each.value is not None:
            keys[argument.name] = draft.argument(f"{path}.{argument.name}", argument, each, loader)
    keys |= _one_cycle(draft, of, row, loader, keys)
    if "last_epoch" in of.arguments and of.arguments["last_epoch"].value != -1:
        return {}, "it is made with `last_epoch`"
    return _with_inner(draft, of, row, path, loader, keys)


def _one_cycle(
    draft: Draft, of: CodeScheduler, row: SchedulerRow, loader: str, keys: dict[str, object]
) -> dict[str, object]:
    """``epochs=30, steps_per_epoch=len(loader)`` as one length: ``total_steps: 30ep``."""
    epochs, steps = of.arguments.get("epochs"), of.arguments.get("steps_per_epoch")
    total = row.argument("total_steps")
    if total is None or epochs is None or steps is None or steps.in_batches is None:
        return {}
    symbol, counts = steps.in_batches
    if steps.value is not UNKNOWN or symbol != loader or not isinstance(epochs.value, int):
        return {}
    keys.pop("epochs", None)
    keys.pop("steps_per_epoch", None)
    return {total.name: draft.known(f"{epochs.value * counts[0]}ep", "epochs", epochs, exact=False)}


def _with_inner(
    draft: Draft,
    of: CodeScheduler,
    row: SchedulerRow,
    path: str,
    loader: str,
    keys: dict[str, object],
) -> tuple[dict[str, object], str]:
    """``keys`` with the schedulers that this one is given."""
    kinds = {each.kind: each.name for each in row.arguments}
    inner: list[dict[str, object]] = []
    key = kinds.get("schedulers") or kinds.get("scheduler")
    for number, index in enumerate(of.inside):
        at = f"{path}.{key}[{number}]" if "schedulers" in kinds else f"{path}.{key}"
        made, reason = _keys(draft, draft.program.schedulers[index], at, loader)
        if reason:
            return {}, f"{draft.program.schedulers[index].type} inside of it: {reason}"
        inner.append(made)
    if key is None or not inner:
        return keys, "the schedulers inside of it are not known" if key == "schedulers" else ""
    return {**keys, key: inner if "schedulers" in kinds else inner[0]}, ""
