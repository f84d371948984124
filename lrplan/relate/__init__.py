"""What relates two curves of applied values, and how much two runs differ.

:func:`relate` finds the relation, :func:`words` says it in a sentence; :func:`compare` does both
for every group and field of two runs. All of it is numbers in, numbers out: no files, no torch.
"""

from __future__ import annotations

from lrplan.relate._align import ALIGNMENTS, Align
from lrplan.relate._compare import Comparison, Difference, compare, lettered
from lrplan.relate._pair import apart, finite, size
from lrplan.relate._relation import TOLERANCE, Kind, Relation
from lrplan.relate._run import Curve, Figures, Run, epoch_fact, figures_of, run_of
from lrplan.relate._search import relate, relate_points
from lrplan.relate._words import in_short, number, words

__all__ = [
    "ALIGNMENTS",
    "TOLERANCE",
    "Align",
    "Comparison",
    "Curve",
    "Difference",
    "Figures",
    "Kind",
    "Relation",
    "Run",
    "apart",
    "compare",
    "epoch_fact",
    "figures_of",
    "finite",
    "in_short",
    "lettered",
    "number",
    "relate",
    "relate_points",
    "run_of",
    "size",
    "words",
]
