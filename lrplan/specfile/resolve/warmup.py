"""The key ``warmup`` of a scheduler: a warm-up, as the schedulers that it stands for.

``{type: StepLR, step_size: 30ep, warmup: 5ep}`` becomes what a user of torch would write::

    SequentialLR([WarmupConstantSchedule(warmup_steps=500), StepLR(step_size=3000)], [500])

so that whatever reads a plan meets nothing new. Each part keeps the path at which the spec has its
arguments: those of ``StepLR`` are beside ``warmup``, the 500 is under it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from lrplan.catalog import SCHEDULERS
from lrplan.plan import SchedulerPlan
from lrplan.specfile.scheduler_arguments import SchedulerArgumentReader

_LENGTHS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("warmup_steps", "total_iters", "total_epoch", "milestones"), "length"),
        "start_factor": "start",
    }
)
"""The keys of ``warmup`` by the arguments that they become."""


@dataclass(frozen=True, slots=True)
class WrittenWarmup:
    """A warm-up, and where the spec has it.

    Args:
        length: in ticks.
        start: the factor at tick 0.
        shape: the way to 1.
        mode: what the scheduler does meanwhile.
        path: of ``warmup``.
        paths: of its keys; empty where it is a length and nothing else.
    """

    length: int
    start: float
    shape: str
    mode: str
    path: str
    paths: Mapping[str, str]

    def reader_of_main(self, reader: SchedulerArgumentReader) -> SchedulerArgumentReader:
        """The reader of the warmed-up scheduler: its ``rest`` is the run without the warm-up."""
        if self.mode != "before":
            return reader

        def left() -> int | None:
            total = reader.total()
            return None if total is None else max(0, total - self.length)

        def begin() -> int | None:
            before = reader.begin()
            return None if before is None else before + self.length

        return replace(reader, total=left, begin=begin)

    def join(self, main: SchedulerPlan) -> SchedulerPlan:
        """The warm-up and ``main`` as one scheduler."""
        if self.length == 0:
            return main
        inner, length = replace(main, name=None), self.length
        if self.mode != "before":
            own = {"start": self.start, "shape": self.shape, "mode": self.mode}
            whole = "WarmupOver", {"base_scheduler": inner, "warmup_steps": length, **own}
        elif starts_late(main):
            own = {"multiplier": 1.0, "total_epoch": length, "after_scheduler": inner}
            whole = "GradualWarmupScheduler", {**own, "start": self.start, "shape": self.shape}
        else:
            members = [self._ramp(main), inner]
            whole = "SequentialLR", {"schedulers": members, "milestones": [length]}
        return replace(self._part(main, *whole), path=main.path, name=main.name)

    def _ramp(self, main: SchedulerPlan) -> SchedulerPlan:
        """The warm-up by itself, as torch's own scheduler where there is one."""
        line = self.shape == "linear"
        if line and 0 < self.start <= 1:
            own = {"start_factor": self.start, "total_iters": self.length}
            return self._part(main, "LinearLR", own)
        if line and self.start == 0:
            return self._part(main, "WarmupConstantSchedule", {"warmup_steps": self.length})
        parts = {"warmup_steps": self.length, "start": self.start, "shape": self.shape}
        return self._part(main, "WarmupRamp", parts)

    def _part(
        self, main: SchedulerPlan, kind: str, arguments: Mapping[str, object]
    ) -> SchedulerPlan:
        """A scheduler that the spec does not name, ticked as ``main`` is."""
        keys = {name: _LENGTHS.get(name, name) for name in arguments}
        return SchedulerPlan(
            type=kind,
            row=SCHEDULERS[kind],
            arguments=arguments,
            interval=main.interval,
            frequency=main.frequency,
            groups=main.groups,
            path=self.path,
            written_as={name: self.paths.get(key, self.path) for name, key in keys.items()},
        )


def starts_late(main: SchedulerPlan) -> bool:
    """Return True if torch's SequentialLR cannot start ``main`` after a warm-up."""
    return bool(main.row.cannot_follow) or main.row.reads_metric
