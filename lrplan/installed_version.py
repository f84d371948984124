"""The versions of installed packages, read without importing or parsing anything."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, distribution

_VERSION = re.compile(r"^Version: *(\S+)", re.MULTILINE)


def installed_version(name: str) -> str:
    """The version of the distribution ``name`` that is installed.

    Raises:
        PackageNotFoundError: none is.
    """
    return version_of(distribution(name))


def version_of(package: Distribution) -> str:
    """The version of ``package``.

    ``package.version`` gives the same but takes ten times as long: it parses the whole file as an
    e-mail, and most of that is the package's readme. This takes the first line that begins with
    ``Version:``, which is in the header, before the readme.
    """
    match = _VERSION.search(package.read_text("METADATA") or "")
    return package.version if match is None else match[1]
