"""The lengths of a run as its trainer knows them, read from the trainer that is at work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Any

from lrplan.observation import KnownLength


def frames_from(frame: FrameType | None) -> Iterator[FrameType]:
    """``frame`` and all that it was called from, the innermost first."""
    while frame is not None:
        yield frame
        frame = frame.f_back


def trainer_lengths(frame: FrameType | None) -> tuple[str, Mapping[str, KnownLength]]:
    """The framework whose trainer is at work in ``frame``, and the lengths that it knows.

    They have the names of the lengths of an ``Observation``. Nothing is called but properties of
    the trainer: a trainer of a release with other names is passed over.

    Returns:
        An empty name if no trainer is found.
    """
    for each in frames_from(frame):
        trainer = each.f_locals.get("self")
        for cls in type(trainer).__mro__:
            row = _TRAINERS.get((cls.__module__.partition(".")[0], cls.__name__))
            if row is not None:
                framework, read = row
                values = {name: _whole(value) for name, value in _read(read, trainer).items()}
                known = {name: KnownLength(value) for name, value in values.items() if value}
                return framework, known
    return "", {}


def _read(read: Callable[[Any], Mapping[str, object]], trainer: object) -> Mapping[str, object]:
    try:
        return read(trainer)
    except Exception:  # noqa: BLE001  # properties of another package, which may raise anything
        return {}


def _whole(value: object) -> int | None:
    """A positive whole number; None for the -1, None and infinity that mean no limit."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not 0 < value < 2**53:  # type: ignore[operator]
        return None
    return int(value) if int(value) == value else None  # type: ignore[call-overload]


def _lightning(trainer: Any) -> Mapping[str, object]:
    lengths = {"epochs": trainer.max_epochs, "batches_per_epoch": trainer.num_training_batches}
    if trainer.lightning_module.automatic_optimization:
        lengths["accumulate"] = trainer.accumulate_grad_batches
        lengths["steps"] = trainer.estimated_stepping_batches
    return lengths


def _transformers(trainer: Any) -> Mapping[str, object]:
    return {
        "steps": trainer.state.max_steps,
        "epochs": trainer.state.num_train_epochs,
        "accumulate": trainer.args.gradient_accumulation_steps,
    }


def _ignite(engine: Any) -> Mapping[str, object]:
    return {"epochs": engine.state.max_epochs, "batches_per_epoch": engine.state.epoch_length}


def _mmengine(runner: Any) -> Mapping[str, object]:
    accumulate = getattr(runner.optim_wrapper, "_accumulative_counts", 1)
    return {
        "epochs": runner.max_epochs if hasattr(runner.train_loop, "max_epochs") else None,
        "steps": runner.max_iters // accumulate,
        "accumulate": accumulate,
        "batches_per_epoch": len(runner.train_dataloader),
    }


def _pytorch_accelerated(trainer: Any) -> Mapping[str, object]:
    config = trainer.run_config
    return {"epochs": config.num_epochs, "accumulate": config.gradient_accumulation_steps}


_TRAINERS: Mapping[tuple[str, str], tuple[str, Callable[[Any], Mapping[str, object]]]] = {
    ("lightning", "Trainer"): ("lightning", _lightning),
    ("pytorch_lightning", "Trainer"): ("lightning", _lightning),
    ("transformers", "Trainer"): ("transformers", _transformers),
    ("ignite", "Engine"): ("ignite", _ignite),
    ("mmengine", "Runner"): ("mmengine", _mmengine),
    ("pytorch_accelerated", "Trainer"): ("pytorch_accelerated", _pytorch_accelerated),
}
"""By the package and the name of a class: the name of its framework, and how to read it."""
