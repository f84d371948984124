"""Marks of tests for certain releases of torch."""

from __future__ import annotations

import re
from importlib import metadata

import pytest


def release(version):
    """Major and minor number."""
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])


TORCH = release(metadata.version("torch"))


def since(version, reason):
    """The mark of a test, or of a case, about what torch does from a release on."""
    told = f"from torch {version} on: {reason}"
    return pytest.mark.skipif(release(version) > TORCH, reason=told)


def has(row):
    """Return True if the installed torch has the class of a row of the catalogue."""
    return release(row.since or "0") <= TORCH


def has_all(plan):
    """Return True if the installed torch has every class that a plan names."""
    rows = [plan.optimizer.row, *(each.row for top in plan.schedulers for each in top.walk())]
    return all(map(has, rows))
