"""The functions and classes that a module needs, collected while its main functions are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from lrplan.export.code.classes import CLASSES
from lrplan.export.code.formulas import FORMULAS
from lrplan.export.code.identifiers import UniqueNames
from lrplan.export.code.imports import NAMES

_RESERVED = (
    *("Scheduled", "accelerator", "batch", "batches", "build_optimizer", "build_scheduler"),
    *("build_schedulers", "closure", "empty", "endless", "epoch", "evaluate", "freeze", "group"),
    *("group_of", "groups", "index", "initial", "loader", "loss", "loss_of", "matrices"),
    *("members", "metric", "model", "name", "optimizer", "parameter", "self", "step", "tick"),
    *("train", "training_arguments"),
)


class Parts:
    """Functions and classes that the module needs, and the identifiers that are in use."""

    def __init__(self) -> None:
        self.names = UniqueNames((*NAMES, *FORMULAS, *CLASSES, *_RESERVED))
        self.multipliers: dict[str, float] = {}
        """By group: the factor by which its lr is multiplied, if it is not 1."""
        self._formulas: set[str] = set()
        self._classes: set[str] = set()
        self._functions: dict[tuple[str, ...], str] = {}

    def formula(self, name: str) -> str:
        """Include a formula and return its name."""
        self._formulas.add(name)
        return name

    def include(self, name: str) -> str:
        """Include a class and return its name."""
        self._classes.add(name)
        return name

    def function(self, wish: str, parameters: str, body: Iterable[str]) -> str:
        """Include a function that returns a float; return its name.

        Functions with the same parameters and body are one: two groups with the lambda
        ``0.9 ** epoch`` share ``factor``, and a third with another one has ``factor_2``.
        """
        lines = (parameters, *body)
        if lines not in self._functions:
            self._functions[lines] = self.names.new(wish, "factor")
        return self._functions[lines]

    def sources(self, classes: Mapping[str, str]) -> Iterator[str]:
        """The source of each function and class that is needed.

        Args:
            classes: the source of every class by its name.
        """
        # Formulas first, as functions call them; classes last. The order is that of the tables, not
        # of their use, so that the same plan gives the same text.
        for source in (FORMULAS[name] for name in FORMULAS if name in self._formulas):
            yield source.rstrip("\n")
        for (parameters, *body), name in self._functions.items():
            yield "\n".join((f"def {name}({parameters}) -> float:", *body))
        for source in (classes[name] for name in classes if name in self._classes):
            yield source.rstrip("\n")
