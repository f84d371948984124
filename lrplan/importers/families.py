"""The table of families: every kind of foreign config that lrplan reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrplan.importers.family import ConfigFamily

_HOMES = {
    "transformers": "hugging_face.transformers:TRANSFORMERS",
    "trl": "hugging_face.trl:TRL",
    "llamafactory": "hugging_face.llamafactory:LLAMA_FACTORY",
    "axolotl": "hugging_face.axolotl:AXOLOTL",
    "deepspeed": "deepspeed.family:DEEPSPEED",
    "nanogpt": "nanogpt:NANOGPT",
    "ultralytics": "ultralytics.family:ULTRALYTICS",
    "timm": "timm:TIMM",
    "mmengine": "mmengine.family:MMENGINE",
    "detectron2": "detectron2:DETECTRON2",
    "lightning-cli": "lightning_cli:LIGHTNING_CLI",
}
"""Where each family is, by its name: a module of this package and a name in it."""


class _Families(Mapping[str, "ConfigFamily"]):
    """The families by name; each is imported when it is first looked up.

    All of them take longer to import than a config takes to be read.
    """

    def __getitem__(self, name: str) -> ConfigFamily:
        return _load(_HOMES[name])

    def __iter__(self) -> Iterator[str]:
        return iter(_HOMES)

    def __len__(self) -> int:
        return len(_HOMES)

    def __contains__(self, name: object) -> bool:
        return name in _HOMES


@cache
def _load(home: str) -> ConfigFamily:
    module, name = home.split(":")
    family: ConfigFamily = getattr(import_module(f"lrplan.importers.{module}"), name)
    return family


FAMILIES: Mapping[str, ConfigFamily] = _Families()
"""By the name that ``--as`` takes."""
