"""The ``scheduler`` of a schedule: one mapping or a list, nested to any depth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial

from lrplan.catalog import SCHEDULERS, Argument, SchedulerRow
from lrplan.catalog.plugins import PluginError, rows_beside
from lrplan.catalog.suggestions import suggest, suggest_scheduler
from lrplan.clock import Cadence, Clock
from lrplan.edits import Edit
from lrplan.node import Node
from lrplan.plan import SchedulerPlan, UserCode
from lrplan.specfile.expressions.lengths import unknown_total
from lrplan.specfile.model_errors import describe, validate
from lrplan.specfile.models import OUTERMOST_KEYS, WARMUP, SchedulerKeysModel
from lrplan.specfile.parameter_groups import ParameterGroups
from lrplan.specfile.problem_scope import ProblemScope, child_path
from lrplan.specfile.resolve.lrs_per_group import row_per_group
from lrplan.specfile.resolve.phases import PhaseReaders
from lrplan.specfile.resolve.warmup_key import read_warmup, suits, warmup_node
from lrplan.specfile.scheduler_arguments import SchedulerArgumentReader
from lrplan.specfile.split_tuples import with_rejoined_tuples
from lrplan.specfile.unknown_keys import renamed_keys, report_unknown_key
from lrplan.specfile.user_code.arguments import UserArgumentReader
from lrplan.specfile.user_code.reference import read_code
from lrplan.specfile.user_code.scheduler import scheduler_plan, user_scheduler_plan
from lrplan.text import join_words, quantity, yaml_flow

OWN_KEYS = tuple(SchedulerKeysModel.model_fields)


def read_schedulers(
    node: Node | None, clock: Clock, groups: ParameterGroups, scope: ProblemScope, path: str
) -> tuple[SchedulerPlan, ...]:
    """The schedulers of a schedule in the order they tick; empty for a constant lr."""
    if node is None or node.value is None:
        return ()
    if node.is_list:
        nodes = [(element, child_path(path, i)) for i, element in enumerate(node.elements())]
    else:
        nodes = [(node, path)]
    if len(nodes) > 1 and clock.loop.one_scheduler:
        message = (
            f"{clock.loop.display_name} takes one scheduler, and this schedule has {len(nodes)}"
        )
        fix = "put them into a SequentialLR or a ChainedScheduler, or use another `training.loop`"
        scope.problem_at_value("bad-value", node, path, message, fix)
    plans = (_outermost(each, clock, groups, scope, own_path) for each, own_path in nodes)
    return tuple(plan for plan in plans if plan is not None)


def count_schedulers(node: Node | None) -> int:
    """The number of schedulers in ``scheduler``, right or not."""
    if node is None or node.value is None:
        return 0
    return len(node.elements()) if node.is_list else 1


def _outermost(
    node: Node, clock: Clock, groups: ParameterGroups, scope: ProblemScope, path: str
) -> SchedulerPlan | None:
    keys = _own_keys(node, scope, path)
    if keys is None:
        return None
    driven_groups = _driven_groups(node.get("groups"), groups, scope, child_path(path, "groups"))
    interval = keys.interval or clock.default_interval
    if interval == "epoch" and clock.epochs is None:
        message = "`interval: epoch` never ticks: this run has no epochs"
        fix = "give `steps_per_epoch` in `training`, or use `interval: step`"
        scope.problem_at_value("bad-value", node.get("interval") or node, path, message, fix)
        return None
    total = partial(clock.planned_calls, Cadence(interval, keys.frequency))
    reader = SchedulerArgumentReader(scope, clock, interval, keys.frequency, driven_groups, total)
    plan = _scheduler(node, keys, reader, path)
    if plan is None or not _suits_loop(plan, node, reader, path):
        return plan
    # Loops such as Accelerate's call step() several times a tick; then the lengths that a user
    # counts in ticks are not the calls that the scheduler counts.
    is_regular = clock.calls_per_tick(Cadence(interval, keys.frequency)) == Fraction(
        1, keys.frequency
    )
    return replace(plan, irregular=not is_regular)


def _suits_loop(
    plan: SchedulerPlan, node: Node, reader: SchedulerArgumentReader, path: str
) -> bool:
    """Return True if the training loop can tick ``plan`` as written; report it otherwise."""
    loop = reader.clock.loop
    refusal = loop.refusal(
        plan.cadence,
        written=node.get("interval") is not None,
        windows_change=reader.clock.settings.accumulate_ramp is not None,
    )
    if refusal is not None:
        key = node.get(refusal.key)
        key_path = path if key is None else child_path(path, refusal.key)
        reader.scope.problem_at_value(
            "bad-value", key or node, key_path, refusal.message, refusal.fix
        )
    return refusal is None


def _own_keys(node: Node, scope: ProblemScope, path: str) -> SchedulerKeysModel | None:
    if not node.is_mapping:
        message = f"a scheduler must be a mapping with a `type`, not {describe(node)}"
        fix, edits = _as_mapping(node, path)
        scope.problem_at_value("wrong-type", node, path, message, fix, edits)
        return None
    own = {key: value for key, value in node.items() if key in OWN_KEYS}
    return validate(SchedulerKeysModel, replace(node, value=own), scope, path)


def _as_mapping(node: Node, path: str) -> tuple[str, tuple[Edit, ...]]:
    """The mapping that the bare name of a scheduler stands for, where it takes no arguments."""
    row = SCHEDULERS.get(node.value) if isinstance(node.value, str) else None
    if row is None:
        return "", ()
    needed = "".join(f", {each.name}: ..." for each in row.arguments if each.required)
    edits = () if needed else (Edit(path, yaml_flow({"type": row.name})),)
    return f"write {{type: {row.name}{needed}}}", edits


def _driven_groups(
    node: Node | None, groups: ParameterGroups, scope: ProblemScope, path: str
) -> ParameterGroups:
    if node is None or not node.is_list:
        return groups
    names = [element.value for element in node.elements()]
    for index, element in enumerate(node.elements()):
        name = element.value
        if isinstance(name, str) and not groups.groups_named(name):
            message = f"there is no parameter group `{name}`"
            fix = suggest(name, groups.valid_names())
            scope.problem_at_value("unknown-name", element, child_path(path, index), message, fix)
    if not names:
        scope.problem_at_value("bad-value", node, path, "`groups` names no group")
    return groups.select(name for name in names if isinstance(name, str))


def _scheduler(
    node: Node, keys: SchedulerKeysModel, reader: SchedulerArgumentReader, path: str
) -> SchedulerPlan | None:
    row = _row(node, keys.type, reader.scope, path)
    if row is None:
        return None
    if isinstance(row, SchedulerRow):
        return _with_warmup(row, node, keys, reader, path)
    return _of_user_code(row, node, keys, reader, path)


def _of_user_code(
    row: UserCode, node: Node, keys: SchedulerKeysModel, reader: SchedulerArgumentReader, path: str
) -> SchedulerPlan:
    inside = replace(reader, total=unknown_total, begin=unknown_total, is_inside=True)
    user_reader = UserArgumentReader(
        reader, lambda inner, inner_path: _inner(inner, inside, inner_path)
    )
    return user_scheduler_plan(row, user_reader, node, keys, path)


def _with_warmup(
    row: SchedulerRow,
    node: Node,
    keys: SchedulerKeysModel,
    reader: SchedulerArgumentReader,
    path: str,
) -> SchedulerPlan:
    """The plan of a scheduler of the catalogue, inside its warm-up if it has one."""
    written = warmup_node(node, row)
    if written is None:
        return _of_catalogue(row, node, keys, reader, path)
    warmup = read_warmup(written, reader, child_path(path, WARMUP))
    if warmup is None:  # only to check the rest of a scheduler that is given up
        return _of_catalogue(row, node, keys, reader, path)
    main = _of_catalogue(row, node, keys, warmup.reader_of_main(reader), path)
    return warmup.join(main) if suits(warmup, main, written, reader) else main


def _of_catalogue(
    row: SchedulerRow,
    node: Node,
    keys: SchedulerKeysModel,
    reader: SchedulerArgumentReader,
    path: str,
) -> SchedulerPlan:
    node = with_rejoined_tuples(node)
    _check_argument_names(row, node, reader, path)
    if row.container == "sequential":
        _check_milestones(row, node, reader.scope, path)
    starts_late = next((name for name in row.starts_late if node.get(name) is not None), "")
    arguments = _arguments(row, node, replace(reader, late_start_argument=starts_late), path)
    row = row_per_group(row, arguments, node, reader, path)
    return scheduler_plan(row, arguments, keys, reader, path)


def _arguments(
    row: SchedulerRow, node: Node, reader: SchedulerArgumentReader, path: str
) -> dict[str, object]:
    """The arguments in the row's order; the schedulers inside are read when their phases are."""
    given = [each for each in row.arguments if node.get(each.name) is not None]
    inside = [each for each in given if each.kind in ("scheduler", "schedulers")]
    values: dict[str, object] = {}
    for argument in (*(each for each in given if each not in inside), *inside):
        value = node.get(argument.name)
        if value is not None:
            own_path = child_path(path, argument.name)
            phases_inside = PhaseReaders(row, values, reader)
            values[argument.name] = _argument(argument, value, phases_inside, own_path)
    return {each.name: values[each.name] for each in given}


def _check_milestones(row: SchedulerRow, node: Node, scope: ProblemScope, path: str) -> None:
    """Report a number of milestones that torch refuses: one less than schedulers are needed."""
    name = row.name_of("hand-over")
    milestones, members = node.get(name), node.get("schedulers")
    if milestones is None or members is None or not (milestones.is_list and members.is_list):
        return
    given, needed = len(milestones.elements()), len(members.elements()) - 1
    if given == needed or needed < 0:
        return
    message = (
        f"{row.name} takes one milestone between two schedulers: {needed} for the"
        f" {needed + 1} here, not {given}"
    )
    less, more = quantity(given - needed, "milestone"), quantity(needed - given, "milestone")
    fix = f"leave out {less}" if given > needed else f"add {more}, or leave out schedulers"
    scope.problem_at_value("bad-value", milestones, child_path(path, name), message, fix)


def _row(node: Node, name: str, scope: ProblemScope, path: str) -> SchedulerRow | UserCode | None:
    if name in SCHEDULERS:
        return SCHEDULERS[name]
    type_path = child_path(path, "type")
    type_node = node.get("type") or node
    try:
        rows = rows_beside(name)
    except PluginError as error:
        scope.problem_at_value(
            "cannot-build", type_node, type_path, f"`{name}` cannot be used: {error}"
        )
        return None
    if rows is None:
        return read_code(type_node, scope, type_path)
    if name in rows:
        return rows[name]
    message = f"there is no scheduler `{name}`"
    fix = suggest_scheduler(name, tuple(rows))
    scope.problem_at_value("unknown-name", type_node, type_path, message, fix)
    return None


_FROM_THE_START = ("last_epoch", -1)
"""An argument of torch's schedulers with its default, which says that nothing is resumed."""


def _check_argument_names(
    row: SchedulerRow, node: Node, reader: SchedulerArgumentReader, path: str
) -> None:
    scope, names = reader.scope, tuple(argument.name for argument in row.arguments)
    valid = (*names, *(key for key in OWN_KEYS if key != WARMUP or not reader.is_inside))
    for key, value in node.items():
        begins = (key, value.value) == _FROM_THE_START and row.takes_last_epoch
        if key not in OWN_KEYS and key not in names and not begins:
            own_path, owner = child_path(path, key), f" for {row.name}"
            report_unknown_key(value, own_path, key, valid, scope, owner, node.keys())
    # `Tmax: 90` is one mistake: that T_max is missing follows from it.
    renamed = renamed_keys(node.keys(), valid)
    for argument in row.arguments:
        if argument.required and argument.name not in renamed and node.get(argument.name) is None:
            own_path = child_path(path, argument.name)
            message, fix = f"{row.name} needs `{argument.name}`", argument.doc
            if argument.role in ("end", "ramp"):
                fix += f" `{argument.name}: rest` is up to the end of the run or phase."
            scope.problem_at_key("missing-key", node.get("type") or node, own_path, message, fix)
    # OneCycleLR has (total_steps) or (epochs and steps_per_epoch): `epochs` alone fits neither set.
    keys = node.keys()
    if row.one_of and not any(all(name in keys for name in each) for each in row.one_of):
        choices = ", or ".join(join_words([f"`{name}`" for name in each]) for each in row.one_of)
        message = f"{row.name} needs {choices}"
        scope.problem_at_key("missing-key", node.get("type") or node, path, message)


def _argument(argument: Argument, node: Node, phases_inside: PhaseReaders, path: str) -> object:
    if argument.kind == "scheduler":
        return None if node.value is None else _inner(node, phases_inside.of(0), path)
    if argument.kind == "schedulers":
        return list(_inner_list(argument, node, phases_inside, path))
    return phases_inside.reader.read(argument, node, path)


def _inner_list(
    argument: Argument, node: Node, phases_inside: PhaseReaders, path: str
) -> Iterator[SchedulerPlan]:
    if not node.is_list or not node.elements():
        message = f"`{argument.name}` must be a list of schedulers, not {describe(node)}"
        phases_inside.reader.scope.problem_at_value("wrong-type", node, path, message)
        return
    for index, element in enumerate(node.elements()):
        plan = _inner(element, phases_inside.of(index), child_path(path, index))
        if plan is not None:
            yield plan


def _inner(node: Node, reader: SchedulerArgumentReader, path: str) -> SchedulerPlan | None:
    keys = _own_keys(node, reader.scope, path)
    if keys is None:
        return None
    row = SCHEDULERS.get(keys.type)
    for key in OUTERMOST_KEYS:
        value = node.get(key)
        is_own = key == WARMUP and (row is None or row.argument(key) is not None)
        if value is not None and not is_own:
            message = f"`{key}` belongs to the outermost scheduler, with which this one ticks"
            reader.scope.problem_at_key("unknown-key", value, child_path(path, key), message)
    return _scheduler(node, keys, reader, path)
