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

    ``package.version`` says the same in ten times the time: it parses the file as an e-mail, most
    of which is the package's readme. Here the first line that begins with ``Version:`` counts; it
    stands in the header, which comes before the readme.
    """
    match = _VERSION.search(package.read_text("METADATA") or "")
    return package.version if match is None else match[1]
