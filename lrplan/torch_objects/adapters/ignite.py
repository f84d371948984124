"""The parameter schedulers of pytorch-ignite, called as an engine calls its handlers.

They are attached to ``Events.ITERATION_STARTED``: the first call comes before the first update, and
each later one between two updates, which is where lrplan ticks. Ticking per epoch is
``EPOCH_STARTED``. Inside another of ignite's schedulers, the outer one makes the calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from torch.optim import Optimizer

from lrplan.torch_objects.adapters import import_optional

_METRIC = "metric"


def _handlers() -> Any:
    return import_optional("ignite.handlers", "pytorch-ignite")


class Handler:
    """A scheduler of ignite, attached to its event.

    Args:
        handler: the package's own object.
        before_the_first: call it now, for the first update.
    """

    def __init__(self, handler: Any, *, before_the_first: bool) -> None:
        self.handler = handler
        self.state_dict = handler.state_dict
        self.load_state_dict = handler.load_state_dict
        # ignite calls a scheduler when an iteration starts, which sets the value of that very
        # update. lrplan ticks after each update, which is the same but for the first call: it is
        # made here.
        if before_the_first:
            handler(None)

    def step(self) -> None:
        """Tick once: after an update, before the next one."""
        self.handler(None)


def _inside(scheduler: Any) -> Any:
    return scheduler.handler if isinstance(scheduler, Handler) else scheduler


def single(name: str, optimizer: Optimizer, *, _outermost: bool, **arguments: object) -> Handler:
    """The scheduler called ``name`` in ``ignite.handlers``, on the groups of ``optimizer``.

    Raises:
        MissingExtraError: pytorch-ignite is not installed.
        ValueError: ignite refuses the arguments.
    """
    handler = getattr(_handlers(), name)(optimizer, **arguments)
    return Handler(handler, before_the_first=_outermost)


linear_cyclical: Final = partial(single, "LinearCyclicalScheduler")
cosine_annealing: Final = partial(single, "CosineAnnealingScheduler")
piecewise_linear: Final = partial(single, "PiecewiseLinear")


def with_warmup(lr_scheduler: Any, *, _outermost: bool, **arguments: object) -> Handler:
    """The scheduler that ``create_lr_scheduler_with_warmup`` makes of one of torch or ignite."""
    create = _handlers().create_lr_scheduler_with_warmup
    handler = create(_inside(lr_scheduler), **arguments)
    return Handler(handler, before_the_first=_outermost)


def concat(schedulers: Sequence[Any], durations: list[int], *, _outermost: bool) -> Handler:
    """A ``ConcatScheduler`` of ignite's schedulers."""
    handler = _handlers().ConcatScheduler([_inside(each) for each in schedulers], durations)
    return Handler(handler, before_the_first=_outermost)


def param_groups(schedulers: Sequence[Any], *, _outermost: bool) -> Handler:
    """A ``ParamGroupScheduler`` of ignite's schedulers."""
    handler = _handlers().ParamGroupScheduler([_inside(each) for each in schedulers])
    return Handler(handler, before_the_first=_outermost)


def wrap_torch_scheduler(
    lr_scheduler: Any, *, use_legacy: bool = False, _outermost: bool
) -> Handler:
    """An ``LRScheduler`` around one of torch; a legacy one is attached after the update."""
    handler = _handlers().LRScheduler(lr_scheduler, use_legacy=use_legacy)
    return Handler(handler, before_the_first=_outermost and not use_legacy)


class Plateau:
    """A ``ReduceLROnPlateauScheduler`` on the ``COMPLETED`` of an evaluator.

    Args:
        handler: the package's own object.
    """

    def __init__(self, handler: Any) -> None:
        self.handler = handler
        self.evaluator = import_optional("ignite.engine").Engine(lambda _, __: None)
        self.state_dict = handler.state_dict
        self.load_state_dict = handler.load_state_dict

    def step(self, metrics: float) -> None:
        """Tick at the end of an evaluation with the result ``metrics``."""
        self.evaluator.state.metrics[self.handler.metric_name] = metrics
        self.handler(self.evaluator)


def plateau(optimizer: Optimizer, **arguments: object) -> Plateau:
    """A ``ReduceLROnPlateauScheduler``, with arguments of its own and of torch's scheduler inside.

    Raises:
        MissingExtraError: pytorch-ignite is not installed.
    """
    return Plateau(_handlers().ReduceLROnPlateauScheduler(optimizer, _METRIC, **arguments))


def adapt(handler: Any) -> Handler | Plateau:
    """A scheduler that was made elsewhere, attached where ignite's documentation attaches it."""
    if hasattr(handler, "metric_name"):
        return Plateau(handler)
    inner = getattr(handler, "lr_scheduler", None)
    # Ignite keeps no other trace of `use_legacy`.
    is_legacy = getattr(inner, "last_epoch", 0) > 0
    return Handler(handler, before_the_first=not is_legacy)


def groups_of(handler: Any) -> list[dict[str, Any]]:
    """The parameter groups that a scheduler, or those inside of it, drives."""
    inside = getattr(handler, "schedulers", None)
    if inside is None:
        return list(handler.optimizer_param_groups)
    return [group for each in inside for group in groups_of(each)]
