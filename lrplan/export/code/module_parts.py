"""What a module is made of besides its main functions, gathered while these are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.export.code.classes import CLASSES
from lrplan.export.code.formulas import FORMULAS
from lrplan.export.code.identifiers import Names
from lrplan.export.code.imports import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_RESERVED = (
    *("Scheduled", "batch", "batches", "build_optimizer", "build_scheduler", "build_schedulers"),
    *("closure", "epoch", "evaluate", "group", "group_of", "groups", "index", "initial", "loader"),
    *("loss", "loss_of", "matrices", "members", "metric", "model", "name", "optimizer"),
    *("parameter", "self", "step", "tick", "train", "training_arguments"),
)


class Parts:
    """Functions and classes that the module needs, and the names it has given away."""

    def __init__(self) -> None:
        self.names = Names((*NAMES, *FORMULAS, *CLASSES, *_RESERVED))
        self.multipliers: dict[str, float] = {}
        """Parameter groups whose lr is to be that many times what the plan says."""
        self._formulas: set[str] = set()
        self._classes: set[str] = set()
        self._functions: dict[tuple[str, ...], str] = {}

    def formula(self, name: str) -> str:
        """Include a formula; its name."""
        self._formulas.add(name)
        return name

    def include(self, name: str) -> str:
        """Include a class; its name."""
        self._classes.add(name)
        return name

    def function(self, wish: str, parameters: str, body: Iterable[str]) -> str:
        """Include a function that gives a float; its name, which it shares with its equals."""
        lines = (parameters, *body)
        if lines not in self._functions:
            self._functions[lines] = self.names.new(wish, "factor")
        return self._functions[lines]

    def sources(self, classes: Mapping[str, str]) -> Iterator[str]:
        """The source of each function and class that is needed.

        Args:
            classes: the source of every class by its name.
        """
        for source in (FORMULAS[name] for name in FORMULAS if name in self._formulas):
            yield source.rstrip("\n")
        for (parameters, *body), name in self._functions.items():
            yield "\n".join((f"def {name}({parameters}) -> float:", *body))
        for source in (classes[name] for name in classes if name in self._classes):
            yield source.rstrip("\n")
