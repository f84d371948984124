"""The ``optimizer`` mapping of a schedule, checked against the optimizer's row in the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lrplan.catalog import OPTIMIZERS, Argument, OptimizerRow
from lrplan.catalog.optimizer_arguments import LR_SCALE
from lrplan.catalog.suggestions import suggest_optimizer
from lrplan.node import Node
from lrplan.plan import LR_TENSOR, GroupPlan, OptimizerPlan, UserCode
from lrplan.specfile.lr_tensor import read_lr_tensor
from lrplan.specfile.model_errors import describe
from lrplan.specfile.plain_arguments import read_plain
from lrplan.specfile.problem_scope import Scope, child_path
from lrplan.specfile.unknown_keys import report_unknown_key
from lrplan.specfile.user_code.reference import read_code
from lrplan.specfile.user_code.rows import optimizer_row
from lrplan.text import join_words
from lrplan.trace import DEFAULT_GROUP

_OWN_KEYS = ("type", "groups", LR_TENSOR)


def read_optimizer(node: Node, scope: Scope, path: str) -> OptimizerPlan | None:
    """The optimizer that ``node`` describes, or None after reporting what is wrong."""
    code = _user_code(node, scope, path)
    row = _row(node, scope, path) if code is None else optimizer_row(code.text)
    if row is None:
        return None
    arguments = _arguments(row, node, scope, path, own_keys=_OWN_KEYS)
    groups_node = node.get("groups")
    groups: tuple[GroupPlan, ...] = ()
    if groups_node is not None:
        groups_path = child_path(path, "groups")
        groups = tuple(_groups(row, groups_node, scope, groups_path))
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


def _user_code(node: Node, scope: Scope, path: str) -> UserCode | None:
    kind = node.get("type")
    # A colon tells user code, `./opt.py:MyAdam`, from a name in the catalogue, `Adam`.
    if kind is None or not isinstance(kind.value, str) or ":" not in kind.value:
        return None
    return read_code(kind, scope, child_path(path, "type"))


def _row(node: Node, scope: Scope, path: str) -> OptimizerRow | None:
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
    elif ":" in kind.value:
        return None  # code that cannot be used, which was reported
    elif kind.value not in OPTIMIZERS:
        message = f"there is no optimizer `{kind.value}`"
        scope.problem_at_value("unknown-name", kind, path, message, suggest_optimizer(kind.value))
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
    extra: tuple[Argument, ...] = (),
) -> dict[str, object]:
    """The values in ``node`` of the arguments that ``row`` lists, and of those in ``extra``."""
    values: dict[str, object] = {}
    arguments = {argument.name: argument for argument in (*row.arguments, *extra)}
    for key, value in node.items():
        if key in own_keys:
            continue
        own_path = child_path(path, key)
        if row.takes_any:
            values[key] = value.plain()
        elif key in arguments:
            values[key] = read_plain(arguments[key], value, scope, own_path)
        elif key == LR_SCALE.name:
            message = f"`{key}` is a key of a parameter group, not of {row.name} itself"
            fix = f"write it into the groups, as in groups: {{{DEFAULT_GROUP}: {{{key}: 0.5}}}}"
            scope.problem_at_key("unknown-key", value, own_path, message, fix)
        else:
            valid = (*own_keys, *arguments)
            owner = f" for {row.name}"
            report_unknown_key(value, own_path, key, valid, scope, owner, node.keys())
    return values


def _groups(row: OptimizerRow, node: Node, scope: Scope, path: str) -> Iterator[GroupPlan]:
    names: set[str] = set()
    for name, group, group_path in named_groups(node, scope, path):
        if name in names:
            scope.problem_at_value(
                "duplicate-key", group, group_path, f"there are two groups named `{name}`"
            )
            continue
        names.add(name)
        if group.value is not None and not group.is_mapping:
            message = f"group `{name}` must be a mapping, not {describe(group)}"
            scope.problem_at_value(
                "wrong-type", group, group_path, message, "for example {lr: 1e-3}"
            )
            continue
        own_keys = ("name", LR_TENSOR) if node.is_list else (LR_TENSOR,)
        options: dict[str, object] = {}
        if group.value:
            options = _arguments(
                row, group, scope, group_path, own_keys=own_keys, extra=(LR_SCALE,)
            )
        yield GroupPlan(name, options, read_lr_tensor(group, scope, group_path))


def named_groups(node: Node, scope: Scope, path: str) -> Iterable[tuple[str, Node, str]]:
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
