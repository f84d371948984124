"""A value of a foreign config with the key that it comes from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from lrplan.node import Node

T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class ConfigValue(Generic[T_co]):
    """A value and its place.

    Args:
        value: as the framework takes it.
        key: the framework's name of it.
        node: its place in the file; None where the framework fills it in, or the user said it.
        exact: it is the one in the file; False: it was computed from it.
        file: the name of the file, where it is another one than that which is read.
    """

    value: T_co
    key: str
    node: Node | None = None
    exact: bool = True
    file: str = ""

    @property
    def is_given(self) -> bool:
        """True if the file has it."""
        return self.node is not None

    def derive(self, value: U) -> ConfigValue[U]:
        """``value``, which was computed from this one: it is reported at the same place."""
        return replace(self, value=value, exact=False)  # type: ignore[arg-type, return-value]

    def same(self, value: U) -> ConfigValue[U]:
        """``value``, which is the same one as the spec spells it."""
        return replace(self, value=value)  # type: ignore[arg-type, return-value]
