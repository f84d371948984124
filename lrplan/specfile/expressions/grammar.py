"""The names and functions of the expression language, and the error for any other text."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

VARIABLES = ("epoch", "step", "x", "t")
"""Names of the number an expression is a function of; all mean the same."""

CONSTANTS: Mapping[str, float] = {"pi": math.pi, "e": math.e}
"""Names with a fixed value."""

NAMES = (*VARIABLES, *CONSTANTS)
"""Every name that stands for a number in any run."""

LENGTHS = ("total", "per_epoch")
"""Names of numbers of ticks in one run: of a scheduler in all or in its phase, and in an epoch."""

SAMPLES = "samples"
TOKENS = "tokens"
COUNTS = (SAMPLES, TOKENS)
"""Names of what the run has read before a tick."""

OTHER_NAMES: Mapping[str, str] = {
    **dict.fromkeys(
        ("max_epochs", "total_epochs", "num_epochs", "num_training_steps", "max_steps",
         "total_steps", "total_iters", "max_iters"),
        "total",
    ),
    **dict.fromkeys(("current_step", "global_step", "iteration", "last_epoch"), "step"),
    "current_epoch": "epoch",
    "int": "floor",
}  # fmt: skip
"""Names that people write in code for what a name or a function here stands for."""


class ExpressionError(ValueError):
    """A text is not an expression, or an expression has no value at a number.

    Args:
        message: what is wrong.
        offset: index (from 0) in the text of the part that is wrong.
        fix: what to write instead, when there is something to say.
    """

    def __init__(self, message: str, offset: int = 0, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.fix = fix

    def __reduce__(self) -> tuple[type[ExpressionError], tuple[str, int, str]]:
        return ExpressionError, (self.message, self.offset, self.fix)


class Function(NamedTuple):
    """A function of the language.

    Args:
        call: what computes it, float to float.
        least: fewest arguments.
        most: most arguments; None for any number.
    """

    call: Callable[..., float]
    least: int = 1
    most: int | None = 1

    @property
    def arity(self) -> str:
        """The number of arguments that it takes, in words."""
        if self.most is None:
            return "at least one argument"
        if self.least != self.most:
            return f"{self.least} or {self.most} arguments"
        return "one argument" if self.most == 1 else f"{self.most} arguments"


def _floor(x: float) -> float:
    return float(math.floor(x))


def _ceil(x: float) -> float:
    return float(math.ceil(x))


FUNCTIONS: Mapping[str, Function] = {
    "min": Function(min, most=None),
    "max": Function(max, most=None),
    "abs": Function(math.fabs),
    "sqrt": Function(math.sqrt),
    "exp": Function(math.exp),
    "log": Function(math.log, most=2),
    "cos": Function(math.cos),
    "sin": Function(math.sin),
    "tan": Function(math.tan),
    "floor": Function(_floor),
    "ceil": Function(_ceil),
    "pow": Function(math.pow, least=2, most=2),
}
"""Every function by its name."""
