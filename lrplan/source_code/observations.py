"""Makes observed runs of a script, for the rules that judge recordings too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lrplan.observation import (
    KnownLength,
    Observation,
    ObservedGroup,
    ObservedOptimizer,
    ObservedScheduler,
)
from lrplan.schedule_code.model import (
    UNKNOWN,
    CodeOptimizer,
    CodePath,
    CodeScheduler,
    CodeValue,
    Loop,
    SomeIterations,
    loops_of,
    trains,
)
from lrplan.schedule_code.short_run import ToyEvents, epoch_loops
from lrplan.source_code.reader import SourceReading


def observations_of(reading: SourceReading) -> Iterator[Observation]:
    """The run that each path through a script describes."""
    return (observation_of(program) for program in reading.programs)


def observation_of(program: CodePath) -> Observation:
    """The run that one path through a script describes."""
    acts = list(program.acts())
    ticked = {act.index for act in acts if act.kind == "scheduler_tick"}
    stepped = {act.index for act in acts if act.kind == "optimizer_step"}
    loops = epoch_loops(program)
    return Observation(
        evidence="source",
        file=program.file,
        optimizers=tuple(_optimizer(program, each, stepped) for each in program.optimizers),
        schedulers=tuple(_scheduler(program, each, ticked) for each in program.schedulers),
        events=ToyEvents(program),
        epochs=_length(program, loops[0].length if len(loops) == 1 else None),
        batches_per_epoch=_batches(program),
        accumulate=_length(program, _accumulation(program)),
        steps=_steps(program),
        framework=program.framework,
        code=program,
    )


def _optimizer(program: CodePath, of: CodeOptimizer, stepped: set[int]) -> ObservedOptimizer:
    elsewhere = of.index in program.stepped_elsewhere and of.index not in stepped
    lr = of.arguments.get("lr")
    options = {} if lr is None or lr.number is None else {"lr": lr.number}
    return ObservedOptimizer(
        index=of.index,
        type=of.type,
        module=of.module,
        arguments=_plain(of.arguments),
        groups=(ObservedGroup(name="all", options=options),),
        location=program.location(of.place),
        escapes=of.escapes or elsewhere,
    )


def _scheduler(program: CodePath, of: CodeScheduler, ticked: set[int]) -> ObservedScheduler:
    elsewhere = of.index in program.ticked_elsewhere and of.index not in ticked
    return ObservedScheduler(
        index=of.index,
        type=of.type,
        module=of.module,
        optimizer=of.optimizer,
        arguments=_plain(of.arguments),
        unknown=frozenset(name for name, each in of.arguments.items() if each.value is UNKNOWN),
        parent=of.parent,
        texts={name: each.text for name, each in of.arguments.items()},
        units={name: each.units for name, each in of.arguments.items() if each.units is not None},
        escapes=of.escapes or elsewhere,
        prepared=of.prepared,
        location=program.location(of.place),
    )


def _plain(arguments: Mapping[str, CodeValue]) -> dict[str, object]:
    return {name: each.value for name, each in arguments.items() if each.value is not UNKNOWN}


def _length(program: CodePath, value: CodeValue | None) -> KnownLength | None:
    if value is None or value.number is None or value.number != int(value.number):
        return None
    return KnownLength(int(value.number), program.location(value.place), value.text)


def _batches(program: CodePath) -> KnownLength | None:
    """The batches of the only loop over them that trains."""
    loops = [each for each in loops_of(program.body) if each.kind == "batch"]
    training = [each for each in loops if trains(each)]
    return _length(program, training[0].length) if len(training) == 1 else None


def _accumulation(program: CodePath) -> CodeValue | None:
    """The n of ``if (i + 1) % n == 0`` around the only step of an optimizer in a loop."""
    # Several such conditions, as one for the optimizer and one for a logger that steps it too,
    # leave the window unknown: None, and rules about accumulation are silent.
    counts = [each for each in _sometimes(program) if each.when == "every" and _steps_in(each)]
    return counts[0].count if len(counts) == 1 else None


def _steps_in(node: SomeIterations) -> bool:
    inner = CodePath(file="", body=node.body)
    return any(act.kind == "optimizer_step" for act in inner.acts())


def _sometimes(program: CodePath) -> Iterator[SomeIterations]:
    pending = list(program.body)
    for node in pending:
        if isinstance(node, SomeIterations):
            yield node
            pending += [*node.body, *node.otherwise]
        elif isinstance(node, Loop):
            pending += node.body


def _steps(program: CodePath) -> KnownLength | None:
    """The steps of a run that is one loop over steps, without epochs."""
    loops = [each for each in program.body if isinstance(each, Loop)]
    if len(loops) != 1 or loops[0].kind != "batch" or loops[0].assumed:
        return None
    return _length(program, loops[0].length)
