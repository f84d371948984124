"""Comparisons as JSON, for scripts."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

from lrplan._version import __version__
from lrplan.comparison import (
    Comparison,
    CurveSummary,
    Difference,
    Part,
    RunCurves,
    describe,
    sentence,
)
from lrplan.workflow_commands import escape_json


def comparisons_to_json(comparisons: Sequence[Comparison], alone: Sequence[str] = ()) -> str:
    """A JSON document: every comparison with its sentence, and the numbers of every group.

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
        "only_fields_a": list(comparison.only_fields[0]),
        "only_fields_b": list(comparison.only_fields[1]),
        "same_fields": list(comparison.same_fields),
        "not_compared": [
            {"group": list(each.groups), "field": each.field, "only": each.owner}
            for each in comparison.lone_curves
        ],
        "groups": [_difference(each, comparison) for each in comparison.differences],
    }


def _run(run: RunCurves) -> dict[str, object]:
    return {
        "label": run.label,
        "name": run.name,
        "steps": run.steps,
        "steps_per_epoch": run.steps_per_epoch,
    }


def _difference(difference: Difference, comparison: Comparison) -> dict[str, object]:
    return {
        "group": list(difference.groups),
        "field": difference.field,
        "differs": difference.differs,
        "relation": _relation(difference, comparison),
        "compared": int(difference.at.size),
        "largest": _number(difference.largest),
        "relative": _number(difference.relative),
        "largest_at": _places(difference, difference.worst),
        "first_at": _places(difference, difference.first),
        "changed_steps": [list(each) for each in difference.changed or ()],
        "a": _figures(difference.figures[0]),
        "b": _figures(difference.figures[1]),
        "sum_ratio": _number(difference.area_ratio),
    }


def _relation(difference: Difference, comparison: Comparison) -> dict[str, object]:
    relation = difference.relation
    return {
        "kind": relation.kind,
        "words": describe(relation, unit=comparison.align),
        "factor": relation.factor,
        "shift": relation.shift,
        "stretch": relation.stretch,
        "hold": relation.hold,
        "parts": [_part(part) for part in relation.parts],
    }


def _part(part: Part) -> dict[str, object]:
    """A part from place ``first`` to ``last``, in the unit of ``align``, with its transform."""
    transform = part.transform
    document: dict[str, object] = {
        "first": part.first,
        "last": part.last,
        "kind": "different" if transform is None else transform.kind,
    }
    if transform is None:
        document |= {"relative": _number(part.largest), "largest_at": part.worst}
        return document
    numbers = {"factor": transform.factor, "stretch": transform.stretch, "hold": transform.hold}
    return document | numbers | {"start": list(transform.start)}


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
