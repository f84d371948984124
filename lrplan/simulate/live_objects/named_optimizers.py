"""Live optimizers, one or several, and the names of their parameter groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lrplan.errors import UsageError


@dataclass(frozen=True, slots=True)
class NamedOptimizers:
    """Optimizers that are stepped together, and a name for each: empty for a single one."""

    optimizers: tuple[Any, ...]
    names: tuple[str, ...]

    @property
    def groups(self) -> list[Mapping[str, Any]]:
        """The parameter groups of all of them, in order."""
        return [group for each in self.optimizers for group in each.param_groups]

    def group_names(self, names: Sequence[str] | None) -> tuple[str, ...]:
        """Return a name for each parameter group: from ``names``, or its own one.

        A group's own name is its ``name``, or its number. Of several optimizers each name begins
        with that of the optimizer: ``generator.head``, or ``generator`` for its only group.

        Raises:
            UsageError: there are more or fewer names than groups, or a name twice.
        """
        if names is None:
            pairs = zip(self.names, self.optimizers, strict=True)
            return tuple(own for name, each in pairs for own in _own_names(name, each))
        count = len(self.groups)
        if isinstance(names, str) or len(names) != count:
            noun = f"{count} parameter group{'' if count == 1 else 's'}"
            raise UsageError(f"groups: {names!r} does not name each of {noun}")
        if len(set(names)) < len(names):
            raise UsageError(f"groups: {names!r} has a name twice")
        return tuple(map(str, names))


def parse_optimizers(optimizer: object) -> NamedOptimizers:
    """Return the optimizers in ``optimizer``: one, a list of them, or a mapping from their names.

    Those of a list are called ``optimizer-0``, ``optimizer-1``, ...

    Raises:
        UsageError: something is not an optimizer, or two of them share a parameter group.
    """
    if isinstance(optimizer, Mapping):
        named = NamedOptimizers(tuple(optimizer.values()), tuple(map(str, optimizer)))
    else:
        several = tuple(optimizer) if isinstance(optimizer, (list, tuple)) else (optimizer,)
        numbered = tuple(f"optimizer-{index}" for index in range(len(several)))
        named = NamedOptimizers(several, numbered if len(several) > 1 else ("",) * len(several))
    if not named.optimizers:
        raise UsageError("no optimizer is given")
    for each in named.optimizers:
        _check(each)
    if len({id(group) for group in named.groups}) < len(named.groups):
        raise UsageError("two of the optimizers have the same parameter group")
    return named


def _check(optimizer: Any) -> None:
    groups = getattr(optimizer, "param_groups", None)
    if isinstance(optimizer, type) or not isinstance(groups, Iterable):
        kind = type(optimizer).__name__
        raise UsageError(f"the optimizer comes first, and {kind} has no param_groups")
    if not any("lr" in group for group in groups):
        raise UsageError("no parameter group of the optimizer has an lr")


def _own_names(name: str, optimizer: Any) -> Sequence[str]:
    """The names of its groups; their numbers when their own names are not all different."""
    groups = optimizer.param_groups
    own = [str(group.get("name", index)) for index, group in enumerate(groups)]
    own = own if len(set(own)) == len(own) else [str(index) for index in range(len(own))]
    if not name:
        return own
    return [name] if own == ["0"] else [f"{name}.{each}" for each in own]
