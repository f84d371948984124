"""The table of families: every kind of foreign config that lrplan reads."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lrplan.importers.deepspeed.family import DEEPSPEED
from lrplan.importers.detectron2 import DETECTRON2
from lrplan.importers.family import Family
from lrplan.importers.hugging_face.axolotl import AXOLOTL
from lrplan.importers.hugging_face.llamafactory import LLAMA_FACTORY
from lrplan.importers.hugging_face.transformers import TRANSFORMERS
from lrplan.importers.hugging_face.trl import TRL
from lrplan.importers.lightning_cli import LIGHTNING_CLI
from lrplan.importers.mmengine.family import MMENGINE
from lrplan.importers.nanogpt import NANOGPT
from lrplan.importers.timm import TIMM
from lrplan.importers.ultralytics.family import ULTRALYTICS

_ALL = (
    TRANSFORMERS,
    TRL,
    LLAMA_FACTORY,
    AXOLOTL,
    DEEPSPEED,
    NANOGPT,
    ULTRALYTICS,
    TIMM,
    MMENGINE,
    DETECTRON2,
    LIGHTNING_CLI,
)

FAMILIES: Mapping[str, Family] = MappingProxyType({each.name: each for each in _ALL})
"""By the name that ``--as`` takes."""
