"""The rows of the catalogue as cases of a test, and the classes they describe."""

import importlib

import pytest

from lrplan.catalog import OPTIMIZERS, SCHEDULERS
from tests.support.releases import has


def installed(rows):
    """The rows whose classes the installed torch has to have, or lrplan itself.

    Those of other packages are compared with them in ``tests/adapters``.
    """
    present = [row for row in rows.values() if not getattr(row, "extra", "")]
    return [row for row in present if has(row)]


ROWS = [*installed(SCHEDULERS), *installed(OPTIMIZERS)]
OF_TORCH = sorted(row.name for row in installed(OPTIMIZERS))
ARGUMENTS = [(row, argument) for row in ROWS for argument in row.arguments]


def each_row(rows=ROWS):
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.name)


def each_argument(wanted):
    cases = [case for case in ARGUMENTS if wanted(case[1])]
    ids = [f"{row.name}.{argument.name}" for row, argument in cases]
    return pytest.mark.parametrize(("row", "argument"), cases, ids=ids)


def cls(row):
    module, _, name = row.path.partition(":")
    return getattr(importlib.import_module(module), name)
