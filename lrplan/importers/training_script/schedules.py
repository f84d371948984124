"""The schedules of a script: for each optimizer its training, its groups and its schedulers."""

from __future__ import annotations

from collections.abc import Mapping

from lrplan.catalog import OPTIMIZERS
from lrplan.importers.config_value import ConfigValue
from lrplan.importers.training_script.draft import Draft
from lrplan.importers.training_script.loop_shape import (
    TrainingLoop,
    acts_on,
    training_loop,
)
from lrplan.importers.training_script.schedulers import schedulers_of
from lrplan.importers.tree import SCHEDULE
from lrplan.schedule_code.model import (
    CodeOptimizer,
    CodeValue,
)

_OF_ACCELERATOR = {
    "gradient_accumulation_steps": "accumulate",
    "split_batches": "split_batches",
    "step_scheduler_with_optimizer": "step_scheduler_with_optimizer",
}
"""Arguments of accelerate's ``Accelerator``, and the keys of ``training`` that say the same."""


def schedules_of(draft: Draft) -> dict[str, dict[str, object]]:
    """The schedule of each optimizer that is stepped, by name."""
    acts = [each for each in draft.program.acts() if each.kind == "optimizer_step"]
    indices = dict.fromkeys(each.index for each in acts)
    stepped = [draft.program.optimizers[index] for index in indices]
    names = [SCHEDULE] if len(stepped) == 1 else [f"optimizer-{n}" for n in range(len(stepped))]
    for each in draft.program.schedulers:
        if each.parent is None and each.optimizer not in indices and stepped:
            drives = "drives an optimizer that is never stepped: the plan does not have it"
            draft.notes.append(f"{draft.name(each)} {drives}")
    return {
        name: _schedule(draft, each, f"schedules.{name}")
        for name, each in zip(names, stepped, strict=True)
    }


def _schedule(draft: Draft, optimizer: CodeOptimizer, path: str) -> dict[str, object]:
    loop = training_loop(draft.program, optimizer)
    result: dict[str, object] = {}
    if isinstance(loop, str):
        result["training"] = draft.ask(f"{path}.training", f"{draft.name(optimizer)}: {loop}")
    else:
        draft.loops |= {each.number for each in loop.step.loops}
        result["training"] = _training(draft, loop, f"{path}.training")
    result["optimizer"] = _optimizer(draft, optimizer, f"{path}.optimizer")
    schedulers = schedulers_of(draft, optimizer, loop, path, result)
    return result | ({} if schedulers is None else {"scheduler": schedulers})


def _training(draft: Draft, loop: TrainingLoop, path: str) -> dict[str, object]:
    """The length of the run."""
    result: dict[str, object] = {}
    if draft.program.framework == "lightning":
        result["loop"] = "lightning"
    result |= _accelerator(draft, path)
    if loop.epochs is None and loop.window is None:
        length = loop.batches.length if loop.batches is not None else None
        return result | {"steps": _length(draft, f"{path}.steps", length, loop, "optimizer steps")}
    if loop.epochs is not None:
        epochs = loop.epochs.length
        result["epochs"] = _length(draft, f"{path}.epochs", epochs, loop, "epochs")
    else:
        result["epochs"] = 1
    if loop.batches is None:
        return result | {"steps_per_epoch": 1}
    is_step = loop.window is None and "accumulate" not in result
    key = "steps_per_epoch" if is_step else "batches_per_epoch"
    length = loop.batches.length
    result[key] = _length(draft, f"{path}.{key}", length, loop, "batches in an epoch")
    return result | _windows(draft, loop, path)


def _accelerator(draft: Draft, path: str) -> dict[str, object]:
    """The change that an ``Accelerator`` makes to the ticks of the schedulers that it prepares."""
    arguments = draft.program.accelerator
    if arguments is None or not any(each.prepared for each in draft.program.schedulers):
        return {}
    draft.notes.append("accelerate moves a prepared scheduler once for each process: here one runs")
    return {"loop": "accelerate"} | {
        key: draft.value(f"{path}.{key}", name, arguments[name])
        for name, key in _OF_ACCELERATOR.items()
        if name in arguments
    }


def _length(
    draft: Draft, path: str, length: CodeValue | None, loop: TrainingLoop, what: str
) -> ConfigValue[object]:
    number = None if length is None else length.number
    if length is not None and number is not None and number == int(number) and number > 0:
        return draft.known(int(number), path.rpartition(".")[2], length)
    inner = loop.epochs if what == "epochs" else loop.batches
    place = loop.step.act.place if inner is None else inner.place
    if draft.program.framework == "lightning":
        is_epochs = what == "epochs"
        says = (
            "what is `max_epochs` of the Trainer?" if is_epochs else "how many batches are there?"
        )
        return draft.ask(path, says)
    text = "the loop" if length is None else f"`{length.text}`"
    return draft.ask(path, f"how many {what}: {text} in {draft.where(place)}?")


def _windows(draft: Draft, loop: TrainingLoop, path: str) -> dict[str, object]:
    """Accumulation: the batches of a step, and what becomes of those left over."""
    window, count = loop.window, loop.accumulate
    if window is None:
        return {}
    if count is None:
        return {"accumulate": draft.ask(f"{path}.accumulate", "how many batches make a step?")}
    result: dict[str, object] = {
        "accumulate": draft.value(f"{path}.accumulate", "accumulate", count)
    }
    if window.counted_by_hand:
        where = draft.where(count.place)
        question = f"does the count in {where} continue in the next epoch? then write `carry`"
        return result | {"last_window": draft.ask(f"{path}.last_window", question)}
    return result | {"last_window": "step" if window.also_last else "drop"}


def _optimizer(draft: Draft, optimizer: CodeOptimizer, path: str) -> dict[str, object]:
    row = OPTIMIZERS.get(optimizer.type)
    where = draft.where(optimizer.place)
    place = CodeValue(optimizer.type, optimizer.type, place=optimizer.place)
    result: dict[str, object] = {}
    if row is None:
        unknown = f"lrplan does not know `{optimizer.type}`, in {where}: which one is similar?"
        question = unknown if optimizer.type else f"which optimizer is it, in {where}?"
        result["type"] = draft.ask(f"{path}.type", question)
    else:
        result["type"] = draft.known(optimizer.type, "type", place)
    known = None if row is None else {each.name for each in row.arguments}
    result |= _options(draft, optimizer.arguments, path, known)
    if "lr" not in result and (row is None or optimizer.has_more_arguments):
        result["lr"] = draft.ask(f"{path}.lr", f"what is its learning rate, in {where}?")
    if optimizer.has_more_arguments:
        draft.notes.append(f"{where} passes further arguments to the optimizer that are not known")
    if acts_on(draft.program, "group_added", optimizer.index, "optimizer"):
        draft.notes.append(f"parameter groups that are added later to {where} are left out")
    if optimizer.groups is None and row is not None:
        draft.notes.append(f"the parameter groups of {where} are not known: the plan has one")
    if optimizer.groups:
        result["groups"] = {
            f"group-{number}": _options(draft, each, f"{path}.groups.group-{number}", known)
            for number, each in enumerate(optimizer.groups)
        }
    return result


def _options(
    draft: Draft, arguments: Mapping[str, CodeValue], path: str, known: set[str] | None
) -> dict[str, object]:
    return {
        name: draft.value(f"{path}.{name}", name, each)
        for name, each in arguments.items()
        if (known is None or name in known) and each.value is not None
    }
