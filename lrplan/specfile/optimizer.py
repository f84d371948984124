"""The ``optimizer`` mapping of a schedule, checked against the optimizer's row in the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from lrplan.catalog import OPTIMIZERS, Argument, OptimizerRow
from lrplan.catalog.optimizer_arguments import (
    COUNT,
    FROZEN_UNTIL,
    GROUP_KEYS,
    LR_DECAY,
    LR_SCALE,
    NO_DECAY_TWIN,
)
from lrplan.catalog.suggestions import suggest_optimizer
from lrplan.clock import Clock
from lrplan.node import Node
from lrplan.plan import LR_TENSOR, GroupPlan, OptimizerPlan, UserCode
from lrplan.specfile.group_members import check_group_keys, group_keys, members_of
from lrplan.specfile.lr_per_samples import is_per_samples, read_per_samples
from lrplan.specfile.lr_tensor import read_lr_tensor
from lrplan.specfile.model_errors import describe
from lrplan.specfile.parameter_groups import ParameterGroups, WrittenGroup, multiple_in
from lrplan.specfile.plain_arguments import is_within_bounds, read_plain
from lrplan.specfile.problem_scope import ProblemScope, child_path
from lrplan.specfile.scheduler_arguments import SchedulerArgumentReader
from lrplan.specfile.split_tuples import with_rejoined_tuples
from lrplan.specfile.unknown_keys import report_unknown_key
from lrplan.specfile.user_code.reference import read_code
from lrplan.specfile.user_code.rows import optimizer_row
from lrplan.text import join_words
from lrplan.trace import DEFAULT_GROUP

_OWN_KEYS = ("type", "groups", LR_TENSOR)
_GROUP_KEYS = tuple(argument.name for argument in GROUP_KEYS)
_EXAMPLES = {
    COUNT.name: 12,
    LR_DECAY.name: 0.75,
    NO_DECAY_TWIN.name: "true",
    FROZEN_UNTIL.name: "1ep",
}


def read_optimizer(
    node: Node, clock: Clock, scope: ProblemScope, path: str
) -> OptimizerPlan | None:
    """The optimizer that ``node`` describes, or None after reporting what is wrong."""
    code = _user_code(node, scope, path)
    row = _row(node, scope, path) if code is None else optimizer_row(code.text)
    if row is None:
        return None
    arguments = _arguments(row, node, clock, scope, path, own_keys=_OWN_KEYS)
    groups_node = node.get("groups")
    groups: tuple[GroupPlan, ...] = ()
    if groups_node is not None:
        groups_path = child_path(path, "groups")
        groups = tuple(_groups(row, arguments, groups_node, clock, scope, groups_path))
        if row.single_group and len(groups) > 1:
            message = f"{row.name} takes one parameter group, not {len(groups)}"
            scope.problem_at_key("bad-value", groups_node, groups_path, message)
    groups = groups or (GroupPlan(DEFAULT_GROUP),)
    lr_tensor = read_lr_tensor(node, scope, path)
    if code is not None and (lr_tensor or any(group.lr_tensor for group in groups)):
        message = (
            f"`{LR_TENSOR}` is for optimizers of torch: your own class can make the tensor itself"
        )
        scope.problem_at_value("bad-value", node, path, message)
    return OptimizerPlan(row.name, row, arguments, groups, path, code, lr_tensor)


def _user_code(node: Node, scope: ProblemScope, path: str) -> UserCode | None:
    kind = node.get("type")
    # A colon tells user code, `./opt.py:MyAdam`, from a name in the catalogue, `Adam`.
    if kind is None or not isinstance(kind.value, str) or ":" not in kind.value:
        return None
    if kind.value in OPTIMIZERS:
        return None
    return read_code(kind, scope, child_path(path, "type"))


def _row(node: Node, scope: ProblemScope, path: str) -> OptimizerRow | None:
    kind = node.get("type")
    if kind is None:
        several = [key for key, value in node.items() if value.get("type") is not None]
        fix = "name a class of torch.optim, such as `type: AdamW`"
        if several:
            fix = (
                f"a schedule has one optimizer: give {join_words(several)} each a schedule of its"
                " own"
            )
        scope.problem_at_key("missing-key", node, path, "`type` is missing", fix)
        return None
    path = child_path(path, "type")
    if not isinstance(kind.value, str):
        scope.problem_at_value(
            "wrong-type", kind, path, f"`type` must be a name, not {describe(kind)}"
        )
    elif kind.value in OPTIMIZERS:
        return OPTIMIZERS[kind.value]
    elif ":" not in kind.value:  # code that cannot be used was reported
        message = f"there is no optimizer `{kind.value}`"
        scope.problem_at_value("unknown-name", kind, path, message, suggest_optimizer(kind.value))
    return None


def _arguments(
    row: OptimizerRow,
    node: Node,
    clock: Clock,
    scope: ProblemScope,
    path: str,
    *,
    own_keys: tuple[str, ...],
    extra: tuple[Argument, ...] = (),
    shared: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """The values in ``node`` of the arguments that ``row`` lists, and of those in ``extra``.

    Args:
        row: the optimizer.
        node: the mapping of the optimizer, or of a group.
        clock: counts the samples of a step.
        scope: where problems go.
        path: of ``node``.
        own_keys: keys that are read elsewhere.
        extra: keys of a group that are not arguments of the optimizer.
        shared: the arguments of the optimizer, of which the values of a group may be multiples.
    """
    values: dict[str, object] = {}
    arguments = {argument.name: argument for argument in (*row.arguments, *extra)}
    node = with_rejoined_tuples(node)
    for key, value in node.items():
        if key in own_keys:
            continue
        own_path = child_path(path, key)
        multiple = None if shared is None else _multiple(row, shared, key, value)
        if multiple is not None:
            argument = arguments.get(key)
            if argument is None or is_within_bounds(argument, multiple, value, scope, own_path):
                values[key] = multiple
        elif key == "lr" and is_per_samples(value):
            values[key] = read_per_samples(value, clock, scope, own_path)
        elif row.takes_any and (key == LR_SCALE.name or key not in arguments):
            values[key] = value.to_python()
        elif key in arguments:
            values[key] = read_plain(arguments[key], value, scope, own_path)
        elif key == LR_SCALE.name or key in _GROUP_KEYS:
            message = f"`{key}` is a key of a parameter group, not of {row.name} itself"
            example = f"{{{DEFAULT_GROUP}: {{{key}: {_EXAMPLES.get(key, 0.5)}}}}}"
            fix = f"write it into the groups, as in groups: {example}"
            scope.problem_at_key("unknown-key", value, own_path, message, fix)
        else:
            valid = (*own_keys, *arguments)
            owner = f" for {row.name}"
            report_unknown_key(value, own_path, key, valid, scope, owner, node.keys())
    return values


def _multiple(
    row: OptimizerRow, shared: Mapping[str, object], key: str, node: Node
) -> float | None:
    """The number that ``0.65x`` is for ``key`` of a group; None for anything else."""
    argument, factor = row.argument(key), multiple_in(node)
    value = shared.get(key, None if argument is None else argument.default)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if factor is None or not is_number or (argument is not None and argument.kind != "number"):
        return None
    return factor * float(value)  # type: ignore[arg-type]  # a number, as was asked above


def _groups(
    row: OptimizerRow,
    shared: Mapping[str, object],
    node: Node,
    clock: Clock,
    scope: ProblemScope,
    path: str,
) -> Iterator[GroupPlan]:
    names: set[str] = set()
    for name, group, group_path in named_groups(node, scope, path):
        written = WrittenGroup.read(name, group)
        twice = next((each.name for each in written.members() if each.name in names), None)
        if twice is not None:
            scope.problem_at_value(
                "duplicate-key", group, group_path, f"there are two groups named `{twice}`"
            )
            continue
        names.update(each.name for each in written.members())
        if group.value is not None and not group.is_mapping:
            message = f"group `{name}` must be a mapping, not {describe(group)}"
            scope.problem_at_value(
                "wrong-type", group, group_path, message, "for example {lr: 1e-3}"
            )
            continue
        own_keys = (LR_TENSOR, FROZEN_UNTIL.name, *(("name",) if node.is_list else ()))
        extra = (LR_SCALE, *group_keys(row, group))
        options: dict[str, object] = {}
        if group.value:
            options = _arguments(
                row,
                group,
                clock,
                scope,
                group_path,
                own_keys=own_keys,
                extra=extra,
                shared=shared,
            )
        check_group_keys(row, shared, group, scope, group_path)
        plan = GroupPlan(
            name,
            options,
            read_lr_tensor(group, scope, group_path),
            group_path,
            frozen_until=_frozen_until(group, clock, scope, group_path),
        )
        yield from members_of(row, shared, plan, written)


def _frozen_until(group: Node, clock: Clock, scope: ProblemScope, path: str) -> int:
    """The number of steps for which the group is frozen."""
    node = group.get(FROZEN_UNTIL.name)
    if node is None:
        return 0
    reader = SchedulerArgumentReader(scope, clock.with_plain_loop, "step", 1, ParameterGroups())
    steps = reader.read(FROZEN_UNTIL, node, child_path(path, FROZEN_UNTIL.name))
    return steps if isinstance(steps, int) else 0


def named_groups(node: Node, scope: ProblemScope, path: str) -> Iterable[tuple[str, Node, str]]:
    """Yield the name, the node and the path of each group in ``groups``; report the others."""
    if node.is_mapping and node.value:
        for key, group in node.items():
            yield key, group, child_path(path, key)
    elif node.is_list and node.value:
        for index, group in enumerate(node.elements()):
            group_path = child_path(path, index)
            name = group.get("name")
            if name is None or not isinstance(name.value, str) or not name.value:
                message = "a group in a list must be a mapping with a `name`"
                scope.problem_at_value("missing-key", group, group_path, message)
            else:
                yield name.value, group, group_path
    elif node.value in ({}, ()):
        scope.problem_at_value("bad-value", node, path, "`groups` names no group")
    else:
        message = "`groups` must be a mapping of group names, or a list of mappings with `name`"
        scope.problem_at_value("wrong-type", node, path, f"{message}, not {describe(node)}")
