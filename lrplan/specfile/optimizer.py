"""The ``optimizer`` mapping of a schedule, checked against the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.catalog import OPTIMIZERS
from lrplan.catalog.optimizer_arguments import LR_SCALE
from lrplan.plan import LR_TENSOR, GroupPlan, OptimizerPlan
from lrplan.specfile.arguments import check_plain
from lrplan.specfile.lr_tensor import read_lr_tensor
from lrplan.specfile.model_errors import describe, report_unknown_key, suggest
from lrplan.specfile.problem_scope import child_path
from lrplan.specfile.user_code.reference import read_code
from lrplan.specfile.user_code.rows import optimizer_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lrplan.catalog import Argument, OptimizerRow
    from lrplan.node import Node
    from lrplan.plan import UserCode
    from lrplan.specfile.problem_scope import Scope

DEFAULT_GROUP = "all"
_OWN_KEYS = ("type", "groups", LR_TENSOR)


def read_optimizer(node: Node, scope: Scope, path: str) -> OptimizerPlan | None:
    """The optimizer that ``node`` describes, or None after reporting what is wrong."""
    code = _code(node, scope, path)
    row = _row(node, scope, path) if code is None else optimizer_row(code.text)
    if row is None:
        return None
    arguments = _arguments(row, node, scope, path, own_keys=_OWN_KEYS)
    groups_node = node.get("groups")
    groups: tuple[GroupPlan, ...] = ()
    if groups_node is not None:
        where = child_path(path, "groups")
        groups = tuple(_groups(row, groups_node, scope, where))
        if row.single_group and len(groups) > 1:
            message = f"{row.name} takes one parameter group, not {len(groups)}"
            scope.key("bad-value", groups_node, where, message)
    groups = groups or (GroupPlan(DEFAULT_GROUP),)
    tensor = read_lr_tensor(node, scope, path)
    if code is not None and (tensor or any(group.lr_tensor for group in groups)):
        message = (
            f"`{LR_TENSOR}` is for optimizers of torch: your own class can make the tensor itself"
        )
        scope.value("bad-value", node, path, message)
    return OptimizerPlan(row.name, row, arguments, groups, path, code, tensor)


def group_names(node: Node | None) -> tuple[str, ...]:
    """The names of the parameter groups of an ``optimizer`` mapping, right or not."""
    groups = node.get("groups") if node is not None and node.is_mapping else None
    if groups is None:
        return (DEFAULT_GROUP,)
    if groups.is_mapping:
        return tuple(name for name, _ in groups.items())
    elements = groups.elements() if groups.is_list else ()
    names = (element.get("name") for element in elements if element.is_mapping)
    return tuple(str(name.value) for name in names if name is not None)


def _code(node: Node, scope: Scope, path: str) -> UserCode | None:
    kind = node.get("type")
    if kind is None or not isinstance(kind.value, str) or ":" not in kind.value:
        return None
    return read_code(kind, scope, child_path(path, "type"))


def _row(node: Node, scope: Scope, path: str) -> OptimizerRow | None:
    kind = node.get("type")
    if kind is None:
        fix = "name a class of torch.optim, such as `type: AdamW`"
        scope.key("missing-key", node, path, "`type` is missing", fix)
        return None
    path = child_path(path, "type")
    if not isinstance(kind.value, str):
        scope.value("wrong-type", kind, path, f"`type` must be a name, not {describe(kind)}")
    elif ":" in kind.value:
        return None  # code that cannot be used, which was reported
    elif kind.value not in OPTIMIZERS:
        message = f"there is no optimizer `{kind.value}`"
        scope.value("unknown-name", kind, path, message, suggest(kind.value, tuple(OPTIMIZERS)))
    else:
        return OPTIMIZERS[kind.value]
    return None


def _arguments(
    row: OptimizerRow,
    node: Node,
    scope: Scope,
    path: str,
    *,
    own_keys: tuple[str, ...],
    more: tuple[Argument, ...] = (),
) -> dict[str, object]:
    """The arguments that ``node`` gives: those of ``row``, and ``more``."""
    checked: dict[str, object] = {}
    arguments = {argument.name: argument for argument in (*row.arguments, *more)}
    for key, value in node.items():
        if key in own_keys:
            continue
        where = child_path(path, key)
        if row.takes_any:
            checked[key] = value.plain()
        elif key in arguments:
            checked[key] = check_plain(arguments[key], value, scope, where)
        elif key == LR_SCALE.name:
            message = f"`{key}` is a key of a parameter group, not of {row.name} itself"
            fix = f"write it into the groups, as in groups: {{{DEFAULT_GROUP}: {{{key}: 0.5}}}}"
            scope.key("unknown-key", value, where, message, fix)
        else:
            valid = (*own_keys, *arguments)
            report_unknown_key(value, where, key, valid, scope, f" for {row.name}")
    return checked


def _groups(row: OptimizerRow, node: Node, scope: Scope, path: str) -> Iterator[GroupPlan]:
    seen: set[str] = set()
    for name, group, where in named_groups(node, scope, path):
        if name in seen:
            scope.value("duplicate-key", group, where, f"there are two groups named `{name}`")
            continue
        seen.add(name)
        if group.value is not None and not group.is_mapping:
            message = f"group `{name}` must be a mapping, not {describe(group)}"
            scope.value("wrong-type", group, where, message, "for example {lr: 1e-3}")
            continue
        own_keys = ("name", LR_TENSOR) if node.is_list else (LR_TENSOR,)
        options: dict[str, object] = {}
        if group.value:
            options = _arguments(row, group, scope, where, own_keys=own_keys, more=(LR_SCALE,))
        yield GroupPlan(name, options, read_lr_tensor(group, scope, where))


def named_groups(node: Node, scope: Scope, path: str) -> Iterable[tuple[str, Node, str]]:
    """Each group of ``groups``: its name, what it gives, and its path; problems are reported."""
    if node.is_mapping and node.value:
        for name, group in node.items():
            yield name, group, child_path(path, name)
    elif node.is_list and node.value:
        for index, group in enumerate(node.elements()):
            where = child_path(path, index)
            given = group.get("name")
            if given is None or not isinstance(given.value, str) or not given.value:
                message = "a group in a list must be a mapping with a `name`"
                scope.value("missing-key", group, where, message)
            else:
                yield given.value, group, where
    elif node.value in ({}, ()):
        scope.value("bad-value", node, path, "`groups` names no group")
    else:
        message = "`groups` must be a mapping of group names, or a list of mappings with `name`"
        scope.value("wrong-type", node, path, f"{message}, not {describe(node)}")
