"""Tells by how much the curves of configs differ from those of their frameworks.

``python -m tests.support.largest_differences [PYTEST ARGUMENTS]`` runs the tests of importers, and
prints for each test of curves how many it compared and the largest difference, as a share of the
peak: the numbers of the table in docs/configs.md. It wants the packages of constraints-peers.txt.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict

import numpy as np
import pytest

from tests.support import foreign


def main(arguments: list[str]) -> int:
    """Run the tests and print a line for each that compares curves; pytest's status."""
    differences: dict[str, list[float]] = defaultdict(list)
    checked = foreign.assert_same

    def noted(own: np.ndarray, real: object) -> None:
        checked(own, real)
        other = np.asarray(real, dtype=float)
        share = np.abs(own - other).max() / max(np.abs(other).max(), 1e-300)
        test = os.environ["PYTEST_CURRENT_TEST"].split(" ")[0].split("[")[0]
        differences[test].append(float(share))

    foreign.assert_same = noted  # before the tests import it
    status = pytest.main(["-q", "-p", "no:cacheprovider", *(arguments or ["tests/importers"])])
    for test, shares in sorted(differences.items()):
        print(f"{test}: {len(shares)} curves, off by {max(shares):.1g} of the peak")  # noqa: T201
    return int(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
