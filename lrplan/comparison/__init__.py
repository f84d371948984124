"""The relation of two curves of applied values, and how much two runs differ.

:func:`relate` finds the relation of two curves and :func:`describe` puts it into words;
:func:`compare` finds it for every group and field of two runs, :func:`sentence` describes them all.
Nothing here reads files or needs torch.
"""

from __future__ import annotations

from lrplan.comparison.align import Align
from lrplan.comparison.compare import compare
from lrplan.comparison.curve_pair import abs_difference, finite, largest_magnitude
from lrplan.comparison.difference import Comparison, Difference, letter_comparisons
from lrplan.comparison.find_relation import relate, relate_points
from lrplan.comparison.relation import TOLERANCE, Part, Relation
from lrplan.comparison.relation_text import describe
from lrplan.comparison.run_curves import (
    CurveSummary,
    RunCurve,
    RunCurves,
    epoch_fact,
    run_of,
    summary_of,
)
from lrplan.comparison.sentences import sentence
from lrplan.comparison.transform import Transform

__all__ = [
    "TOLERANCE",
    "Align",
    "Comparison",
    "CurveSummary",
    "Difference",
    "Part",
    "Relation",
    "RunCurve",
    "RunCurves",
    "Transform",
    "abs_difference",
    "compare",
    "describe",
    "epoch_fact",
    "finite",
    "largest_magnitude",
    "letter_comparisons",
    "relate",
    "relate_points",
    "run_of",
    "sentence",
    "summary_of",
]
