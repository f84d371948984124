"""``build_optimizer``: named groups from a model, and the optimizer with its arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lrplan.errors import UsageError
from lrplan.export.code.formatting import INDENT, Brackets, Item, Node, call, sequence, statement
from lrplan.export.code.literals import literal
from lrplan.plan import GroupPlan, OptimizerPlan
from lrplan.trace import DEFAULT_GROUP

_BY_ATTRIBUTE = '''\
def group_of(name: str, parameter: nn.Parameter) -> str:
    """The group that a parameter belongs to: adapt this to your model.

    As it stands, the attribute of the model that holds the parameter.
    """
    return name.partition(".")[0]'''

_BY_SHAPE = '''\
def group_of(name: str, parameter: nn.Parameter) -> str:
    """The group that a parameter belongs to: adapt this to your model.

    As it stands, biases and the weights of norms are spared weight decay.
    """
    return {spared} if parameter.ndim < 2 else {decayed}'''


def optimizer_sources(plan: OptimizerPlan, multipliers: Mapping[str, float]) -> Iterator[str]:
    """The functions that build the optimizer.

    Args:
        plan: the optimizer.
        multipliers: by group, what its lr is to be multiplied with.

    Raises:
        UsageError: the optimizer is not torch's, or its learning rate a tensor.
    """
    if plan.has_tensors:
        reason = "no code is written for a learning rate that is a tensor"
        raise UsageError(f"{reason}; leave `lr_tensor` out, and make the tensor in your own code")
    package = plan.row.path.partition(".")[0]
    if package != "torch":
        raise UsageError(f"{plan.type} comes with {package}; code for it needs more than torch")
    if [group.name for group in plan.groups] == [DEFAULT_GROUP]:
        yield "\n".join(_alone(plan, multipliers))
    else:
        yield _group_of(plan)
        yield "\n".join(_grouped(plan, multipliers))


def _alone(plan: OptimizerPlan, multipliers: Mapping[str, float]) -> Iterator[str]:
    options = {**plan.arguments, **plan.groups[0].options}
    factor = multipliers.get(DEFAULT_GROUP, 1.0)
    if factor != 1:
        # torch's default lr is not written as a rule; multiplied, it has to be.
        options = {"lr": _lr(plan, plan.groups[0]), **options}
    parameters = "model.parameters()"
    yield _signature(plan)
    if plan.row.matrix_only:
        yield "    # It takes matrices only; everything else needs an optimizer of its own."
        yield "    matrices = [each for each in model.parameters() if each.ndim == 2]"
        parameters = "matrices"
    items = (_item(f"{name}=", name, value, factor) for name, value in options.items())
    yield from statement("return ", call(plan.type, Item(parameters), *items), INDENT)


def _grouped(plan: OptimizerPlan, multipliers: Mapping[str, float]) -> Iterator[str]:
    groups = sequence(_group(plan, group, multipliers) for group in plan.groups)
    items = (_item(f"{name}=", name, value) for name, value in plan.arguments.items())
    yield _signature(plan)
    yield from statement("groups: list[dict[str, Any]] = ", groups, INDENT)
    yield '    members = {group["name"]: group["params"] for group in groups}'
    yield "    for name, parameter in model.named_parameters():"
    yield "        members[group_of(name, parameter)].append(parameter)"
    yield from statement("return ", call(plan.type, Item("groups"), *items), INDENT)


def _signature(plan: OptimizerPlan) -> str:
    return f"def build_optimizer(model: nn.Module) -> {plan.type}:"


def _group(plan: OptimizerPlan, group: GroupPlan, multipliers: Mapping[str, float]) -> Node:
    factor, options = multipliers.get(group.name, 1.0), dict(group.options)
    if factor != 1:
        options = {"lr": _lr(plan, group), **options}
    own = (Item(literal(group.name), '"name": '), Item("[]", '"params": '))
    more = (_item(f'"{key}": ', key, value, factor) for key, value in options.items())
    return Brackets("{", (*own, *more), "}")


def _lr(plan: OptimizerPlan, group: GroupPlan) -> object:
    argument = plan.row.argument("lr")
    lr = group.options.get("lr", plan.arguments.get("lr"))
    return lr if lr is not None or argument is None else argument.default


def _item(prefix: str, name: str, value: object, factor: float = 1.0) -> Item:
    if name != "lr" or factor == 1 or not isinstance(value, (int, float)):
        return Item(literal(value), prefix)
    return Item(literal(value * factor), prefix, f"{value:g} times the multiplier {factor:g}")


def _group_of(plan: OptimizerPlan) -> str:
    # Two groups that differ in nothing but weight decay, one of them with 0, are the usual split by
    # shape: matrices decay, biases and norms do not. Any other split is written by the
    # attribute of the model, for the reader to adapt.
    decays = {group.name: group.options.get("weight_decay") for group in plan.groups}
    spared = [name for name, decay in decays.items() if decay == 0]
    others = [name for name in decays if name not in spared]
    if len(spared) == len(others) == 1 and all(
        set(group.options) <= {"weight_decay"} for group in plan.groups
    ):
        return _BY_SHAPE.format(spared=literal(spared[0]), decayed=literal(others[0]))
    return _BY_ATTRIBUTE
