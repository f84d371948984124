"""Arguments that most optimizers have in common."""

from __future__ import annotations

from typing import Final

from lrplan.catalog.rows import Argument

NO_DECAY: Final = Argument(
    "weight_decay", "number", 0, minimum=0, doc="L2 penalty, added to the gradient."
)
BETAS: Final = Argument(
    "betas",
    "numbers",
    (0.9, 0.999),
    length=2,
    minimum=0,
    below=1,
    doc="Decay of the averages of the gradient and of its square.",
)
LIKE_ADAMW: Final = "Decay as AdamW does, not in the gradient."
"""Explains a switch for decoupled weight decay, which packages call by several names."""
DECOUPLED: Final = Argument("decoupled_weight_decay", "boolean", False, doc=LIKE_ADAMW)
MAXIMIZE: Final = Argument("maximize", "boolean", False, doc="Climb instead of descending.")
CAPTURABLE: Final = Argument("capturable", "boolean", False, doc="Safe to capture in a CUDA graph.")
DIFFERENTIABLE: Final = Argument(
    "differentiable", "boolean", False, doc="Let autograd run through step()."
)
FOREACH: Final = Argument(
    "foreach", "boolean", None, optional=True, doc="Use the multi-tensor code; null: torch decides."
)
FUSED: Final = Argument(
    "fused", "boolean", None, optional=True, doc="Use one fused kernel; null: torch decides."
)

LR_SCALE: Final = Argument(
    "lr_scale",
    "number",
    1.0,
    unit="ratio",
    doc="Factor of this group that schedulers of timm put on every rate they set.",
)
"""A key of a parameter group that is no argument of an optimizer: torch keeps it, timm reads it."""

COUNT: Final = Argument(
    "count", "integer", 1, minimum=1, doc="Makes this many groups, NAME.0, NAME.1 and so on."
)
LR_DECAY: Final = Argument(
    "lr_decay",
    "number",
    1.0,
    above=0,
    unit="ratio",
    doc="With `count`: ratio of each group's lr to that of the next; the last has the full lr.",
)
NO_DECAY_TWIN: Final = Argument(
    "no_decay",
    "boolean",
    False,
    doc="Adds a group NAME.no_decay, the same without weight decay.",
)
FROZEN_UNTIL: Final = Argument(
    "frozen_until",
    "duration",
    0,
    minimum=0,
    doc="Applies an lr of 0 before this step.",
    role="end",
)
GROUP_KEYS: Final = (COUNT, LR_DECAY, NO_DECAY_TWIN, FROZEN_UNTIL)
"""Keys of a parameter group that are lrplan's own."""


def lr(default: float) -> Argument:
    """The learning rate, which schedules then multiply or replace."""
    return Argument("lr", "number", default, minimum=0, unit="lr", doc="Base learning rate.")


def eps(default: float, *, limited: bool = False) -> Argument:
    """The term that keeps a division finite; with ``limited``, torch refuses a negative one."""
    minimum = 0 if limited else None
    return Argument("eps", "number", default, minimum=minimum, doc="Keeps a division finite.")


def flag(name: str, doc: str, *, default: bool = False) -> Argument:
    """A switch."""
    return Argument(name, "boolean", default, doc=doc)


def betas(*defaults: float) -> Argument:
    """Decays of averages, in packages that have other defaults than torch, or three of them."""
    doc = "Decay of the averages of the gradient and of its square."
    return Argument("betas", "numbers", defaults, length=len(defaults), minimum=0, doc=doc)


def decay(default: float) -> Argument:
    """Weight decay that is not added to the gradient; ``NO_DECAY`` is the one that is."""
    doc = "Decay, apart from the gradient."
    return Argument("weight_decay", "number", default, minimum=0, doc=doc)


def steps(name: str, default: int, doc: str) -> Argument:
    """A number of optimizer steps."""
    return Argument(name, "integer", default, minimum=0, unit="steps", doc=doc)
