"""The statements that list parameter groups, and the function that sorts parameters into them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from lrplan.export.code.formatting import INDENT, Brackets, Item, Node, sequence, statement
from lrplan.export.code.literals import literal
from lrplan.plan import GroupPlan, OptimizerPlan
from lrplan.text import join_words

_HEAD = '''\
def group_of(name: str, parameter: nn.Parameter) -> str:
    """The group that a parameter belongs to: adapt this to your model.
'''

_BY_ATTRIBUTE = f'''\
{_HEAD}
    As it stands, the attribute of the model that holds the parameter.
    """
    return name.partition(".")[0]'''

_BY_SHAPE = f'''\
{_HEAD}
    As it stands, biases and the weights of norms are spared weight decay.
    """
    return {{spared}} if parameter.ndim < 2 else {{decayed}}'''


def group_statements(plan: OptimizerPlan, multipliers: Mapping[str, float]) -> Iterator[str]:
    """The statements that make the list ``groups``, a loop for the layers of a ``count``.

    Args:
        plan: the optimizer.
        multipliers: by group, what its lr is to be multiplied with.
    """
    beginning = "groups: list[dict[str, Any]] = "
    runs = groupby(plan.groups, key=lambda group: _repeated(group) or "")
    for family, run in runs:
        members = list(run)
        if family:
            if beginning != "groups += ":
                yield f"{' ' * INDENT}{beginning}[]"
            yield from _layers(plan, members, multipliers)
        else:
            listed = sequence(_group(plan, group, multipliers) for group in members)
            yield from statement(beginning, listed, INDENT)
        beginning = "groups += "


def group_of_source(plan: OptimizerPlan) -> str:
    """The function ``group_of``."""
    # Two groups that differ in nothing but weight decay, one of them with 0, are the usual split by
    # shape: matrices decay, biases and norms do not. Any other split is written by the
    # attribute of the model, for the reader to adapt.
    decays = {group.name: group.options.get("weight_decay") for group in plan.groups}
    spared = [name for name, decay in decays.items() if decay == 0]
    others = [name for name in decays if name not in spared]
    rest = [
        {key: value for key, value in group.options.items() if key != "weight_decay"}
        for group in plan.groups
    ]
    if len(spared) == len(others) == 1 and rest[0] == rest[1]:
        return _BY_SHAPE.format(spared=literal(spared[0]), decayed=literal(others[0]))
    if any(group.origin is not None for group in plan.groups):
        return "\n".join(_by_layer(plan))
    return _BY_ATTRIBUTE


def optimizer_lr(plan: OptimizerPlan, group: GroupPlan) -> object:
    """The lr that ``group`` begins with."""
    argument = plan.row.argument("lr")
    lr = group.options.get("lr", plan.arguments.get("lr"))
    return lr if lr is not None or argument is None else argument.default


def option(prefix: str, name: str, value: object, factor: float = 1.0) -> Item:
    """An option of a group or of the optimizer; its lr times ``factor``."""
    if name != "lr" or factor == 1 or not isinstance(value, (int, float)):
        return Item(literal(value), prefix)
    return Item(literal(value * factor), prefix, f"{value:g} times the multiplier {factor:g}")


def _group(plan: OptimizerPlan, group: GroupPlan, multipliers: Mapping[str, float]) -> Node:
    factor, options = multipliers.get(group.name, 1.0), dict(group.options)
    if factor != 1:
        options = {"lr": optimizer_lr(plan, group), **options}
    own = (Item(literal(group.name), '"name": '), Item("[]", '"params": '))
    more = (option(f'"{key}": ', key, value, factor) for key, value in options.items())
    return Brackets("{", (*own, *more), "}")


def _repeated(group: GroupPlan) -> str | None:
    """The name of the group of the spec that ``group`` is a layer of."""
    has_layers = group.origin is not None and group.origin.count is not None
    return group.origin.name if has_layers and group.origin is not None else None


def _layers(
    plan: OptimizerPlan, members: Sequence[GroupPlan], multipliers: Mapping[str, float]
) -> Iterator[str]:
    """A loop over the layers: what is written of one holds for all but its name and its lr."""
    margin = " " * INDENT
    last = members[-1]
    origin = last.origin
    if origin is None or origin.count is None:
        return
    yield f"{margin}for layer in range({origin.count}):"
    factor = multipliers.get(last.name, 1.0)
    decays = origin.lr_decay is not None
    full = optimizer_lr(plan, last)
    if decays and isinstance(full, (int, float)):
        rate = f"{literal(full * factor)} * {literal(origin.lr_decay)}"
        yield f"{margin}    lr = {rate} ** ({origin.count - 1} - layer)"
    of_one = [each for each in members if each.origin and each.origin.layer == origin.layer]
    yield from statement(
        "groups += ", sequence(_layer(plan, each, factor, decays=decays) for each in of_one), 8
    )


def _layer(plan: OptimizerPlan, group: GroupPlan, factor: float, *, decays: bool) -> Node:
    origin = group.origin
    assert origin is not None  # noqa: S101  # one of `_repeated`
    name = origin.name.replace("{", "{{").replace("}", "}}")
    pattern = f"f{literal(f'{name}.{{layer}}' + ('.no_decay' if origin.no_decay else ''))}"
    own = (Item(pattern, '"name": '), Item("[]", '"params": '))
    options = dict(group.options)
    if factor != 1 and not decays:
        options = {"lr": optimizer_lr(plan, group), **options}
    more = (
        Item("lr", '"lr": ') if decays and key == "lr" else option(f'"{key}": ', key, value, factor)
        for key, value in options.items()
    )
    return Brackets("{", (*own, *more), "}")


def _by_layer(plan: OptimizerPlan) -> Iterator[str]:
    """``group_of`` for groups of layers, and for groups with another half without weight decay."""
    origins = [group.origin for group in plan.groups if group.origin is not None]
    layered = list(dict.fromkeys(each.name for each in origins if each.count is not None))
    halved = list(dict.fromkeys(each.name for each in origins if each.no_decay))
    yield _HEAD
    yield "    As it stands, the attribute of the model that holds the parameter."
    if layered:
        yield f"    The parameters of {join_words(layered)} go by the number of their layer."
    if halved:
        yield f"    Biases and norms of {join_words(halved)} are spared weight decay."
    yield '    """'
    yield '    parts = name.split(".")'
    yield "    group = parts[0]"
    if layered:
        yield f"    if parts[0] in {_set(layered)}:"
        yield '        group = ".".join(parts[:2])'
    if halved:
        yield f"    if parts[0] in {_set(halved)} and parameter.ndim < 2:"
        yield '        group += ".no_decay"'
    yield "    return group"


def _set(names: Sequence[str]) -> str:
    return f"{{{', '.join(literal(name) for name in names)}}}"
