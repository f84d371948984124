"""The schedules of Detectron2's ``SOLVER``, with their warm-up.

Source: detectron2 02b5c4e295, ``solver/build.py`` and ``solver/lr_scheduler.py``; fvcore,
``common/param_scheduler.py``.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import cos, pi

from lrplan.catalog import nearest
from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.config_value import ConfigValue
from lrplan.importers.family import Schedule
from lrplan.text import join_words

_EPSILON = 1e-6
"""fvcore's WHERE_EPSILON: what is added to the share of the run that is done."""
_MAX_CUTS = 30
_MAX_TEXT = 1000


@dataclass(frozen=True, slots=True)
class Solver:
    """The run of the file, after ``REFERENCE_WORLD_SIZE`` scaled it.

    Args:
        iterations: of the run.
        warmup: iterations of the warm-up.
        rescales: the schedule begins after the warm-up, and not below it.
        lr: of the optimizer.
        scale: by which the number of devices is above the one written.
    """

    iterations: ConfigValue[int]
    warmup: ConfigValue[int]
    rescales: bool
    lr: ConfigValue[float]
    scale: float

    @property
    def warmup_share(self) -> float:
        """The warm-up's share of the run."""
        return min(self.warmup.value / self.iterations.value, 1.0)

    def share(self, iteration: int) -> float:
        """The share of the schedule that is done at ``iteration``, after the warm-up."""
        where = iteration / self.iterations.value
        if not self.rescales or self.warmup_share == 1:
            return where
        # fvcore computes it in these steps.
        return (where - (1.0 - (1.0 - self.warmup_share))) / (1.0 - self.warmup_share)

    def first(self, holds: Callable[[int], bool]) -> int:
        """The first iteration for which ``holds``, which then stays so."""
        return bisect_left(range(self.iterations.value), x=True, key=holds)


def scheduler_of(config: ConfigReader, solver: Solver) -> Schedule | None:
    """The scheduler of a spec; None after reporting why there is none."""
    name = config.text("SOLVER.LR_SCHEDULER_NAME", "WarmupMultiStepLR")
    read = _SCHEDULES.get(name.value)
    if read is None:
        hint = nearest(name.value, tuple(_SCHEDULES))
        known = join_words(tuple(_SCHEDULES))
        fix = f"did you mean `{hint}`?" if hint else f"lrplan reads {known}"
        config.refuse("SOLVER.LR_SCHEDULER_NAME", f"unknown schedule `{name.value}`", fix)
        return None
    part = read(config, solver)
    if part is None:
        return None
    end = solver.first(lambda iteration: _is_over(solver, iteration))
    if end:
        return _after_warmup(config, solver, name, part, end)
    return _expression(name, part.text) if part.cuts is None else _multi_step_lr(name, part.cuts)


def _after_warmup(
    config: ConfigReader, solver: Solver, name: ConfigValue[str], part: _Part, end: int
) -> Schedule | None:
    """``part`` with a warm-up over its iterations before ``end``."""
    factor = config.number("SOLVER.WARMUP_FACTOR", 0.001)
    method = config.text("SOLVER.WARMUP_METHOD", "linear")
    if method.value not in ("linear", "constant"):
        config.refuse("SOLVER.WARMUP_METHOD", f"unknown warm-up `{method.value}`")
        return None
    start, is_linear = factor.value * part.value(0.0), method.value == "linear"
    peak = part.value(0.0 if solver.rescales else solver.warmup_share)
    length = min(solver.warmup.value, solver.iterations.value)
    ends_in_run = end == solver.warmup.value < solver.iterations.value
    if part.cuts is not None and is_linear and peak == 1 and ends_in_run:
        rise = {"length": solver.warmup, "start": factor, "mode": "mask"}
        return {**_multi_step_lr(name, part.cuts), "warmup": rise}
    line = f"{start!r} + {peak - start!r} * step / {length}" if is_linear else f"{start!r}"
    if end >= solver.iterations.value:
        return _expression(name, line)
    return _expression(name, f"{line} if step < {end} else {part.text}")


def _expression(name: ConfigValue[str], formula: str) -> Schedule:
    return {"type": "LambdaLR", "interval": "step", "lr_lambda": name.derive(formula)}


def _multi_step_lr(name: ConfigValue[str], cuts: _Cuts) -> Schedule:
    milestones, gamma = cuts
    kind = name.derive("MultiStepLR")
    return {"type": kind, "interval": "step", "milestones": milestones, "gamma": gamma}


def _is_over(solver: Solver, iteration: int) -> bool:
    return iteration / solver.iterations.value + _EPSILON > solver.warmup_share


_Cuts = tuple[ConfigValue[list[int]], ConfigValue[float]]
"""The steps at which a learning rate is multiplied, and the factor."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A schedule without its warm-up.

    Args:
        value: the share of the learning rate, by the share of the run that is done.
        text: the same, as an expression of the step.
        cuts: what it consists of; None where it is something else.
    """

    value: Callable[[float], float]
    text: str
    cuts: _Cuts | None = None


def _part_of_cuts(
    value: Callable[[float], float], steps: ConfigValue[list[int]], gamma: ConfigValue[float]
) -> _Part:
    # Decays within one step, and those of a run that is too short for them, fall on one tick.
    ascending = all(a < b for a, b in zip(steps.value, steps.value[1:], strict=False))
    power = " + ".join(f"(step >= {each})" for each in steps.value)
    text = f"{gamma.value!r} ** ({power})" if power else "1"
    has_row = ascending and bool(steps.value) and steps.value[0] > 0
    return _Part(value, text, (steps, gamma) if has_row else None)


def _multi_step(config: ConfigReader, solver: Solver) -> _Part | None:
    gamma, written = config.number("SOLVER.GAMMA", 0.1), _steps(config)
    whole = solver.iterations.value
    scaled = [round(each / solver.scale) for each in written.value]
    cuts = [each for each in scaled if each <= whole]
    if len(cuts) != len(scaled):
        message = f"`STEPS` after the end of the run (`MAX_ITER` {whole}) are left out"
        config.warn("SOLVER.STEPS", message, "delete them, or train longer")
    ascending = all(a < b for a, b in zip([0, *cuts], cuts, strict=False))
    if not ascending or whole in cuts or len(cuts) > _MAX_CUTS:
        message = f"`STEPS` must rise, from above 0 to below `MAX_ITER` ({whole})"
        config.refuse("SOLVER.STEPS", message)
        return None

    def value(share: float) -> float:
        done = int((share + _EPSILON) * whole)
        return gamma.value ** sum(each <= done for each in cuts)

    def reached(cut: int) -> Callable[[int], bool]:
        return lambda iteration: int((solver.share(iteration) + _EPSILON) * whole) >= cut

    firsts = [solver.first(reached(each)) for each in cuts]
    return _part_of_cuts(
        value, written.same(firsts) if firsts == written.value else written.derive(firsts), gamma
    )


def _cosine(config: ConfigReader, solver: Solver) -> _Part | None:
    last = config.number("SOLVER.BASE_LR_END", 0.0)
    floor = last.value / solver.lr.value
    if not 0 <= floor <= 1:
        config.refuse("SOLVER.BASE_LR_END", "must be from 0 to `BASE_LR`")
        return None
    done = f"(step - {solver.warmup.value}) / {solver.iterations.value - solver.warmup.value}"
    if not solver.rescales:
        done = f"step / {solver.iterations.value}"

    def value(share: float) -> float:
        return floor + 0.5 * (1 - floor) * (1 + cos(pi * share))

    return _Part(value, f"{floor!r} + {0.5 * (1 - floor)!r} * (1 + cos(pi * {done}))")


def _fixed_gamma(config: ConfigReader, solver: Solver) -> _Part | None:
    gamma, decays = config.number("SOLVER.GAMMA", 0.1), config.integer("SOLVER.NUM_DECAYS", 3)
    if not 0 < decays.value <= _MAX_CUTS:
        config.refuse("SOLVER.NUM_DECAYS", f"must be from 1 to {_MAX_CUTS}, not {decays.value}")
        return None
    if solver.warmup_share == 1 and not solver.rescales:
        # Detectron2 looks up the schedule's value there, and fvcore has none at its very end.
        message = "the warm-up must end before the run, or Detectron2 stops with an IndexError"
        config.refuse("SOLVER.WARMUP_ITERS", message)
        return None
    parts = decays.value + 1

    def value(share: float) -> float:
        return gamma.value ** int((share + _EPSILON) * parts)

    def reached(cut: int) -> Callable[[int], bool]:
        return lambda iteration: int((solver.share(iteration) + _EPSILON) * parts) >= cut

    firsts = [solver.first(reached(each)) for each in range(1, parts)]
    return _part_of_cuts(value, decays.derive(firsts), gamma)


def _steps(config: ConfigReader) -> ConfigValue[list[float]]:
    """``STEPS``: a list, or the text of a tuple, as people write it in YAML: ``(60000, 80000)``."""
    node = config.get("SOLVER.STEPS")
    if node is None or not isinstance(node.value, str):
        return config.numbers("SOLVER.STEPS", [30000])
    steps: object = None
    if len(node.value) <= _MAX_TEXT:
        try:
            steps = ast.literal_eval(node.value.strip())
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            steps = None
    numbers = [steps] if isinstance(steps, int) else steps
    if not isinstance(numbers, (tuple, list)) or not all(
        isinstance(each, int) and not isinstance(each, bool) for each in numbers
    ):
        config.refuse("SOLVER.STEPS", "`STEPS` must be whole numbers, such as (60000, 80000)")
        return ConfigValue([], "SOLVER.STEPS", node)
    return ConfigValue(list(numbers), "SOLVER.STEPS", node)


_SCHEDULES: Mapping[str, Callable[[ConfigReader, Solver], _Part | None]] = {
    "WarmupMultiStepLR": _multi_step,
    "WarmupCosineLR": _cosine,
    "WarmupStepWithFixedGammaLR": _fixed_gamma,
}
