"""The arguments of a schedule, from ``lr_scheduler_kwargs``."""

from __future__ import annotations

from typing import TypeVar

from lrplan.importers.config_value import ConfigValue
from lrplan.node import Node
from lrplan.text import join_words

T = TypeVar("T")


class OptionError(Exception):
    """An argument that the schedule refuses.

    Args:
        key: of the argument; empty for all of them together.
        message: why.
    """

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


class SchedulerKwargs:
    """Arguments by name; what nothing has asked for is an error, as for Python's keywords.

    Args:
        node: the mapping; None for none.
        key: that it has in the config.
    """

    def __init__(self, node: Node | None, key: str = "lr_scheduler_kwargs") -> None:
        self._node = node
        self._key = key
        self._known: list[str] = []

    def optional(self, key: str) -> float | None:
        """A number, or None where it is not given."""
        self._known.append(key)
        node = None if self._node is None else self._node.get(key)
        if node is None or node.value is None:
            return None
        if node.number is None:
            raise OptionError(key, f"`{key}` must be a number")
        return node.number

    def value(self, key: str, value: T) -> ConfigValue[T]:
        """``value``, which came of the argument ``key``, with the place of that."""
        node = None if self._node is None else self._node.get(key)
        exact = node is not None and node.value == value
        return ConfigValue(value, f"{self._key}.{key}", node, exact=exact)

    def number(self, key: str, default: float) -> float:
        """A number."""
        value = self.optional(key)
        return default if value is None else value

    def integer(self, key: str, default: int | None) -> int:
        """A whole number; without a default it has to be there."""
        value = self.optional(key)
        value = default if value is None else value
        if value is None:
            raise OptionError("", f"`{self._key}` needs `{key}`")
        if not float(value).is_integer():
            raise OptionError(key, f"`{key}` must be a whole number")
        return int(value)

    def choice(self, key: str, default: str, choices: tuple[str, ...]) -> str:
        """One of some words."""
        self._known.append(key)
        node = None if self._node is None else self._node.get(key)
        value = default if node is None or node.value is None else node.value
        if value not in choices:
            raise OptionError(key, f"`{key}` must be {join_words(choices, 'or')}")
        return str(value)

    def check_all_known(self) -> None:
        """Raise an error for an argument that nothing has asked for."""
        for key in () if self._node is None else self._node.keys():
            if key not in self._known:
                has = join_words(tuple(dict.fromkeys(self._known))) if self._known else "none"
                raise OptionError(key, f"the schedule takes no `{key}`; its arguments: {has}")
