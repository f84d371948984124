"""Lightning modules: what ``configure_optimizers`` says, and the loop that Lightning runs."""

from __future__ import annotations

from dataclasses import dataclass, field

from lrplan.schedule_code.model import Action, CodeValue, LightningScheduler, Loop, Node
from lrplan.source_code import calls
from lrplan.source_code.interpreter import Interpreter
from lrplan.source_code.methods import member_function
from lrplan.source_code.package_names import LIGHTNING_MODULES
from lrplan.source_code.plain_values import to_plain
from lrplan.source_code.values import (
    Class,
    Constant,
    DictValue,
    Instance,
    Name,
    Optimizer,
    Scheduler,
    Sequence,
    Value,
)

_KEYS = ("interval", "frequency", "monitor", "strict")


def is_lightning_module(of: Class, depth: int = 0) -> bool:
    """Return True if a class of the script derives from Lightning's."""
    return any(
        (isinstance(base, Name) and base.symbol in LIGHTNING_MODULES)
        or (isinstance(base, Class) and depth < 8 and is_lightning_module(base, depth + 1))
        for base in of.bases
    )


@dataclass(slots=True)
class LightningSetup:
    """The optimizers and schedulers that a Lightning module configures."""

    optimizers: list[Optimizer] = field(default_factory=list)
    schedulers: list[LightningScheduler] = field(default_factory=list)
    manual: bool = False


def follow_module(interpreter: Interpreter, made: Class) -> None:
    """Follow a module's ``configure_optimizers``, and note the loop that Lightning runs."""
    instance = calls.new_instance(interpreter, made, [], {})
    function = member_function(instance, "configure_optimizers")
    if function is None:
        return
    setup = LightningSetup()
    automatic = instance.attributes.get("automatic_optimization")
    setup.manual = isinstance(automatic, Constant) and automatic.value is False
    _read_result(interpreter, interpreter.call_function(interpreter, function, [], {}), setup)
    interpreter.is_lightning = True
    interpreter.lightning = tuple(setup.schedulers)
    interpreter.manual_optimization = setup.manual
    if setup.manual:
        _run_manually(interpreter, instance, setup)
    else:
        interpreter.nodes.append(_loop(interpreter, setup))


def _run_manually(interpreter: Interpreter, instance: Instance, setup: LightningSetup) -> None:
    """Follow the hooks that step by hand, in the loop of Lightning's trainer."""
    schedulers: list[Value] = [interpreter.schedulers[each.scheduler] for each in setup.schedulers]
    interpreter.configured = {
        "optimizers": _one_or_all(list(setup.optimizers)),
        "lr_schedulers": _one_or_all(schedulers),
    }
    interpreter.loops_met += 2
    batch, epoch = interpreter.loops_met, interpreter.loops_met - 1
    with interpreter.inside() as in_epoch:
        with interpreter.inside() as in_batch:
            _call_hooks(interpreter, instance, ("training_step", "on_train_batch_end"))
        interpreter.nodes.append(Loop(kind="batch", number=batch, body=tuple(in_batch)))
        _call_hooks(interpreter, instance, ("on_train_epoch_end", "training_epoch_end"))
        _call_hooks(interpreter, instance, ("on_validation_epoch_end", "validation_epoch_end"))
    interpreter.nodes.append(Loop(kind="epoch", number=epoch, body=tuple(in_epoch)))


def _one_or_all(values: list[Value]) -> Value:
    return values[0] if len(values) == 1 else Sequence(items=values)


def _call_hooks(interpreter: Interpreter, instance: Instance, names: tuple[str, ...]) -> None:
    for name in names:
        hook = member_function(instance, name)
        if hook is not None:
            interpreter.call_function(interpreter, hook, [], {})


def _read_result(interpreter: Interpreter, result: Value, setup: LightningSetup) -> None:
    if isinstance(result, Optimizer):
        setup.optimizers.append(result)
    elif isinstance(result, DictValue):
        _read_table(interpreter, result, setup)
    elif isinstance(result, Sequence):
        _read_sequence(interpreter, result, setup)


def _read_sequence(interpreter: Interpreter, result: Sequence, setup: LightningSetup) -> None:
    if len(result.items) == 2 and all(isinstance(each, Sequence) for each in result.items):
        optimizers, schedulers = result.items
        setup.optimizers += [each for each in _items(optimizers) if isinstance(each, Optimizer)]
        for each in _items(schedulers):
            _read_config(interpreter, each, setup, {})
        return
    for each in result.items:
        _read_result(interpreter, each, setup)


def _items(value: Value) -> list[Value]:
    return value.items if isinstance(value, Sequence) else []


def _read_table(interpreter: Interpreter, table: DictValue, setup: LightningSetup) -> None:
    optimizer = table.items.get("optimizer")
    if isinstance(optimizer, Optimizer):
        setup.optimizers.append(optimizer)
    config = table.items.get("lr_scheduler")
    if config is not None:
        beside = {key: each for key, each in table.items.items() if key in _KEYS}
        _read_config(interpreter, config, setup, beside)


def _read_config(
    interpreter: Interpreter, config: Value, setup: LightningSetup, beside: dict[str, Value]
) -> None:
    items: dict[str, Value] = {}
    scheduler = config
    if isinstance(config, DictValue):
        items = config.items
        scheduler = items.get("scheduler", Value())
    if not isinstance(scheduler, Scheduler):
        return
    found = LightningScheduler(
        scheduler=interpreter.schedulers.index(scheduler),
        interval=_value(items, "interval"),
        frequency=_value(items, "frequency"),
        # Lightning reads `monitor` also if it is beside the scheduler.
        monitor=_value(items, "monitor") or _value(beside, "monitor"),
        misplaced=tuple(key for key in beside if key not in {"monitor", "strict"}),
        place=scheduler.place,
    )
    setup.schedulers.append(found)


def _value(items: dict[str, Value], key: str) -> CodeValue | None:
    held = items.get(key)
    return None if held is None else CodeValue(key, *to_plain(held)[:1])


def _loop(interpreter: Interpreter, setup: LightningSetup) -> Loop:
    """The loop of Lightning's trainer: schedulers tick after every step, or after every epoch."""
    steps: list[Node] = [
        Action(
            kind="optimizer_step",
            index=interpreter.optimizers.index(each),
            of="optimizer",
            place=each.place,
        )
        for each in setup.optimizers
    ]
    by_step = [_tick(each) for each in setup.schedulers if _interval(each) == "step"]
    by_epoch = [_tick(each) for each in setup.schedulers if _interval(each) == "epoch"]
    interpreter.loops_met += 2
    batch = Loop(kind="batch", number=interpreter.loops_met, body=(*steps, *by_step), assumed=True)
    return Loop(
        kind="epoch", number=interpreter.loops_met - 1, body=(batch, *by_epoch), assumed=True
    )


def _interval(config: LightningScheduler) -> str:
    if config.interval is None:
        return "epoch"
    return str(config.interval.value)


def _tick(config: LightningScheduler) -> Action:
    return Action(kind="scheduler_tick", index=config.scheduler, place=config.place)
