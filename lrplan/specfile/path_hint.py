"""Hints for the name of a file that cannot be read: the file that was probably meant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from difflib import SequenceMatcher, get_close_matches
from itertools import islice
from pathlib import Path

from lrplan.text import join_first
from lrplan.text_position import printable

_MOST = 1000
"""Entries of a folder that are looked at."""
_ALIKE = 0.75
_LISTED = 3
_PLANS = (".yaml", ".yml", ".json", ".toml")


def hint_for(path: str | Path) -> str:
    """A fix for a name that is not a file: a file called almost so, or what a folder holds.

    Empty where nothing is known.
    """
    with suppress(OSError, ValueError):
        if Path(path).is_dir():
            return _inside(Path(path))
        if not Path(path).exists() and (found := similar_file(path)):
            return f"did you mean `{printable(found)}`?"
    return ""


def similar_file(path: str | Path) -> str:
    """The path of a file in the same folder that is called almost like ``path``; empty for none.

    ``schedule.yaml`` is like ``schedules.yaml``, and ``spec.yml`` and ``spec`` like ``spec.yaml``.
    """
    wanted = Path(path)
    names = {each.name: each.stem.casefold() for each in _entries(wanted.parent)}
    stem = wanted.stem.casefold()
    found = [name for name, each in names.items() if each == stem]
    if not found:
        close = get_close_matches(stem, set(names.values()), n=1, cutoff=_ALIKE)
        found = [name for name, each in names.items() if close and each == close[0]]
    if not found:
        return ""
    # Of `train.py` and `train.lrrec`, the one that ends like `trin.py`.
    best = max(sorted(found), key=lambda name: _likeness(Path(name).suffix, wanted.suffix))
    # `str(path)` may begin with `./`, which `wanted` has lost.
    return str(path)[: len(str(path)) - len(wanted.name)] + best


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.lower(), other.lower()).ratio()


def _inside(folder: Path) -> str:
    names = sorted(each.name for each in _entries(folder) if each.suffix.lower() in _PLANS)
    listed = f"it holds {printable(join_first(names, _LISTED))}; " if names else ""
    return f"{listed}`lrplan sources {printable(str(folder))}` says what can be read in it"


def _entries(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder that are not hidden, the first thousand of them."""
    with suppress(OSError, ValueError):
        for each in islice(folder.iterdir(), _MOST):
            if not each.name.startswith(".") and each.is_file():
                yield each
