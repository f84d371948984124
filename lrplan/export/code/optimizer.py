"""``build_optimizer``: named groups from a model, and the optimizer with its arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lrplan.errors import UsageError
from lrplan.export.code.classes import FREEZE
from lrplan.export.code.formatting import INDENT, Brackets, Item, call, statement
from lrplan.export.code.literals import literal
from lrplan.export.code.parameter_groups import (
    group_of_source,
    group_statements,
    optimizer_lr,
    option,
)
from lrplan.plan import OptimizerPlan
from lrplan.trace import DEFAULT_GROUP


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
    if plan.row.no_code:
        raise UsageError(f"no code is written for {plan.type}: {plan.row.no_code}")
    package = plan.row.path.partition(".")[0]
    if package != "torch" and not plan.row.package:
        raise UsageError(f"{plan.type} comes with {package}; code for it needs more than torch")
    frozen = {each.name: each.frozen_until for each in plan.groups if each.frozen_until}
    if frozen:
        yield FREEZE
    if [group.name for group in plan.groups] == [DEFAULT_GROUP] and not frozen:
        yield "\n".join(_alone(plan, multipliers))
    else:
        yield group_of_source(plan)
        yield "\n".join(_grouped(plan, multipliers))


def _alone(plan: OptimizerPlan, multipliers: Mapping[str, float]) -> Iterator[str]:
    options = {**plan.arguments, **plan.groups[0].options}
    factor = multipliers.get(DEFAULT_GROUP, 1.0)
    if factor != 1:
        # torch's default lr is not written as a rule; multiplied, it has to be.
        options = {"lr": optimizer_lr(plan, plan.groups[0]), **options}
    parameters = "model.parameters()"
    yield _signature(plan)
    if plan.row.matrix_only:
        yield "    # It takes matrices only; everything else needs an optimizer of its own."
        yield "    matrices = [each for each in model.parameters() if each.ndim == 2]"
        parameters = "matrices"
    items = (option(f"{name}=", name, value, factor) for name, value in options.items())
    yield from statement("return ", call(plan.type, Item(parameters), *items), INDENT)


def _grouped(plan: OptimizerPlan, multipliers: Mapping[str, float]) -> Iterator[str]:
    items = (option(f"{name}=", name, value) for name, value in plan.arguments.items())
    yield _signature(plan)
    yield from group_statements(plan, multipliers)
    yield '    members = {group["name"]: group["params"] for group in groups}'
    yield "    for name, parameter in model.named_parameters():"
    yield "        members[group_of(name, parameter)].append(parameter)"
    made = call(plan.type, Item("groups"), *items)
    frozen = [
        (group.name, literal(group.frozen_until)) for group in plan.groups if group.frozen_until
    ]
    if not frozen:
        yield from statement("return ", made, INDENT)
        return
    yield from statement("optimizer = ", made, INDENT)
    until = Brackets("{", tuple(Item(n, f"{literal(name)}: ") for name, n in frozen), "}")
    yield from statement("", call("freeze", Item("optimizer"), Item(until)), INDENT)
    yield "    return optimizer"


def _signature(plan: OptimizerPlan) -> str:
    line = f"def build_optimizer(model: nn.Module) -> {plan.type}:"
    if plan.row.package:
        return f"{line}\n    # lrplan knows the fields of {plan.row.package}, and has not run it."
    return line
