"""Python code of a plan that needs torch, Lightning or transformers, but not lrplan.

No text of a spec is pasted into the code: names become string literals, numbers are written from
their values, and expressions are written from their checked tree.
"""

from __future__ import annotations

from lrplan.export.code.lightning import to_lightning
from lrplan.export.code.pytorch import to_pytorch
from lrplan.export.code.transformers import to_transformers

__all__ = ["to_lightning", "to_pytorch", "to_transformers"]
