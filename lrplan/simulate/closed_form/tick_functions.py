"""Shapes: pure functions of the tick that curves are made of.

A curve is ``offset + scale * shape``. Shapes are values: two with the same arguments are equal and
hash alike, so that a hundred groups that differ in their learning rates share the values of one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Protocol

import numpy as np

from lrplan import curves
from lrplan.arrays import FloatArray
from lrplan.specfile.expressions import vectorize as vector
from lrplan.specfile.expressions.expression import Expression


class TickFunction(Protocol):
    """A function of ticks; two that are equal return the same values."""

    @property
    def is_smooth(self) -> bool:
        """True if a sample of it, the last tick included, shows how large it becomes."""

    def __call__(self, ticks: FloatArray) -> FloatArray:
        """Return a number for each of ``ticks``, which are sorted, whole and at least 0."""

    def __hash__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class CurveFormula:
    """A function of ``lrplan.curves`` with its lengths and other arguments."""

    function: Callable[..., FloatArray]
    arguments: tuple[Any, ...]
    is_smooth: ClassVar[bool] = True

    def __call__(self, ticks: FloatArray) -> FloatArray:
        """Return the curve at ``ticks``."""
        return self.function(ticks, *self.arguments)


@dataclass(frozen=True, slots=True)
class PackageFormula:
    """A formula of ``lrplan.curves.packages`` with its arguments by name."""

    function: Callable[..., FloatArray]
    arguments: tuple[tuple[str, Any], ...]
    is_smooth: ClassVar[bool] = False  # a factor may hold for a few ticks only

    def __call__(self, ticks: FloatArray) -> FloatArray:
        """Return the factors at ``ticks``."""
        return self.function(ticks, **dict(self.arguments))


@dataclass(frozen=True, slots=True)
class ExpressionShape:
    """The values of an expression of the spec."""

    expression: Expression
    is_smooth: ClassVar[bool] = False

    def __call__(self, ticks: FloatArray) -> FloatArray:
        """Return the expression at ``ticks``."""
        return vector.values(self.expression, ticks)


@dataclass(frozen=True, slots=True)
class RunningProduct:
    """The product of an expression at ticks 1 to ``t``; 1 at tick 0."""

    expression: Expression
    last: int
    """The last tick that is needed."""
    is_smooth: ClassVar[bool] = False

    def __call__(self, ticks: FloatArray) -> FloatArray:
        """Return the products up to each of ``ticks``."""
        return _products(self.expression, self.last)[ticks.astype(np.intp)]


@dataclass(frozen=True, slots=True)
class Triangle:
    """A triangle in each cycle, its height scaled.

    Args:
        length: ticks of a cycle.
        rise: share of it that climbs.
        height: the scale of each cycle, or of each tick.
        by_cycle: whether ``height`` is given the number of the cycle, from 1, or the tick.
    """

    length: float
    rise: float
    height: TickFunction
    by_cycle: bool

    @property
    def is_smooth(self) -> bool:
        """True if the height is smooth."""
        return self.height.is_smooth

    def __call__(self, ticks: FloatArray) -> FloatArray:
        """Return the scaled triangles at ``ticks``."""
        flat = curves.triangle(ticks, self.length, self.rise)
        if not self.by_cycle:
            return flat * self.height(ticks)
        # The height is worked out once a cycle and spread over its ticks: 16,384 ticks of cycles of
        # 2,000 need the height of 9 cycles.
        number = curves.cycle_number(ticks, self.length)
        numbers, where = np.unique(number, return_inverse=True)
        return flat * self.height(numbers)[where]


@dataclass(frozen=True, slots=True)
class RebasedCosine:
    """The learning rates of a cosine annealing that continues past its end; tick 0 is that end."""

    base: float
    floor: float
    total: int
    last: int
    """The last tick that is needed."""
    is_smooth: ClassVar[bool] = False

    def __call__(self, ticks: FloatArray) -> FloatArray:
        """Return the learning rates at ``ticks``."""
        return _climb(self.base, self.floor, self.total, self.last)[ticks.astype(np.intp)]


@dataclass(frozen=True, slots=True)
class Product:
    """The product of several shapes."""

    shapes: tuple[TickFunction, ...]

    @property
    def is_smooth(self) -> bool:
        """True if all of them are smooth."""
        return all(shape.is_smooth for shape in self.shapes)

    def __call__(self, ticks: FloatArray) -> FloatArray:
        """Return the product at ``ticks``."""
        product = self.shapes[0](ticks)
        for shape in self.shapes[1:]:
            product = product * shape(ticks)
        return product


# A recursion has to be computed as a whole, even where a few ticks are needed.
@lru_cache(maxsize=2)
def _products(expression: Expression, last: int) -> FloatArray:
    factors = np.ones(last + 1)
    factors[1:] = vector.values(expression, np.arange(1, last + 1, dtype=np.float64))
    return curves.running_product(factors)


@lru_cache(maxsize=2)
def _climb(base: float, floor: float, total: int, last: int) -> FloatArray:
    return curves.annealed_again(base, floor, total, last)
