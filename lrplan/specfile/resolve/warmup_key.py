"""Reads the key ``warmup`` of a scheduler: a length, or a mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from lrplan.catalog import Argument, SchedulerRow
from lrplan.catalog.ramps import LENGTH, SHAPE, START, START_LR, WARMUP_KEYS, WARMUP_PACKAGES
from lrplan.node import Node
from lrplan.plan import SchedulerPlan
from lrplan.specfile.models import WARMUP
from lrplan.specfile.problem_scope import child_path
from lrplan.specfile.resolve.warmup import WrittenWarmup
from lrplan.specfile.scheduler_arguments import SchedulerArgumentReader
from lrplan.specfile.unknown_keys import renamed_keys, report_unknown_key

_KEYS = tuple(argument.name for argument in WARMUP_KEYS)
_WITHIN_EPOCHS = ("st", "ba", "sp", "tok")


def warmup_node(node: Node, row: SchedulerRow) -> Node | None:
    """The value of ``warmup`` beside a scheduler; None without one.

    If the scheduler has an argument ``warmup`` itself, the key is that argument.
    """
    value = node.get(WARMUP)
    is_none = value is None or value.value is None or row.argument(WARMUP) is not None
    return None if is_none else value


def read_warmup(node: Node, reader: SchedulerArgumentReader, path: str) -> WrittenWarmup | None:
    """The warm-up at ``node``, whose path is ``path``; None after reporting what is wrong."""
    if node.is_mapping:
        given = dict(node.items())
        paths = {name: child_path(path, name) for name in given}
        for key, value in given.items():
            if key not in _KEYS:
                owner = f" of `{WARMUP}`"
                report_unknown_key(value, paths[key], key, _KEYS, reader.scope, owner, given)
    else:
        given, paths = {LENGTH.name: node}, {}
    if LENGTH.name not in given and LENGTH.name in renamed_keys(given, _KEYS):
        return None  # `{steps: 500}` is one mistake
    if LENGTH.name not in given:
        message, fix = f"`{WARMUP}` needs `{LENGTH.name}`", "write `length: 5%`"
        reader.scope.problem_at_key("missing-key", node, path, message, fix)
        return None
    values = (_value(each, given, paths, reader, path) for each in WARMUP_KEYS)
    length, start, shape, mode, start_lr = values
    if START_LR.name in given:
        start = _start_of(start_lr, given, reader, paths[START_LR.name])
        paths = {**paths, START.name: paths[START_LR.name]}
    if not (
        isinstance(length, int)
        and isinstance(start, (int, float))
        and isinstance(shape, str)
        and isinstance(mode, str)
    ):
        return None
    warmup = WrittenWarmup(length, float(start), shape, mode, path, paths)
    return warmup if _is_sound(warmup, given, reader) else None


def _value(
    argument: Argument,
    given: Mapping[str, Node],
    paths: Mapping[str, str],
    reader: SchedulerArgumentReader,
    path: str,
) -> object:
    """The value of one key, or its default; None after reporting a problem."""
    node = given.get(argument.name)
    if node is None:
        return argument.default
    if not paths:  # `warmup: 5ep`: messages call the length `warmup`
        return reader.read(replace(argument, name=WARMUP), node, path)
    return reader.read(argument, node, paths[argument.name])


def _start_of(
    start_lr: object, given: dict[str, Node], reader: SchedulerArgumentReader, path: str
) -> float | None:
    """The factor that a first learning rate is; None after reporting what is wrong with it."""
    # Example: an optimizer with lr 1e-3 and `start_lr: 1e-6` begins at a factor of 0.001.
    known = reader.driven.lrs
    if not isinstance(start_lr, (int, float)) or known is None:
        return None
    lrs = {known.get(name, 0.0) for name in reader.groups}
    lr = lrs.pop()
    if START.name in given:
        problem = f"`{START.name}` and `{START_LR.name}` say the same: leave one of them out"
    elif lrs:
        problem = f"`{START_LR.name}` is for groups of one lr, and these have several"
    elif not lr:
        problem = f"`{START_LR.name}` needs the lr of the optimizer"
    else:
        return start_lr / lr
    fix = "" if START.name in given else f"give `{START.name}`, a factor on the lr of each group"
    reader.scope.problem_at_value("bad-value", given[START_LR.name], path, problem, fix)
    return None


def _is_sound(
    warmup: WrittenWarmup, given: dict[str, Node], reader: SchedulerArgumentReader
) -> bool:
    """Return True if the parts of a warm-up go together; report it otherwise."""
    paths, length = warmup.paths, given[LENGTH.name]
    if warmup.shape == "exponential" and warmup.start == 0:
        message, fix = "an exponential warm-up cannot start from 0", "give `start`, such as 0.01"
        at, key = given.get(START.name) or given[SHAPE.name], START.name
        path = paths.get(key, paths[SHAPE.name])
        reader.scope.problem_at_value("bad-value", at, path, message, fix)
        return False
    problem = _length_problem(warmup.length, length, reader)
    if problem is not None:
        path = paths.get(LENGTH.name, warmup.path)
        reader.scope.problem_at_value("bad-duration", length, path, *problem)
    return problem is None


def _length_problem(
    ticks: int, length: Node, reader: SchedulerArgumentReader
) -> tuple[str, str] | None:
    """The problem of a length that was rounded to ``ticks``, and its fix."""
    if not isinstance(length.value, str) or length.number is not None:
        return None
    text, clock = length.value, reader.clock
    terms = tuple(term for term in clock.terms(text) if term.duration is not None)
    if ticks == 0 and any(term.duration.amount for term in terms if term.duration):
        message = f"`{WARMUP}`: {text} is less than half a tick of this scheduler"
        return message, "write 0 for no warm-up, or let the scheduler tick more often"
    within = any(term.duration.unit in _WITHIN_EPOCHS for term in terms if term.duration)
    if reader.interval != "epoch" or not within:
        return None
    exact = clock.batching.terms_to_ticks(terms, "epoch", clock.length("epoch"))
    message = f"`{WARMUP}`: {text} ends inside an epoch, where this scheduler has no tick"
    fix = "write `interval: step`, with a unit for every other length (`30ep`)"
    return (message, fix) if exact.denominator > 1 else None


def suits(
    warmup: WrittenWarmup, main: SchedulerPlan, node: Node, reader: SchedulerArgumentReader
) -> bool:
    """Return True if ``main`` can be warmed up so; report it at ``node`` otherwise."""
    problem = next(_problems(main), None)
    if problem is not None:
        reader.scope.problem_at_key("bad-value", node, warmup.path, *problem)
    return problem is None


def _problems(main: SchedulerPlan) -> Iterator[tuple[str, str]]:
    row = main.row
    field, own = row.field(main.arguments), row.name_of("warm-up")
    argument = row.argument(own)
    if field != "lr":
        message = f"`{WARMUP}` is for a learning rate, and this {main.type} sets {field}"
        yield message, "put the warm-up on the scheduler of the lr"
    elif argument is not None and main.arguments.get(own, argument.default):
        fix = f"change `{own}`, or leave `{WARMUP}` out"
        yield f"{main.type} has a warm-up of its own: `{own}`", fix
    elif row.replaces_lr:
        fix = "leave it out, or use a scheduler that starts from the optimizer's lr"
        yield f"{main.type} sets learning rates of its own, which `{WARMUP}` would not reach", fix
    elif row.extra and row.family not in WARMUP_PACKAGES:
        fix = "use the warm-up of that package, or a scheduler of torch"
        yield f"`{WARMUP}` is not for schedulers of {row.family}, which count by themselves", fix
