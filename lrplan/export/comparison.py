"""Comparisons as JSON, for scripts."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from lrplan._version import __version__
from lrplan.comparison import describe, sentence
from lrplan.workflow_commands import escape_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lrplan.comparison import Comparison, CurveSummary, Difference, Relation, Run


def comparisons_to_json(comparisons: Sequence[Comparison], alone: Sequence[str] = ()) -> str:
    """One document: every comparison with its sentence, and the numbers of every group.

    A number that is not finite is ``null``; ``alone`` names schedules that only one file has.
    """
    document = {
        "lrplan": __version__,
        "comparisons": [_comparison(each) for each in comparisons],
        "alone": list(alone),
    }
    return escape_json(json.dumps(document, indent=1, allow_nan=False)) + "\n"


def _comparison(comparison: Comparison) -> dict[str, object]:
    return {
        "a": _run(comparison.a),
        "b": _run(comparison.b),
        "align": comparison.align,
        "tolerance": comparison.tolerance,
        "differs": comparison.differs,
        "same_length": comparison.same_length,
        "words": sentence(comparison),
        "only_a": list(comparison.only_a),
        "only_b": list(comparison.only_b),
        "groups": [_difference(each) for each in comparison.differences],
    }


def _run(run: Run) -> dict[str, object]:
    return {
        "label": run.label,
        "name": run.name,
        "steps": run.steps,
        "steps_per_epoch": run.steps_per_epoch,
    }


def _difference(difference: Difference) -> dict[str, object]:
    return {
        "group": list(difference.groups),
        "field": difference.field,
        "differs": difference.differs,
        "relation": _relation(difference.relation),
        "compared": int(difference.at.size),
        "largest": _number(difference.largest),
        "relative": _number(difference.relative),
        "largest_at": _places(difference, difference.worst),
        "first_at": _places(difference, difference.first),
        "a": _figures(difference.figures[0]),
        "b": _figures(difference.figures[1]),
        "sum_ratio": _number(difference.area_ratio),
    }


def _relation(relation: Relation) -> dict[str, object]:
    return {
        "kind": relation.kind,
        "words": describe(relation),
        "factor": relation.factor,
        "shift": relation.shift,
        "stretch": relation.stretch,
        "hold": relation.hold,
        "until": relation.until,
        "again": relation.again,
        "inside": None if relation.inside is None else _relation(relation.inside),
    }


def _places(difference: Difference, index: int | None) -> dict[str, object] | None:
    """The place on the axis the runs are aligned by, and the step of each run there."""
    if index is None:
        return None
    one, other = difference.steps
    return {"at": float(difference.at[index]), "step": [int(one[index]), int(other[index])]}


def _figures(figures: CurveSummary) -> dict[str, object]:
    top = figures.peak
    return {
        "peak": None if top is None else top.value,
        "peak_step": None if top is None else top.step,
        "last": _number(figures.last),
        "mean": _number(figures.mean),
        "warmup_share": figures.warmup,
    }


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value
