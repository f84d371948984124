"""The rows of the catalogue as cases of a test, and the classes they describe."""

import importlib

from lrplan.catalog import OPTIMIZERS, SCHEDULERS
from tests.support.for_all import for_all
from tests.support.releases import has


def installed(rows):
    """The rows whose classes the installed torch has to have, or lrplan itself.

    Those of other packages are compared with them in ``tests/adapters``.
    """
    present = [row for row in rows.values() if not (getattr(row, "extra", "") or row.package)]
    return [row for row in present if has(row)]


ROWS = [*installed(SCHEDULERS), *installed(OPTIMIZERS)]
OF_TORCH = sorted(row.name for row in installed(OPTIMIZERS))
ARGUMENTS = [(row, argument) for row in ROWS for argument in row.arguments]


def each_row(rows=ROWS):
    """Make one test of a check of a row: it reports every row that is wrong."""
    return for_all([(row.name, (row,)) for row in rows])


def each_argument(wanted):
    """Make one test of a check of a row and one of its arguments, as ``each_row`` does."""
    cases = [case for case in ARGUMENTS if wanted(case[1])]
    return for_all([(f"{row.name}.{argument.name}", (row, argument)) for row, argument in cases])


def cls(row):
    module, _, name = row.path.partition(":")
    return getattr(importlib.import_module(module), name)
