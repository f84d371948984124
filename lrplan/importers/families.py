"""The table of families: every kind of foreign config that lrplan reads."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lrplan.importers.family import Family
from lrplan.importers.nanogpt import NANOGPT

FAMILIES: Mapping[str, Family] = MappingProxyType({each.name: each for each in (NANOGPT,)})
"""By the name that ``--as`` takes."""
