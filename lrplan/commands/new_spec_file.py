"""The new file that a command writes; an existing one is replaced only with ``--force``."""

from __future__ import annotations

from pathlib import Path

from lrplan.destination import Destination
from lrplan.errors import UsageError
from lrplan.specfile.files import is_folder
from lrplan.text_position import printable


def new_spec_file(output: str, *, force: bool, option: str = "") -> Destination:
    """The destination of a newly written spec.

    Args:
        output: its path.
        force: it may replace a file.
        option: what to type to overwrite it, for messages.

    Raises:
        UsageError: the name is empty or that of a folder, or the file is there already.
    """
    if output == "":
        raise UsageError("the name of the spec to write is empty")
    path = Path(output)
    name = printable(str(path))
    if is_folder(path):
        raise UsageError(f"{name} is a folder; name a file in it")
    if _is_there(path) and not force:
        raise UsageError(f"{name} is there already; name another file, or overwrite with --force")
    return Destination(path=path, option=option)


def _is_there(path: Path) -> bool:
    """Return True if there is a file to overwrite: a broken link counts, ``/dev/null`` does not."""
    try:
        return path.is_symlink() or (path.exists() and not path.is_char_device())
    except (OSError, ValueError):
        return False  # writing will say what is wrong with the name
