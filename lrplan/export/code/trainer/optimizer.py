"""The optimizer of a plan as ``TrainingArguments`` can name it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from lrplan.catalog.optimizer_arguments import LR_SCALE
from lrplan.errors import UsageError
from lrplan.export.code.formatting import Item
from lrplan.export.code.literals import literal, string_literal
from lrplan.plan import GroupPlan, OptimizerPlan

_OF_NO_EFFECT = frozenset(("capturable", "differentiable", "foreach", "fused"))
_OFF_BY_DEFAULT = frozenset(("amsgrad", "maximize", "decoupled_weight_decay"))
_IN_ARGUMENTS = frozenset(("lr", "weight_decay"))
_BY_TEXT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Adagrad": ("lr_decay", "eps"),
        "RMSprop": ("momentum", "alpha", "eps", "centered"),
        "SGD": ("momentum", "dampening", "nesterov"),
    }
)
"""Arguments that ``optim_args`` can give, by optimizer."""


def optimizer_items(plan: OptimizerPlan) -> Iterator[Item]:
    """The arguments of ``TrainingArguments`` that name ``plan``.

    Raises:
        UsageError: Trainer has no such optimizer, or cannot pass some of its arguments.
    """
    _check_groups(plan)
    options = {**plan.arguments, **plan.groups[0].options}
    if plan.type in ("Adam", "AdamW"):
        yield from _adam(plan, options)
    elif plan.type in _BY_TEXT:
        yield Item(string_literal(plan.type.lower()), "optim=")
        named = {name: options[name] for name in _BY_TEXT[plan.type] if name in options}
        if named:
            text = ",".join(f"{name}={_text(value)}" for name, value in named.items())
            yield Item(string_literal(text), "optim_args=")
        _check_rest(plan, options, {*_BY_TEXT[plan.type]})
    else:
        raise UsageError(f"Trainer has no optimizer that is torch's {plan.type}")
    yield Item(literal(_weight_decay(plan)), "weight_decay=")


def _adam(plan: OptimizerPlan, options: Mapping[str, object]) -> Iterator[Item]:
    note = ""
    if plan.type == "Adam":
        note = "Adam without weight decay is AdamW without it"
        if _weight_decay(plan) != 0 and options.get("decoupled_weight_decay") is not True:
            raise UsageError("Trainer has AdamW, whose weight decay is not that of Adam")
    _check_rest(plan, options, {"betas", "eps"})
    kind = "adamw_torch_fused" if options.get("fused") else "adamw_torch"
    yield Item(string_literal(kind), "optim=", note)
    betas = options.get("betas")
    if isinstance(betas, tuple):
        for number, beta in enumerate(betas, start=1):
            yield Item(literal(beta), f"adam_beta{number}=")
    if "eps" in options:
        yield Item(literal(options["eps"]), "adam_epsilon=")


def _check_rest(plan: OptimizerPlan, options: Mapping[str, object], written: set[str]) -> None:
    """Refuse options that are not written and change what the optimizer does."""
    for name, value in options.items():
        if name in written | _IN_ARGUMENTS | _OF_NO_EFFECT or (
            name in _OFF_BY_DEFAULT and not value
        ):
            continue
        raise UsageError(f"Trainer cannot set `{name}` of {plan.type}")


def _check_groups(plan: OptimizerPlan) -> None:
    """Refuse groups other than Trainer's two: one with weight decay, one of biases and norms."""
    if len(plan.groups) > 2:
        raise UsageError(f"Trainer makes two parameter groups of its own, not {len(plan.groups)}")
    if any(LR_SCALE.name in group.options for group in plan.groups):
        raise UsageError(f"no optimizer of Trainer has groups with an `{LR_SCALE.name}`")
    for group in plan.groups[1:]:
        if _rest(group) != _rest(plan.groups[0]):
            raise UsageError("Trainer's parameter groups differ in weight decay only")
        # Trainer gives `weight_decay` to one group and 0 to the other: 0.1 and 0 is that, 0.1 and
        # 0.01 is not.
        if all(_decay(plan, each) for each in plan.groups):
            raise UsageError("Trainer applies no weight decay to one of its two parameter groups")


def _rest(group: GroupPlan) -> dict[str, object]:
    return {name: value for name, value in group.options.items() if name not in _IN_ARGUMENTS}


def _weight_decay(plan: OptimizerPlan) -> float:
    return max(_decay(plan, group) for group in plan.groups)


def _decay(plan: OptimizerPlan, group: GroupPlan) -> float:
    argument = plan.row.argument("weight_decay")
    default = 0.0 if argument is None else argument.default
    value = group.options.get("weight_decay", plan.arguments.get("weight_decay", default))
    return float(value) if isinstance(value, (int, float)) else 0.0


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)
