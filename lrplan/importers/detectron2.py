"""Detectron2: the ``SOLVER`` of a YAML config, over the files that ``_BASE_`` names.

Source: detectron2 02b5c4e295: ``config/defaults.py``, ``solver/build.py``,
``solver/lr_scheduler.py``, ``engine/defaults.py``; fvcore, ``common/param_scheduler.py``.
"""

from __future__ import annotations

from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.detectron2_schedule import Solver, scheduler_of
from lrplan.importers.fact import WORLD_SIZE
from lrplan.importers.family import ConfigFamily, Schedule
from lrplan.importers.foreign_config import ForeignConfig
from lrplan.importers.mmengine.bases import MergeError, merge_over
from lrplan.importers.other_files import OtherFile, OtherFileError, at_place
from lrplan.limits import STEPS
from lrplan.node import Node
from lrplan.text_position import START, TextPosition


def _read(config: ConfigReader) -> Schedule | None:
    config.root = _with_bases(config, config.config, None, None)
    if config.root.get("SOLVER") is None:
        config.refuse("SOLVER", "this config has no `SOLVER`, and neither has its `_BASE_`")
        return None
    solver = _solver(config)
    optimizer = _optimizer(config, solver)
    if len(config.problems):
        return None
    scheduler = scheduler_of(config, solver)
    if scheduler is None:
        return None
    return {
        "training": {"steps": solver.iterations},
        "optimizer": optimizer,
        "scheduler": scheduler,
    }


def _with_bases(
    config: ConfigReader,
    file: ForeignConfig,
    beside: OtherFile | None,
    place: TextPosition | None,
) -> Node:
    """The tree of a file over those of its bases; problems are reported in the user's own file."""
    own = file.root or Node({}, START)
    named = own.get("_BASE_")
    names = () if named is None else named.elements() or (named,)
    base: Node | None = None
    for each in names:
        spot = place or each.place
        try:
            other = config.others.open(str(each.value), beside, ("yaml",))
            found = at_place(_with_bases(config, other.config, other, spot), spot)
            base = found if base is None else merge_over(base, found)
        except (OtherFileError, MergeError) as error:
            fix = error.fix if isinstance(error, OtherFileError) else ""
            config.problems.add("bad-value", spot, f"`_BASE_`: {error}", fix=fix, path="_BASE_")
    try:
        return own if base is None else merge_over(base, own)
    except MergeError as error:
        config.problems.add("bad-value", place or START, f"`_BASE_`: {error}", path="_BASE_")
        return own


def _solver(config: ConfigReader) -> Solver:
    written = config.integer("SOLVER.REFERENCE_WORLD_SIZE", 0).value
    scale = config.ask_integer("world_size").value / written if written > 0 else 1.0
    if config.missing:
        scale = 1.0
    lr = config.number("SOLVER.BASE_LR", 0.001)
    iterations = config.integer("SOLVER.MAX_ITER", 40000)
    warmup = config.integer("SOLVER.WARMUP_ITERS", 1000)
    if scale != 1 and scale > 0:
        lr = lr.derive(lr.value * scale)
        iterations = iterations.derive(round(iterations.value / scale))
        warmup = warmup.derive(round(warmup.value / scale))
        config.assume(f"`REFERENCE_WORLD_SIZE` multiplies rates by {scale:g} and divides lengths")
    for key, value in (("MAX_ITER", iterations.value), ("BASE_LR", lr.value)):
        if value <= 0:
            config.refuse(f"SOLVER.{key}", f"`{key}` must be above 0, not {value!r}")
    if iterations.value > STEPS.value:
        message = f"a run of {iterations.value:_} iterations is more than lrplan takes"
        config.refuse("SOLVER.MAX_ITER", message, STEPS.hint)
    rescales = config.boolean("SOLVER.RESCALE_INTERVAL", default=False).value
    return Solver(iterations, warmup, rescales, lr, scale)


def _optimizer(config: ConfigReader, solver: Solver) -> Schedule:
    decay = config.number("SOLVER.WEIGHT_DECAY", 0.0001)
    groups: dict[str, dict[str, object]] = {
        "default": {},
        "norm": {"weight_decay": config.number("SOLVER.WEIGHT_DECAY_NORM", 0.0)},
    }
    factor = config.number("SOLVER.BIAS_LR_FACTOR", 1.0)
    bias: dict[str, object] = {}
    if factor.value != 1:
        bias["lr"] = factor.derive(solver.lr.value * factor.value)
    if config.has("SOLVER.WEIGHT_DECAY_BIAS"):
        bias["weight_decay"] = config.number("SOLVER.WEIGHT_DECAY_BIAS", 0.0)
    if bias:
        groups["bias"] = bias
    return {
        "type": "SGD",
        "lr": solver.lr,
        "momentum": config.number("SOLVER.MOMENTUM", 0.9),
        "nesterov": config.boolean("SOLVER.NESTEROV", default=False),
        "weight_decay": decay,
        "groups": groups,
    }


_NOTES = (
    "`_BASE_` is read below the root of the repository; what a base says is reported at its name.",
    "`STEPS` after `MAX_ITER` are left out, as Detectron2 does, and a finding says so.",
    "The warm-up goes to the value that the schedule has at its end.",
    (
        "With `REFERENCE_WORLD_SIZE`, `world_size` is asked for: rates are multiplied and lengths"
        " divided."
    ),
    "A LazyConfig (`.py`) builds objects by running code, and is not read.",
)

DETECTRON2 = ConfigFamily(
    name="detectron2",
    title="a Detectron2 config",
    release="Detectron2 02b5c4e295",
    formats=("yaml",),
    read=_read,
    facts=(WORLD_SIZE,),
    notes=_NOTES,
)
"""The family of Detectron2."""
