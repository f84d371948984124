"""The ``training`` mapping of a spec, as written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lrplan.clock.batching import LastWindow
from lrplan.clock.ramp import Ramp

LoopName = Literal["torch", "lightning", "transformers", "accelerate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """The ``training`` mapping of a spec, as written; every key may be left out."""

    epochs: float | None = None
    """Passes over the data; a fraction is for loops that take one."""
    steps: int | str | None = None
    """Optimizer steps of the run, or a duration; with ``epochs``, the most that are run."""
    steps_per_epoch: int | None = None
    dataset_size: int | None = None
    """Samples in the data set, before they are divided among devices."""
    batch_size: int | None = None
    """Samples in one batch on one device."""
    world_size: int = 1
    """Devices that share the data."""
    accumulate: int = 1
    """Batches whose gradients are added up for one optimizer step."""
    batches_per_epoch: int | None = None
    """Batches on one device."""
    drop_last: bool = False
    """True if the data loader drops a last, short batch."""
    last_window: LastWindow = "step"
    """The treatment of an epoch's last, short window of batches: it gets a step, is dropped, or is
    the beginning of the next epoch's first window."""
    sequence_length: int | None = None
    """Tokens in one sample."""
    base_batch_size: int | None = None
    """Samples of one step, on all devices, that the learning rates were tuned for."""
    horizon: int | str | None = None
    """The plan's full length: steps when the run is given in steps, else epochs; or a duration
    (``%``: of the run)."""
    loop: LoopName = "torch"
    """The training loop that steps the optimizer and the schedulers."""
    split_batches: bool = False
    """accelerate: a batch of the script is divided among devices, and a scheduler ticks once."""
    step_scheduler_with_optimizer: bool = True
    """accelerate: a prepared scheduler ticks only if the optimizer stepped."""
    batch_size_ramp: Ramp | None = None
    """``batch_size`` if it changes over the run; ``batch_size`` itself is None then."""
    accumulate_ramp: Ramp | None = None
    """``accumulate`` if it changes over the run; ``accumulate`` itself is its default then."""
    skipped_steps: tuple[int, ...] = ()
    """Optimizer steps that a gradient scaler skipped, for overflow."""
