"""Which code makes a curve: lrplan's own files, and the packages that are installed."""

from __future__ import annotations

import os
import platform
import re
import sys
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from lrplan._version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import Distribution

_VERSION = re.compile(r"^Version: (\S+)$", re.MULTILINE)


class UnverifiablePackageError(Exception):
    """A package's code may change without its version: the text names the package."""


@cache
def package_fingerprint(module: str, name: str) -> str:
    """Which release of a package is installed, and where, without importing it.

    Args:
        module: the name it is imported under.
        name: what its distribution is called.

    Raises:
        UnseenError: it is not there, or what would be imported is not what was installed: an
            editable installation, or a folder of the same name on the path.
    """
    try:
        found, spec = distribution(name), find_spec(module)
    except (PackageNotFoundError, ImportError, ValueError):
        raise UnverifiablePackageError(name) from None
    origin = "" if spec is None or spec.origin is None else spec.origin
    home = Path(str(found.locate_file(""))).resolve()
    if not origin or home not in Path(origin).resolve().parents:
        raise UnverifiablePackageError(name)
    return f"{name} {_version(found)} {origin} {_stamp(origin)}"


@cache
def lrplan_fingerprint() -> str:
    """A digest of our own release, and of the name, size and time of every file of its code."""
    root = Path(__file__).parent.parent
    text = "\n".join((__version__, str(root), *sorted(_stamps(str(root)))))
    return sha256(os.fsencode(text)).hexdigest()


def interpreter() -> str:
    """Python and the kind of machine it runs on."""
    return f"{sys.version} {sys.platform} {platform.machine()}"


def _version(found: Distribution) -> str:
    # `found.version` parses the whole file, most of which is the package's readme.
    match = _VERSION.search(found.read_text("METADATA") or "")
    return found.version if match is None else match[1]


def _stamps(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from _stamps(entry.path)
            elif entry.name.endswith(".py"):
                status = entry.stat()
                yield f"{entry.path} {status.st_size} {status.st_mtime_ns}"


def _stamp(file: str) -> str:
    try:
        status = Path(file).stat()
    except OSError:
        raise UnverifiablePackageError(file) from None
    return f"{status.st_size} {status.st_mtime_ns}"
