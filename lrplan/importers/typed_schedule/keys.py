"""The place in a spec of each key of a typed schedule: ``lr`` is of the optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lrplan.catalog import OptimizerRow, SchedulerRow, nearest
from lrplan.catalog.aliases import resolve_key
from lrplan.specfile.models import ScheduleModel, SchedulerKeysModel, TrainingModel

_SECTIONS = ("scheduler", "optimizer", "training")
_HEADS = (*_SECTIONS, "metrics", "let")
"""Mappings of a schedule that a dotted key may begin with: ``optimizer.eps``."""
OPTIMIZER_KEYS = ("groups", "lr_tensor")
"""Keys of an optimizer that are not arguments of its class."""
_SCHEDULE_KEYS = {*ScheduleModel.model_fields} - {*_SECTIONS, "factory"}


@dataclass(frozen=True, slots=True)
class KeyReader:
    """Finds the place of a key.

    Args:
        scheduler: the row of the scheduler; None for code of the user's own.
        optimizers: the row of the optimizer, or those that it may be.
    """

    scheduler: SchedulerRow | None
    optimizers: Sequence[OptimizerRow]

    def path(self, key: str) -> tuple[str, ...]:
        """The keys that lead to the value of ``key`` in a schedule, ``training`` being one of them.

        A key of several mappings is the scheduler's, then the optimizer's; with the name of a
        mapping before it, as in ``optimizer.eps``, it is that one's.
        """
        head, *rest = key.split(".")
        if rest and head in _HEADS:
            return (head, *rest)
        if key == "optimizer":
            return ("optimizer", "type")
        if key in _SCHEDULE_KEYS:
            return (key,)
        return (*self._section_and_name(head), *rest)

    def names(self) -> frozenset[str]:
        """All keys that can be typed."""
        of_sections = (name for names in self._valid().values() for name in names)
        return frozenset((*of_sections, *_SCHEDULE_KEYS, *_HEADS))

    def _section_and_name(self, key: str) -> tuple[str, str]:
        valid = self._valid()
        own = self._length_called(key)
        if own is not None:
            return "scheduler", own
        for section in _SECTIONS:
            if key in valid[section]:
                return section, key
        # What is not a key of any is reported by the reader, in the mapping that has one like it.
        for like in (resolve_key, nearest):
            for section in _SECTIONS:
                if like(key, valid[section]):
                    return section, key
        return "scheduler", key

    def _valid(self) -> dict[str, tuple[str, ...]]:
        arguments = () if self.scheduler is None else self.scheduler.arguments
        own = (key for key in SchedulerKeysModel.model_fields if key not in ("type", "groups"))
        of_optimizers = (each.name for row in self.optimizers for each in row.arguments)
        return {
            "scheduler": (*(each.name for each in arguments), *own),
            "optimizer": (*OPTIMIZER_KEYS, *of_optimizers),
            "training": tuple(TrainingModel.model_fields),
        }

    def _length_called(self, key: str) -> str | None:
        """The one length of the scheduler with the word ``key`` in its name.

        ``warmup`` is ``warmup_steps`` of WarmupStableDecay, and no argument of CosineAnnealingLR,
        which has the key ``warmup`` like every scheduler.
        """
        if self.scheduler is None or key in TrainingModel.model_fields:
            return None
        if self.scheduler.argument(key) is not None:
            return None
        lengths = [each.name for each in self.scheduler.arguments if each.kind == "duration"]
        fitting = [name for name in lengths if key in name.split("_")]
        return fitting[0] if len(fitting) == 1 else None
