"""The catalogue: a row of facts for every optimizer and scheduler that a spec can name.

No torch here: the rows are data, and ``tests/catalog/test_catalog.py`` compares them with
``inspect.signature`` of the installed classes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from lrplan.catalog import adaptive_optimizers as adaptive
from lrplan.catalog import (
    compound,
    cycles,
    decay,
    optimizers,
    other_optimizers,
    published_schedules,
    ramps,
    warmups,
)
from lrplan.catalog import field_schedulers as fields
from lrplan.catalog.nearest_name import nearest
from lrplan.catalog.rows import (
    REQUIRED,
    Argument,
    Formula,
    Kind,
    OptimizerRow,
    Required,
    Role,
    SchedulerRow,
)
from lrplan.catalog.third_party import THIRD_PARTY
from lrplan.catalog.third_party.transformers import row_of_lambda

__all__ = [
    "OPTIMIZERS",
    "REQUIRED",
    "SCHEDULERS",
    "THIRD_PARTY",
    "Argument",
    "Formula",
    "Kind",
    "OptimizerRow",
    "Required",
    "Role",
    "SchedulerRow",
    "nearest",
    "row_of_class",
    "row_of_function",
]

_SCHEDULERS = {
    row.name: row
    for row in (
        decay.LAMBDA_LR,
        decay.MULTIPLICATIVE_LR,
        decay.STEP_LR,
        decay.MULTI_STEP_LR,
        decay.CONSTANT_LR,
        decay.LINEAR_LR,
        decay.EXPONENTIAL_LR,
        decay.POLYNOMIAL_LR,
        decay.COSINE_ANNEALING_LR,
        cycles.COSINE_ANNEALING_WARM_RESTARTS,
        cycles.CYCLIC_LR,
        cycles.ONE_CYCLE_LR,
        compound.REDUCE_LR_ON_PLATEAU,
        compound.SEQUENTIAL_LR,
        compound.CHAINED_SCHEDULER,
        compound.SWA_LR,
        *warmups.ROWS,
        *ramps.ROWS,
        *published_schedules.ROWS,
        *fields.ROWS,
        *(row for rows in THIRD_PARTY.values() for row in rows),
    )
}
SCHEDULERS: Final[Mapping[str, SchedulerRow]] = MappingProxyType(_SCHEDULERS)
"""Every scheduler a spec can name, by name: torch's, lrplan's own, then ``package:name``."""

OPTIMIZERS: Final[Mapping[str, OptimizerRow]] = MappingProxyType(
    {
        row.name: row
        for row in (
            optimizers.SGD,
            adaptive.ADAM,
            adaptive.ADAMW,
            adaptive.ADAFACTOR,
            adaptive.ADADELTA,
            adaptive.ADAGRAD,
            adaptive.ADAMAX,
            adaptive.NADAM,
            adaptive.RADAM,
            adaptive.RMSPROP,
            adaptive.SPARSE_ADAM,
            optimizers.ASGD,
            optimizers.LBFGS,
            optimizers.MUON,
            optimizers.RPROP,
            *other_optimizers.ROWS,
        )
    }
)
"""Every optimizer a spec can name, by name: the common ones first, those outside of torch last."""


def row_of_class(name: str, module: str) -> SchedulerRow | None:
    """The row of a scheduler class, if there is one.

    Args:
        name: the name of the class, e.g. ``StepLR``.
        module: the module that defines it, e.g. ``torch.optim.lr_scheduler``, or the name of its
            package alone.
    """
    package = module.partition(".")[0]
    return SCHEDULERS.get(name if package == "torch" else f"{package}:{name}")


def row_of_function(name: str, arguments: Collection[str] = ()) -> SchedulerRow | None:
    """The row of the scheduler that a function, given to a ``LambdaLR``, amounts to.

    Args:
        name: the function by module and name.
        arguments: the names of the arguments that it was given.
    """
    module, _, function = name.rpartition(".")
    return row_of_lambda(function, arguments) if module == "transformers.optimization" else None
