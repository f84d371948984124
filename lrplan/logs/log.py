"""A log: columns of learning rates, and what its steps and its digits mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lrplan.arrays import FloatArray, IntArray
from lrplan.logs.precision import Precision

StepUnit = Literal["update", "epoch"]


@dataclass(frozen=True, slots=True)
class LogColumn:
    """A column of learning rates. ``steps`` and ``values`` have the same shape ``(rows,)``."""

    name: str
    """As the log calls it, e.g. ``lr-AdamW/pg1``."""
    steps: IntArray
    """The log's own numbers, in ascending order, each once; epochs where it has no steps."""
    values: FloatArray
    precision: Precision
    """How exactly the values are written down."""


@dataclass(frozen=True, slots=True)
class Convention:
    """The meaning of a row's step in a format, and the release for which that was looked up.

    ``offset`` turns the step of a row into the optimizer update that applied its value:
    ``update = step + offset``, with updates counted from 0. An example: a log that writes after
    update number 0, with step 1, the rate that it applied has offset -1.
    """

    unit: StepUnit
    offset: int
    sentence: str
    """The same in words, for the user."""
    release: str = ""
    mean_of_groups: bool = False
    """The only column is the mean over all parameter groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """The learning rates of a finished run, as one or several files record them."""

    path: str
    format: str
    """The name of the format, e.g. ``transformers``."""
    columns: tuple[LogColumn, ...]
    convention: Convention
    skipped: Mapping[int, int] = field(default_factory=dict)
    """Updates left out so far, beside the steps at which the log counts them."""
    planned_steps: int | None = None
    """Updates of the whole run, where the log says so."""
    notes: tuple[str, ...] = ()
    """What was done about rows that could not be taken as they are, a sentence each."""
