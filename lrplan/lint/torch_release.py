"""Releases of torch: the installed one, and those that users name."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import PackageNotFoundError

from lrplan.errors import UsageError
from lrplan.installed_version import installed_version

# Rules compare it with shorter tuples: (1, 13, 0) >= (1, 13) and (2, 8, 1) < (2, 9) hold, as Python
# compares element by element, and of two that agree so far the shorter is less.
Version = tuple[int, int, int]


def parse_version(text: str) -> Version:
    """``2.13.0+cpu`` as ``(2, 13, 0)``; missing parts are 0.

    Raises:
        UsageError: it does not start with a number.
    """
    match = re.match(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?", text.strip())
    if match is None:
        raise UsageError(f"{text!r} is not a release of torch, such as 2.13 or 1.13.1")
    major, minor, patch = (int(part or 0) for part in match.groups())
    return major, minor, patch


@cache
def installed_torch() -> Version:
    """The release of torch that is installed, found without importing it."""
    try:
        return parse_version(installed_version("torch"))
    except PackageNotFoundError:
        return (0, 0, 0)
