"""Fingerprints of the code that makes a curve: lrplan's own files, and the installed packages.

They are part of a cache key, so that a new release of torch, or an edited file of it, finds no
curve of the old code. Nothing is imported for them and no file is read through, since a cached
curve must be shown in milliseconds: of a package the version and the path are taken, and the size
and time of its ``__init__.py`` and of the files that schedulers and optimizers come from; of lrplan
the size and time of each of its files.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from lrplan._version import __version__
from lrplan.installed_version import version_of

ALWAYS = ("torch", "numpy")
"""The packages that every curve depends on."""

_FOLDERS = {"torch": ("optim",), "numpy": ()}
"""Folders of large packages that have to do with a curve; of all others every file counts."""


class UnverifiablePackageError(Exception):
    """A package's code may change while its version stays; the message names the package."""


@cache
def package_fingerprint(module: str, name: str) -> str:
    """The version of an installed package, and a digest of its path and of its files.

    Of each file that decides a curve the size and the time count. Nothing is imported.

    Args:
        module: the name it is imported under.
        name: the name of its distribution.

    Raises:
        UnverifiablePackageError: it is not installed, or another file would be imported than was
            installed: of an editable installation, or a folder of the same name on the path.
    """
    try:
        package, spec = distribution(name), find_spec(module)
    except (PackageNotFoundError, ImportError, ValueError):
        raise UnverifiablePackageError(name) from None
    # What is imported (the spec's origin) must lie where the distribution was installed. A folder
    # `torch/` beside the user's script would be imported instead, and its version is not torch's.
    origin = "" if spec is None or spec.origin is None else spec.origin
    installed_in = Path(str(package.locate_file(""))).resolve()
    if not origin or installed_in not in Path(origin).resolve().parents:
        raise UnverifiablePackageError(name)
    stamps = [f"{origin} {_stamp(origin)}"]
    for folder in _code_folders(module, origin):
        _add_stamps(folder, stamps)
    return f"{name} {version_of(package)} {_digest(stamps)}"


@cache
def lrplan_fingerprint() -> str:
    """A digest of lrplan's version, and of the path, size and time of each of its Python files."""
    root = Path(__file__).parent.parent
    stamps = [__version__, str(root)]
    _add_stamps(str(root), stamps)
    return _digest(stamps)


def interpreter() -> str:
    """The version of Python, the operating system and the machine type."""
    return f"{sys.version} {sys.platform} {platform.machine()}"


def _digest(stamps: list[str]) -> str:
    return sha256(os.fsencode("\n".join(sorted(stamps)))).hexdigest()


def _code_folders(module: str, origin: str) -> Iterator[str]:
    root, file = os.path.split(origin)
    if file == "__init__.py":  # else the module is that one file
        for folder in _FOLDERS.get(module, ("",)):
            yield os.path.join(root, folder)  # noqa: PTH118  # one of many paths that are scanned


def _add_stamps(folder: str, stamps: list[str]) -> None:
    """Add the path, size and time of each Python file in ``folder`` and the folders in it."""
    # To a list, and not through generators in each other: a cached curve waits for this.
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                status = entry.stat()
                stamps.append(f"{entry.path} {status.st_size} {status.st_mtime_ns}")
            elif entry.is_dir() and entry.name != "__pycache__":
                _add_stamps(entry.path, stamps)


def _stamp(file: str) -> str:
    try:
        status = Path(file).stat()
    except OSError:
        raise UnverifiablePackageError(file) from None
    return f"{status.st_size} {status.st_mtime_ns}"
