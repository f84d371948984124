"""The training loops of torch, Lightning, transformers and accelerate, a module each.

If a loop differs from a plain one (in the default interval, in calls that are left out, in the
rounding of warm-ups), it overrides a method of ``PlainLoop``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lrplan.clock.loops.accelerate import AccelerateLoop
from lrplan.clock.loops.lightning import LightningLoop
from lrplan.clock.loops.plain import PlainLoop
from lrplan.clock.loops.transformers import TrainerLoop
from lrplan.clock.training_settings import LoopName

LOOPS: Mapping[LoopName, PlainLoop] = MappingProxyType(
    {
        "torch": PlainLoop(),
        "lightning": LightningLoop(),
        "transformers": TrainerLoop(),
        "accelerate": AccelerateLoop(),
    }
)
"""The loops that ``training.loop`` can name."""

__all__ = ["LOOPS", "PlainLoop"]
