"""Pure functions of the tick that curves are made of: values that can be compared and shared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from lrplan import curves
from lrplan.specfile.expressions import vectorize as vector

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrplan.specfile.expressions.expression import Expression
    from lrplan.trace import FloatArray


class TickFunction(Protocol):
    """A function of ticks; two that are equal give the same."""

    @property
    def tame(self) -> bool:
        """Whether it goes on as a sample of it, its last tick among them, says."""

    def __call__(self, ticks: FloatArray) -> FloatArray:
        """A number for each of ``ticks``, which are sorted, whole and at least 0."""

    def __hash__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Formula:
    """A function of ``curves`` with its lengths and the like filled in."""

    function: Callable[..., FloatArray]
    arguments: tuple[Any, ...]
    tame: ClassVar[bool] = True

    def __call__(self, ticks: FloatArray) -> FloatArray:
        """The curve at ``ticks``."""
        return self.function(ticks, *self.arguments)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An expression of the spec."""

    expression: Expression
    tame: ClassVar[bool] = False

    def __call__(self, ticks: FloatArray) -> FloatArray:
        """The expression at ``ticks``."""
        return vector.values(self.expression, ticks)


@dataclass(frozen=True, slots=True)
class Multiplied:
    """The product of an expression at ticks 1 to ``t``; 1 at tick 0."""

    expression: Expression
    last: int
    """The last tick that is asked for."""
    tame: ClassVar[bool] = False

    def __call__(self, ticks: FloatArray) -> FloatArray:
        """The products up to each of ``ticks``."""
        return _products(self.expression, self.last)[ticks.astype(np.intp)]


@dataclass(frozen=True, slots=True)
class Triangle:
    """A triangle of each cycle, its height scaled.

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
    def tame(self) -> bool:
        """Whether its height is."""
        return self.height.tame

    def __call__(self, ticks: FloatArray) -> FloatArray:
        """The scaled triangles at ``ticks``."""
        flat = curves.triangle(ticks, self.length, self.rise)
        if not self.by_cycle:
            return flat * self.height(ticks)
        number = curves.cycle_number(ticks, self.length)
        numbers, where = np.unique(number, return_inverse=True)
        return flat * self.height(numbers)[where]


@dataclass(frozen=True, slots=True)
class RebasedCosine:
    """The rates of a cosine annealing that goes on past its end; tick 0 is that end."""

    base: float
    floor: float
    total: int
    last: int
    """The last tick that is asked for."""
    tame: ClassVar[bool] = False

    def __call__(self, ticks: FloatArray) -> FloatArray:
        """The rates at ``ticks``."""
        return _climb(self.base, self.floor, self.total, self.last)[ticks.astype(np.intp)]


@dataclass(frozen=True, slots=True)
class Product:
    """The product of several shapes."""

    shapes: tuple[TickFunction, ...]

    @property
    def tame(self) -> bool:
        """Whether all of them are."""
        return all(shape.tame for shape in self.shapes)

    def __call__(self, ticks: FloatArray) -> FloatArray:
        """The product at ``ticks``."""
        product = self.shapes[0](ticks)
        for shape in self.shapes[1:]:
            product = product * shape(ticks)
        return product


# What goes from tick to tick has to be computed as a whole, even for a few of them.
@lru_cache(maxsize=2)
def _products(expression: Expression, last: int) -> FloatArray:
    factors = np.ones(last + 1)
    factors[1:] = vector.values(expression, np.arange(1, last + 1, dtype=np.float64))
    return curves.running_product(factors)


@lru_cache(maxsize=2)
def _climb(base: float, floor: float, total: int, last: int) -> FloatArray:
    return curves.annealed_again(base, floor, total, last)
