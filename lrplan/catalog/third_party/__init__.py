"""Rows of schedulers from other packages, which a spec names as ``package:name``.

One module per package; rows are data, and reading them needs none of the packages. Their ``path``
is an adapter in ``lrplan.torch_objects.adapters``; it imports the package when a schedule is
built.
``tests/torch_objects/adapters/`` compares arguments and defaults with the packages' own signatures.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from lrplan.catalog.rows import SchedulerRow
from lrplan.catalog.third_party import (
    deepspeed,
    diffusers,
    ignite,
    mmengine,
    pytorch_accelerated,
    timm,
    transformers,
    warmup_scheduler,
)

THIRD_PARTY: Final[Mapping[str, tuple[SchedulerRow, ...]]] = MappingProxyType(
    {
        "transformers": transformers.ROWS,
        "diffusers": diffusers.ROWS,
        "timm": timm.ROWS,
        "deepspeed": deepspeed.ROWS,
        "warmup_scheduler": warmup_scheduler.ROWS,
        "pytorch_accelerated": pytorch_accelerated.ROWS,
        "ignite": ignite.ROWS,
        "mmengine": mmengine.ROWS,
    }
)
"""By package, the most used first: the rows of the schedulers it brings."""
