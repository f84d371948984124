"""The choice between the package of a scheduler and the formula that replaces it."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError
from importlib.util import find_spec

from lrplan.catalog.rows import OptimizerRow, SchedulerRow
from lrplan.installed_version import installed_version


def runs_by_formula(row: SchedulerRow) -> bool:
    """Return True if lrplan's formula of ``row`` runs: its package is not installed.

    A package that is installed always runs itself, even in a release that lrplan does not know.
    """
    return row.has_formula and not _is_installed(row.extra)


def formula_packages(rows: Iterable[SchedulerRow]) -> tuple[str, ...]:
    """The packages of ``rows`` that formulas replace, as ``timm 1.0.31``; each once."""
    return tuple(dict.fromkeys(row.package for row in rows if runs_by_formula(row)))


def real_packages(rows: Iterable[SchedulerRow]) -> tuple[str, ...]:
    """The packages of ``rows`` that have formulas and run themselves, with their releases."""
    real = (row for row in rows if row.has_formula and not runs_by_formula(row))
    named = (f"{row.package.partition(' ')[0]} {installed_release(row)}".strip() for row in real)
    return tuple(dict.fromkeys(named))


def substitutions(rows: Iterable[SchedulerRow], optimizer: OptimizerRow) -> tuple[str, ...]:
    """A sentence for each package of a schedule in whose place code of lrplan runs."""
    formulas = (
        f"{package.partition(' ')[0]} is not installed: lrplan's formulas of {package} run in its"
        " place"
        for package in formula_packages(rows)
    )
    if not optimizer.package:
        return tuple(formulas)
    stand_in = f"{optimizer.name} of {optimizer.package} is not run: a stand-in has its groups"
    return (*formulas, stand_in)


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ValueError:
        return True  # imported, by a way that left no spec


def installed_release(row: SchedulerRow) -> str:
    """The release of the package of ``row`` that is installed; empty if none is known."""
    try:
        return installed_version(row.package.partition(" ")[0]) if row.package else ""
    except PackageNotFoundError:
        return ""
