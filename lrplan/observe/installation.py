"""Puts the observers in place, as soon as the modules that they observe are imported."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import ModuleType

from lrplan.observe.compiled_code import leave_to_python
from lrplan.observe.data_loading import observe_backward, observe_loaders
from lrplan.observe.deepspeed_engine import ZERO_CLASSES, observe_deepspeed, observe_zero
from lrplan.observe.gradient_scaler import observe_scaler
from lrplan.observe.import_hook import ImportHook
from lrplan.observe.launcher import observe_processes
from lrplan.observe.observed_objects import LiveLoader
from lrplan.observe.optimizer_steps import observe_steps
from lrplan.observe.other_schedulers import (
    FAMILIES,
    SchedulerPackage,
    observe_accelerate,
    observe_family,
)
from lrplan.observe.patches import Patches
from lrplan.observe.recorder import Recorder
from lrplan.observe.scheduler_ticks import observe_torch_schedulers
from lrplan.observe.state_dicts import observe_states
from lrplan.observe.torch_warnings import observe_warnings


class Installation:
    """Observers in this process, from ``install`` to ``remove``.

    Args:
        recorder: what they report to.
        at_epoch: called before a loader is started; what it raises reaches the program.
    """

    def __init__(
        self, recorder: Recorder, at_epoch: Callable[[LiveLoader], None] | None = None
    ) -> None:
        self.recorder = recorder
        self._at_epoch = at_epoch or _nothing
        self._patches = Patches()
        self._hook = ImportHook(
            {
                "torch.optim.optimizer": self._optimizers,
                "torch.optim.lr_scheduler": self._schedulers,
                "torch._dynamo": self._compiler,
                "torch.utils.data.dataloader": self._loaders,
                "torch.autograd": self._backward,
                "torch.amp.grad_scaler": self._scalers,
                "torch.cuda.amp.grad_scaler": self._scalers,
                "multiprocessing.process": self._processes,
                "accelerate.scheduler": self._accelerate,
                "deepspeed": self._deepspeed,
                **dict.fromkeys(ZERO_CLASSES, self._zero),
                **{each.module: partial(self._family, each) for each in FAMILIES},
            }
        )

    def install(self) -> None:
        """Observe what is imported, and what will be."""
        self._hook.install()

    def remove(self) -> None:
        """Remove all observers, and restore what they replaced."""
        self._hook.remove()
        self._patches.undo()

    def _optimizers(self, module: ModuleType) -> None:
        observe_steps(self.recorder, self._patches, module)
        observe_states(self.recorder, self._patches, module.Optimizer, "optimizer")

    def _schedulers(self, module: ModuleType) -> None:
        observe_torch_schedulers(self.recorder, self._patches, module)
        observe_states(self.recorder, self._patches, module.LRScheduler, "scheduler")
        observe_warnings(self.recorder, self._patches, module)

    def _compiler(self, module: ModuleType) -> None:
        leave_to_python(self._patches, module)

    def _loaders(self, module: ModuleType) -> None:
        observe_loaders(self.recorder, self._patches, module, self._at_epoch)

    def _backward(self, module: ModuleType) -> None:
        observe_backward(self.recorder, self._patches, module)

    def _scalers(self, module: ModuleType) -> None:
        observe_scaler(self.recorder, self._patches, module)

    def _processes(self, module: ModuleType) -> None:
        observe_processes(self.recorder, self._patches, module)

    def _accelerate(self, module: ModuleType) -> None:
        observe_accelerate(self.recorder, self._patches, module)

    def _deepspeed(self, module: ModuleType) -> None:
        observe_deepspeed(self.recorder, self._patches, module)

    def _zero(self, module: ModuleType) -> None:
        observe_zero(self.recorder, self._patches, module)

    def _family(self, family: SchedulerPackage, module: ModuleType) -> None:
        observe_family(self.recorder, self._patches, family, module)


def _nothing(_: LiveLoader) -> None:
    pass
