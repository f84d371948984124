"""The names that other packages have for schedulers, and the row nearest to each of them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from lrplan.catalog import SCHEDULERS

if TYPE_CHECKING:
    from collections.abc import Mapping

ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {alias: row.name for row in SCHEDULERS.values() for alias in row.aliases}
)
"""The name of a row by a name that people know from transformers, diffusers, optax, Keras, or
from recipes that circulate."""

_FOLDED = {alias.casefold(): name for alias, name in ALIASES.items()}


def resolve_alias(name: str) -> str | None:
    """Return the row's name for a scheduler named as in another package; None if not known.

    Case does not count, and neither does the module before the name: ``optax.sgdr_schedule`` is
    ``CosineAnnealingWarmRestarts``.
    """
    last = name.replace(":", ".").rpartition(".")[2]
    return _FOLDED.get(last.casefold())
