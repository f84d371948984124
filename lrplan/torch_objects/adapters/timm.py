"""The schedulers of ``timm.scheduler``, ticked as timm's training script ticks them.

The caller counts: ``step(epoch + 1)`` at the end of an epoch and ``step_update(num_updates)`` after
an update; ``t_in_epochs`` says which of the two has an effect.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Final

from torch.optim import Optimizer

from lrplan.torch_objects.adapters import missing_extra_error, package_or_formulas
from lrplan.torch_objects.formulas import timm as formulas


class TimmScheduler:
    """A scheduler of timm, and the count that a training loop would keep for it.

    Args:
        scheduler: the package's own object.
        interval: what it ticks on: ``epoch`` calls ``step()``, the others ``step_update()``.
    """

    def __init__(self, scheduler: Any, interval: str) -> None:
        self.scheduler = scheduler
        self._tell = scheduler.step if interval == "epoch" else scheduler.step_update
        self._ticks = 0

    def step(self, metric: float | None = None) -> None:
        """Tick once: one more epoch, or one more update, is done."""
        # timm's schedulers do not count; the caller passes the count: its training script calls
        # `step(epoch + 1)` after each epoch from 0, so that the first call says 1.
        self._ticks += 1
        self._tell(self._ticks, metric)

    def state_dict(self) -> dict[str, Any]:
        """The state of timm's scheduler, and the count of ticks."""
        return {"scheduler": self.scheduler.state_dict(), "ticks": self._ticks}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what ``state_dict`` returned."""
        self.scheduler.load_state_dict(state["scheduler"])
        self._ticks = state["ticks"]


def counts_epochs(scheduler: Any) -> bool:
    """Return True if a scheduler of timm acts on epochs, and not on updates."""
    return bool(scheduler.t_in_epochs)


def scheduler(
    name: str, optimizer: Optimizer, *, _interval: str, **arguments: object
) -> TimmScheduler:
    """The scheduler called ``name`` in ``timm.scheduler``.

    Args:
        name: its class.
        optimizer: the optimizer to drive.
        _interval: what it ticks on.
        arguments: those of the class.

    Raises:
        ValueError: timm refuses the arguments.
    """
    package = package_or_formulas(_package, formulas, f"timm:{name}")
    return TimmScheduler(getattr(package, name)(optimizer, **arguments), _interval)


@cache
def _package() -> ModuleType:
    """``timm.scheduler``, which needs torch alone, without the rest of timm.

    ``import timm`` needs a torchvision that fits torch, so a bare package stands in for it while
    its subpackage is imported. Both are taken out again, for whoever imports timm itself.
    """
    if sys.modules.get("timm") is not None:
        return import_module("timm.scheduler")
    spec = find_spec("timm")
    if spec is None or spec.submodule_search_locations is None:
        raise missing_extra_error("timm")
    bare = ModuleType("timm")
    bare.__path__ = list(spec.submodule_search_locations)
    sys.modules["timm"] = bare
    try:
        return import_module("timm.scheduler")
    finally:
        for name in [each for each in sys.modules if each.partition(".")[0] == "timm"]:
            del sys.modules[name]


CosineLRScheduler: Final = partial(scheduler, "CosineLRScheduler")
TanhLRScheduler: Final = partial(scheduler, "TanhLRScheduler")
PolyLRScheduler: Final = partial(scheduler, "PolyLRScheduler")
StepLRScheduler: Final = partial(scheduler, "StepLRScheduler")
MultiStepLRScheduler: Final = partial(scheduler, "MultiStepLRScheduler")
PlateauLRScheduler: Final = partial(scheduler, "PlateauLRScheduler")
WSDLRScheduler: Final = partial(scheduler, "WSDLRScheduler")
