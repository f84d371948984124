"""Parameter groups as a spec writes them, and the groups of the optimizer that they stand for.

``blocks: {count: 24}`` is 24 groups, ``blocks.0`` to ``blocks.23``; ``head: {no_decay: true}`` is
two, ``head`` and ``head.no_decay``. Schedulers may name what is written, or one of the groups.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from lrplan.catalog.optimizer_arguments import COUNT, NO_DECAY_TWIN
from lrplan.node import Node
from lrplan.plan import OptimizerPlan
from lrplan.specfile.models import MULTIPLE_PATTERN, QUOTIENT_PATTERN, int_if_whole
from lrplan.trace import DEFAULT_GROUP

NO_DECAY_SUFFIX = ".no_decay"
"""The end of the name of a group's other half, which has no weight decay."""

_MULTIPLE = re.compile(MULTIPLE_PATTERN)
_QUOTIENT = re.compile(QUOTIENT_PATTERN)


def multiple_in(node: Node) -> float | None:
    """The factor of a multiple such as ``0.65x``; None for anything else."""
    return factor_of(node.value) if isinstance(node.value, str) else None


def factor_of(text: str) -> float | None:
    """The factor of the multiple ``text``; None for anything else."""
    match = _MULTIPLE.match(text)
    return None if match is None else _ratio(match[1])


def quotient_in(node: Node) -> float | None:
    """The number that a text such as ``1 / 2001`` is; None for anything else."""
    is_quotient = isinstance(node.value, str) and _QUOTIENT.match(node.value) is not None
    return _ratio(str(node.value)) if is_quotient else None


def _ratio(text: str) -> float | None:
    """The number ``0.65`` or ``1 / 3``; None for a quotient by 0, and for more than a float has."""
    above, *below = (float(part) for part in text.replace("_", "").split("/"))
    if 0 in below:
        return None
    ratio = above / below[0] if below else above
    return ratio if math.isfinite(ratio) else None


@dataclass(frozen=True, slots=True)
class Member:
    """One of the groups that a written group stands for."""

    name: str
    layer: int | None
    """Its index, from 0, where there is a ``count``."""
    is_no_decay: bool
    """True for the half without weight decay."""


@dataclass(frozen=True, slots=True)
class WrittenGroup:
    """A group as the spec writes it, right or not, and how many it stands for."""

    name: str
    count: int | None
    has_no_decay_twin: bool

    @classmethod
    def read(cls, name: str, node: Node) -> WrittenGroup:
        """The group ``name``; a wrong ``count``, which is reported elsewhere, is left out."""
        count_node, halved = node.get(COUNT.name), node.get(NO_DECAY_TWIN.name)
        count = None if count_node is None else int_if_whole(count_node.value)
        is_count = isinstance(count, int) and not isinstance(count, bool) and count > 0
        is_halved = halved is not None and halved.value is True
        return cls(name, count if is_count else None, is_halved)  # type: ignore[arg-type]

    @property
    def size(self) -> int:
        """The number of groups."""
        return (1 if self.count is None else self.count) * (2 if self.has_no_decay_twin else 1)

    def members(self) -> Iterator[Member]:
        """The groups in the optimizer's order: layer by layer, each before its other half."""
        layers = (None,) if self.count is None else range(self.count)
        for layer in layers:
            name = self.name if layer is None else f"{self.name}.{layer}"
            yield Member(name, layer, is_no_decay=False)
            if self.has_no_decay_twin:
                yield Member(name + NO_DECAY_SUFFIX, layer, is_no_decay=True)


def written_groups(optimizer: Node | None) -> list[WrittenGroup]:
    """The groups of an ``optimizer`` mapping, right or not."""
    groups = optimizer.get("groups") if optimizer is not None and optimizer.is_mapping else None
    if groups is None:
        return [WrittenGroup(DEFAULT_GROUP, None, has_no_decay_twin=False)]
    if groups.is_mapping:
        return [WrittenGroup.read(name, node) for name, node in groups.items()]
    elements = groups.elements() if groups.is_list else ()
    named = ((each.get("name"), each) for each in elements if each.is_mapping)
    return [WrittenGroup.read(str(name.value), node) for name, node in named if name is not None]


@dataclass(frozen=True, slots=True)
class ParameterGroups:
    """The groups that a scheduler can drive, in the optimizer's order.

    Args:
        names: of the groups.
        families: for each written group that stands for several: their names.
        lrs: the learning rate that each begins with, where it is known; None where the optimizer
            could not be read.
    """

    names: tuple[str, ...] = ()
    families: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lrs: Mapping[str, float] | None = None

    @classmethod
    def of(cls, written: Iterable[WrittenGroup]) -> ParameterGroups:
        """All groups of an optimizer, from those written."""
        families: dict[str, tuple[str, ...]] = {}
        names: list[str] = []
        for group in written:
            members = list(group.members())
            names += (each.name for each in members)
            if group.size > 1 or group.count is not None:
                families[group.name] = tuple(each.name for each in members)
            if group.has_no_decay_twin and group.count is not None:
                pairs = zip(members[::2], members[1::2], strict=True)
                families |= {one.name: (one.name, other.name) for one, other in pairs}
        return cls(tuple(names), families)

    def with_lrs_of(self, optimizer: OptimizerPlan) -> ParameterGroups:
        """The same groups, with the learning rates that ``optimizer`` gives them."""
        argument = optimizer.row.argument("lr")
        shared = optimizer.arguments.get("lr", None if argument is None else argument.default)
        lrs = {group.name: group.options.get("lr", shared) for group in optimizer.groups}
        known = {name: float(lr) for name, lr in lrs.items() if isinstance(lr, (int, float))}
        return replace(self, lrs=known)

    def lr_of(self, name: str) -> float:
        """The learning rate of a group that has a known one."""
        return (self.lrs or {})[name]

    def groups_named(self, name: str) -> tuple[str, ...]:
        """The groups that ``name`` stands for; empty where there is none."""
        return self.families.get(name, (name,) if name in self.names else ())

    def select(self, names: Iterable[str]) -> ParameterGroups:
        """The groups that ``names`` stand for; all groups if ``names`` match none."""
        kept = {each for name in names for each in self.groups_named(name)}
        # A list of one value per group follows the optimizer's order, however they are named.
        return replace(self, names=tuple(each for each in self.names if each in kept) or self.names)

    def valid_names(self) -> tuple[str, ...]:
        """Every name that stands for groups, those of several first."""
        return tuple(dict.fromkeys((*self.families, *self.names)))
