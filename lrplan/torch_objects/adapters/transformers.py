"""The schedulers of ``transformers.get_scheduler``, a name each.

They are schedulers of torch (``LambdaLR``, ``ReduceLROnPlateau``) or tick like them, once after
each optimizer step, so they are passed on as they are.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from torch.optim import Optimizer

from lrplan.torch_objects.adapters import import_optional, package_or_formulas
from lrplan.torch_objects.formulas import transformers as formulas


def get_scheduler(
    name: str,
    optimizer: Optimizer,
    *,
    num_warmup_steps: int | None = None,
    num_training_steps: int | None = None,
    **specific: object,
) -> Any:
    """The scheduler that ``transformers.get_scheduler`` returns for ``name``.

    Args:
        name: one of ``transformers.SchedulerType``.
        optimizer: the optimizer to drive.
        num_warmup_steps: ticks of the warm-up.
        num_training_steps: ticks of the whole schedule.
        specific: ``scheduler_specific_kwargs``, by name.

    Raises:
        MissingExtraError: transformers is not installed, and there is no formula of it.
        ValueError: transformers refuses the arguments.
    """
    return package_or_formulas(_package, formulas, f"transformers:{name}").get_scheduler(
        name,
        optimizer,
        num_warmup_steps=num_warmup_steps,
        num_training_steps=num_training_steps,
        scheduler_specific_kwargs=specific,
    )


def _package() -> Any:
    return import_optional("transformers.optimization")


linear: Final = partial(get_scheduler, "linear")
cosine: Final = partial(get_scheduler, "cosine")
cosine_with_restarts: Final = partial(get_scheduler, "cosine_with_restarts")
polynomial: Final = partial(get_scheduler, "polynomial")
constant: Final = partial(get_scheduler, "constant")
constant_with_warmup: Final = partial(get_scheduler, "constant_with_warmup")
inverse_sqrt: Final = partial(get_scheduler, "inverse_sqrt")
reduce_lr_on_plateau: Final = partial(get_scheduler, "reduce_lr_on_plateau")
cosine_with_min_lr: Final = partial(get_scheduler, "cosine_with_min_lr")
cosine_warmup_with_min_lr: Final = partial(get_scheduler, "cosine_warmup_with_min_lr")
warmup_stable_decay: Final = partial(get_scheduler, "warmup_stable_decay")
greedy: Final = partial(get_scheduler, "greedy")
