"""A run that is interrupted and resumed from a checkpoint: what is asked, and what came of it."""

from __future__ import annotations

from lrplan.resume.asked import PARTS, Asked, asked_of
from lrplan.resume.gaps import Gap, gaps_between
from lrplan.resume.resumed import Change, Jump, Resumed

__all__ = ["PARTS", "Asked", "Change", "Gap", "Jump", "Resumed", "asked_of", "gaps_between"]
