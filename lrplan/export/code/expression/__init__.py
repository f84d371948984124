"""Expressions of a spec as Python functions, printed from their checked tree."""

from __future__ import annotations

from lrplan.export.code.expression.function import body

__all__ = ["body"]
