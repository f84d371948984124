"""Simulation of a plan: its curves by stepping real torch objects, or by checked formulas."""

from __future__ import annotations

import lrplan.torch_objects  # noqa: F401  # imports torch, before any module here does
