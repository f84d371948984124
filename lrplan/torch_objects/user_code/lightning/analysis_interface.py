"""The facts about a LightningModule that reading one of its functions needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from lrplan.torch_objects.user_code.lightning.effects import Outcome
from lrplan.torch_objects.user_code.lightning.values import Method, Parent, Value


class AnalysisInterface(Protocol):
    """The part of ``Analysis`` that the reader of one function uses."""

    module: object
    drivers: set[str]
    plain: set[str]

    def outcome(
        self, function: Any, cls: type | None, given: Sequence[Value], named: Mapping[str, Value]
    ) -> Outcome | None:
        """The outcome of calling ``function``, or None if its source cannot be read."""

    def learn(self, name: str, value: Value) -> None:
        """Remember what a hook sets an attribute to."""

    def is_module(self, value: Value) -> bool:
        """Return True if ``value`` is the LightningModule itself."""

    def is_users(self, function: Any) -> bool:
        """Return True if ``function`` is the user's own."""

    def next_method(self, parent: Parent, name: str) -> Method | None:
        """The user's method that ``super().name`` means."""
