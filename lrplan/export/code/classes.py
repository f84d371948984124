"""Small classes, and a function, for what torch has no scheduler for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

FIELD = "FieldScheduler"
ENTRY = "EntryScheduler"
VIEW = "GroupView"
PLATEAU = "WarmupReduceLROnPlateau"
MULTIPLES = "lr_multiples"
WARMUP_OVER = "WarmupOver"

_FIELD_SCHEDULER = '''\
class FieldScheduler(LRScheduler):
    """Drives one field of every parameter group; the others stay as they are.

    A curve takes the tick and the value that the group began with, and gives the value.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        field: str,
        curves: Sequence[Callable[[int, float], float]],
    ) -> None:
        self.field = field
        self.curves = curves
        for group in optimizer.param_groups:
            group.setdefault(f"initial_{field}", group[field])
        super().__init__(optimizer)

    def get_lr(self) -> list[Any]:
        # Torch calls this whenever it sets the lr: write the field at the same time.
        for group, curve in zip(self.optimizer.param_groups, self.curves, strict=True):
            initial = group[f"initial_{self.field}"]
            group[self.field] = curve(self.last_epoch, initial)
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        # Functions are code, not state.
        state = super().state_dict()
        return {key: value for key, value in state.items() if key != "curves"}
'''

_ENTRY_SCHEDULER = '''\
class EntryScheduler(LRScheduler):
    """Drives one entry of a tuple, such as ``betas[0]``, in every parameter group.

    A curve takes the tick and the value that the group began with, and gives the value.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        field: str,
        index: int,
        curves: Sequence[Callable[[int, float], float]],
    ) -> None:
        self.field = field
        self.index = index
        self.curves = curves
        for group in optimizer.param_groups:
            group.setdefault(f"initial_{field}[{index}]", group[field][index])
        super().__init__(optimizer)

    def get_lr(self) -> list[Any]:
        # Torch calls this whenever it sets the lr: write the entry at the same time.
        for group, curve in zip(self.optimizer.param_groups, self.curves, strict=True):
            initial = group[f"initial_{self.field}[{self.index}]"]
            entries = list(group[self.field])
            entries[self.index] = curve(self.last_epoch, initial)
            group[self.field] = tuple(entries)
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        # Functions are code, not state.
        state = super().state_dict()
        return {key: value for key, value in state.items() if key != "curves"}
'''

_GROUP_VIEW = '''\
class GroupView(Optimizer):
    """Some parameter groups of an optimizer, for a scheduler that drives no others."""

    def __init__(self, optimizer: Optimizer, names: Sequence[str]) -> None:
        # Not Optimizer.__init__, which makes groups of its own.
        self.owner = optimizer
        self.names = names
        self.defaults = optimizer.defaults
        self.state = optimizer.state
        # Schedulers warn when their optimizer has not stepped before they tick.
        optimizer.register_step_post_hook(lambda *_: self.step())

    @property
    def param_groups(self) -> list[dict[str, Any]]:  # type: ignore[override]
        # Looked up every time: loading a checkpoint replaces the optimizer's groups.
        return [each for each in self.owner.param_groups if each["name"] in self.names]

    def step(self, closure: Any = None) -> Any:
        """Nothing: the optimizer steps."""
'''

_ATTACHED = """
    def __eq__(self, other: object) -> bool:
        # Lightning compares a scheduler's optimizer with those it was given.
        return other is self or other is self.owner

    def __hash__(self) -> int:
        return hash(self.owner)
"""

_COSINE_PER_GROUP = '''\
class CosineAnnealingPerGroup(CosineAnnealingLR):
    """``CosineAnnealingLR`` with an ``eta_min`` for each parameter group."""

    def __init__(
        self, optimizer: Optimizer, T_max: int, eta_min: Sequence[float]
    ) -> None:
        self.eta_mins = list(eta_min)
        super().__init__(optimizer, T_max)

    def get_lr(self) -> list[Any]:
        return self._with_own_floors(super().get_lr)

    def _get_closed_form_lr(self) -> list[Any]:
        return self._with_own_floors(super()._get_closed_form_lr)

    def _with_own_floors(self, method: Callable[[], list[Any]]) -> list[Any]:
        # Torch's formulas read one floor: of each group, keep what its own one gives.
        lrs = []
        for index, floor in enumerate(self.eta_mins):
            self.eta_min = floor
            lrs.append(method()[index])
        return lrs
'''

_RESTARTS_PER_GROUP = '''\
class WarmRestartsPerGroup(CosineAnnealingWarmRestarts):
    """``CosineAnnealingWarmRestarts`` with an ``eta_min`` for each parameter group."""

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: Sequence[float] = (),
    ) -> None:
        self.eta_mins = list(eta_min)
        super().__init__(optimizer, T_0, T_mult)

    def get_lr(self) -> list[Any]:
        # Torch's formula reads one floor: of each group, keep what its own one gives.
        lrs = []
        for index, floor in enumerate(self.eta_mins):
            self.eta_min = floor
            lrs.append(super().get_lr()[index])
        return lrs
'''

_LR_MULTIPLES = '''\
def lr_multiples(optimizer: Optimizer, factor: float) -> list[float]:
    """``factor`` times the lr that each parameter group begins with."""
    groups = optimizer.param_groups
    return [factor * group.get("initial_lr", group["lr"]) for group in groups]
'''

_WARMUP_PLATEAU = '''\
class WarmupReduceLROnPlateau(ReduceLROnPlateau):
    """A line from ``start`` times the lr to it, or a ``ramp``, then ReduceLROnPlateau.

    Metrics of the ``warmup`` ticks do not count; the first that does is the next one.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        warmup: int,
        start: float = 0.0,
        ramp: Callable[[int], float] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(optimizer, **options)
        self.warmup = warmup
        self.start = start
        self.ramp = ramp
        self.ticks = 0
        groups = optimizer.param_groups
        self.peaks = [each.setdefault("initial_lr", each["lr"]) for each in groups]
        self._warm_up()

    def step(  # type: ignore[override]
        self, metrics: SupportsFloat, epoch: int | None = None
    ) -> None:
        self.ticks += 1
        if self.ticks > self.warmup:
            super().step(metrics)
        else:
            self._warm_up()

    def _warm_up(self) -> None:
        factor = self.start + (1 - self.start) * self.ticks / self.warmup
        if self.ramp is not None:
            factor = self.ramp(self.ticks)
        for group, peak in zip(self.optimizer.param_groups, self.peaks, strict=True):
            group["lr"] = peak * factor
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]
'''

FREEZE = '''\
def freeze(optimizer: Optimizer, until: Mapping[str, int]) -> None:
    """Give groups an lr of 0 in every step before ``until``, counted from 0.

    Schedulers do not see it: the lr is 0 only while the optimizer steps. Each group counts its
    steps, so that a process that loads the state of the optimizer goes on counting.
    """
    lrs: dict[str, Any] = {}

    def before(*_: Any) -> None:
        for group in optimizer.param_groups:
            if group.get("steps", 0) < until.get(group["name"], 0):
                lrs[group["name"]] = group["lr"]
                group["lr"] = 0.0

    def after(*_: Any) -> None:
        for group in optimizer.param_groups:
            group["steps"] = group.get("steps", 0) + 1
            if group["name"] in lrs:
                group["lr"] = lrs.pop(group["name"])

    optimizer.register_step_pre_hook(before)
    optimizer.register_step_post_hook(after)'''
"""The function that freezes parameter groups for some steps."""
_WARMUP_OVER = '''\
class WarmupOver(LRScheduler):
    """A scheduler that ticks from the start, below a warm-up of ``warmup`` ticks.

    ``factor`` multiplies the initial lr or, with ``multiply``, that of the scheduler.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        scheduler: LRScheduler,
        warmup: int,
        factor: Callable[[int], float],
        multiply: bool = False,
    ) -> None:
        self.scheduler = scheduler
        self.warmup = warmup
        self.factor = factor
        self.multiply = multiply
        self.running = [float(group["lr"]) for group in optimizer.param_groups]
        self.built = False
        super().__init__(optimizer)
        self.built = True

    def get_lr(self) -> list[Any]:
        if self.last_epoch >= self.warmup:
            return list(self.running)
        lrs = self.running if self.multiply else self.base_lrs
        return [lr * self.factor(self.last_epoch) for lr in lrs]

    def step(self, *metrics: Any) -> None:
        if self.built and self.last_epoch < 0:
            self._begin()
        elif self.built:
            # The scheduler underneath goes on from its own lr, not from the warm-up's.
            if self.last_epoch < self.warmup:
                self._write(self.running)
            self.scheduler.step(*metrics)
            groups = self.optimizer.param_groups
            self.running = [float(group["lr"]) for group in groups]
        super().step()

    def _get_closed_form_lr(self) -> list[Any]:
        # A SequentialLR asks for this where it comes to this member.
        self._begin()
        return self.get_lr()

    def _begin(self) -> None:
        # A SequentialLR takes the first tick back and makes it again.
        self._write([float(lr) for lr in self.base_lrs])
        self.scheduler.last_epoch -= 1
        self.scheduler._initial_step()
        self.running = [float(group["lr"]) for group in self.optimizer.param_groups]

    def _write(self, lrs: list[float]) -> None:
        for group, lr in zip(self.optimizer.param_groups, lrs, strict=True):
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(lr)
            else:
                group["lr"] = lr

    def state_dict(self) -> dict[str, Any]:
        # A function is code, not state.
        state = super().state_dict()
        del state["factor"]
        return {**state, "scheduler": self.scheduler.state_dict()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        own = {key: value for key, value in state_dict.items() if key != "scheduler"}
        super().load_state_dict(own)
        self.scheduler.load_state_dict(state_dict["scheduler"])
'''

CLASSES: Mapping[str, str] = MappingProxyType(
    {
        FIELD: _FIELD_SCHEDULER,
        ENTRY: _ENTRY_SCHEDULER,
        VIEW: _GROUP_VIEW,
        PLATEAU: _WARMUP_PLATEAU,
        MULTIPLES: _LR_MULTIPLES,
        "CosineAnnealingPerGroup": _COSINE_PER_GROUP,
        "WarmRestartsPerGroup": _RESTARTS_PER_GROUP,
        WARMUP_OVER: _WARMUP_OVER,
    }
)
"""Source of each class by its name, in the order they are written."""

ATTACHED_VIEW = _GROUP_VIEW + _ATTACHED
"""``GroupView`` in the form that Lightning accepts."""
