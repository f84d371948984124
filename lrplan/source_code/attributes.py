"""Attributes of values of a script: ``optimizer.param_groups``, ``self.scheduler``."""

from __future__ import annotations

from lrplan.source_code.values import (
    BoundMethod,
    Class,
    Dataset,
    DictValue,
    Function,
    Groups,
    Instance,
    Loader,
    ModuleValue,
    Name,
    Optimizer,
    Scheduler,
    Value,
    child,
)


def attribute_of(owner: Value, name: str) -> Value:
    """``owner.name``."""
    if name in owner.attributes:
        return owner.attributes[name]
    known = _held_by(owner, name)
    if known is not None:
        return known
    if isinstance(owner, Instance):
        return _member(owner, name)
    if type(owner) is Value:
        return child(owner, name)
    return BoundMethod(f"{owner.symbol}.{name}", owner=owner, name=name)


def _held_by(owner: Value, name: str) -> Value | None:
    """The attribute ``name`` of a value of a special kind, such as an optimizer's groups."""
    found: Value | None = None
    if isinstance(owner, ModuleValue):
        found = owner.scope.names.get(name) or Name(f"{owner.symbol}.{name}")
    elif isinstance(owner, Name):
        found = Name(f"{owner.symbol}.{name}")
    elif isinstance(owner, Class):
        found = owner.members.get(name)
    elif isinstance(owner, DictValue):
        found = owner.items.get(name)
    elif isinstance(owner, Optimizer) and name == "param_groups":
        found = Groups(of=owner)
    elif isinstance(owner, Scheduler) and name == "optimizer":
        found = owner.drives
    elif isinstance(owner, Loader) and name == "dataset":
        found = owner.attributes[name] = Dataset(f"{owner.symbol}.dataset")
    return found


def _member(owner: Instance, name: str) -> Value:
    for each in _lineage(owner.type):
        member = each.members.get(name)
        if isinstance(member, Function):
            return Function(member.symbol, node=member.node, scope=member.scope, owner=owner)
        if member is not None:
            return member
    return child(owner, name)


def _lineage(of: Class, depth: int = 0) -> list[Class]:
    inherited = [base for base in of.bases if isinstance(base, Class)]
    further = [each for base in inherited if depth < 8 for each in _lineage(base, depth + 1)]
    return [of, *further]
