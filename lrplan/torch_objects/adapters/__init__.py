"""Schedulers of other packages, run for real: one module per package.

An adapter is what a row of ``lrplan.catalog.third_party`` names as its path. It takes
``optimizer`` and the row's arguments, builds the package's own object, and its ``step()`` makes
the call that the package's documentation makes at that point of a training loop; a scheduler that
reads a metric is given it, ``step(metric)``. What the package computes is left as it is, defects
included. ``state_dict`` and ``load_state_dict`` hold what such a loop would save.

Packages are optional: each is imported when a scheduler of it is built, by ``imported``. Where one
is not installed, its adapter uses lrplan's formulas (``lrplan.torch_objects.formulas``) of those of
its schedulers that have one.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from typing import Any

from lrplan.catalog import SCHEDULERS
from lrplan.catalog.formula_choice import runs_by_formula
from lrplan.errors import MissingExtraError


def package_or_formulas(load: Callable[[], Any], formulas: Any, name: str) -> Any:
    """The package that ``load`` returns; or ``formulas``, which has the same names.

    Args:
        load: imports the package.
        formulas: a module of ``lrplan.torch_objects.formulas``.
        name: the scheduler to build, as a spec names it.

    Raises:
        MissingExtraError: the package is not installed, and there is no formula of the scheduler.
    """
    return formulas if runs_by_formula(SCHEDULERS[name]) else load()


def import_optional(module: str, distribution: str = "") -> Any:
    """The module called ``module`` of an optional package.

    Args:
        module: its dotted name; the extra of lrplan is called like the first part.
        distribution: what the package is called for pip, when not like that.

    Raises:
        MissingExtraError: it is not installed, or too old to have the module; the text says what
            to install.
    """
    package = module.partition(".")[0]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the package's own imports, not the schedule
            return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != package:
            raise  # what is missing is something that the package needs
        raise missing_extra_error(package, distribution) from error


def missing_extra_error(package: str, distribution: str = "") -> MissingExtraError:
    """The error that says which extra to install; its subject is the scheduler that needs it."""
    return MissingExtraError(f'needs {distribution or package}: pip install "lrplan[{package}]"')
