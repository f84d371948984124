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
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from lrplan._version import __version__

ALWAYS = ("torch", "numpy")
"""The packages that every curve depends on."""

_FOLDERS = {"torch": ("optim",), "numpy": ()}
"""Folders of large packages that have to do with a curve; of all others every file counts."""

_VERSION = re.compile(r"^Version: (\S+)$", re.MULTILINE)


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
    stamps = (stamp for folder in _code_folders(module, origin) for stamp in _stamps(folder))
    files = _digest((f"{origin} {_stamp(origin)}", *sorted(stamps)))
    return f"{name} {_version(package)} {files}"


@cache
def lrplan_fingerprint() -> str:
    """A digest of lrplan's version, and of the path, size and time of each of its Python files."""
    root = Path(__file__).parent.parent
    return _digest((__version__, str(root), *sorted(_stamps(str(root)))))


def interpreter() -> str:
    """The version of Python, the operating system and the machine type."""
    return f"{sys.version} {sys.platform} {platform.machine()}"


def _digest(lines: Iterable[str]) -> str:
    return sha256(os.fsencode("\n".join(lines))).hexdigest()


def _version(package: Distribution) -> str:
    # `package.version` parses the whole file, most of which is the package's readme.
    match = _VERSION.search(package.read_text("METADATA") or "")
    return package.version if match is None else match[1]


def _code_folders(module: str, origin: str) -> Iterator[str]:
    root, file = os.path.split(origin)
    if file == "__init__.py":  # else the module is that one file
        for folder in _FOLDERS.get(module, ("",)):
            yield os.path.join(root, folder)  # noqa: PTH118  # one of many paths that are scanned


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
