"""Rows that installed packages bring: entry points of the group ``lrplan.schedulers``.

An entry point called ``acme`` gives the rows of every ``type: acme:Name``. It is loaded when a
spec first names one, and not otherwise. Loading runs code of a package that somebody installed; a
spec chooses among the names that installed packages have registered, and can do no more.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import Any, Final

from lrplan.catalog import SCHEDULERS, THIRD_PARTY
from lrplan.catalog.rows import SchedulerRow
from lrplan.text import join_words

GROUP: Final = "lrplan.schedulers"
"""The group of entry points."""

_TYPE = re.compile(r"(\w+):\w+")


class PluginError(Exception):
    """An installed plug-in cannot be used; the text says which one and why."""


def rows_beside(name: str) -> Mapping[str, SchedulerRow] | None:
    """The rows among which ``name`` would be, by name; None when it can only be a user's own code.

    Args:
        name: a type as a spec has it: ``Name`` of torch or lrplan, or ``acme:Name`` of a package
            that lrplan knows or else of a plug-in, which is loaded for it.

    Raises:
        PluginError: the plug-in does not load, or does not give rows.
    """
    if ":" not in name:
        return {row.name: row for row in SCHEDULERS.values() if not row.extra}
    match = _TYPE.fullmatch(name)
    if match is None:
        return None
    known = THIRD_PARTY.get(match[1])
    return _rows(match[1]) if known is None else {row.name: row for row in known}


@cache
def _rows(prefix: str) -> Mapping[str, SchedulerRow] | None:
    registered = list(_entry_points(prefix))
    if not registered:
        return None
    if len(registered) > 1:
        names = join_words(
            sorted(_name_and_version(distribution) for distribution, _ in registered)
        )
        raise PluginError(f"{names} both bring schedulers called `{prefix}:...`; remove one")
    distribution, entry = registered[0]
    return _check_rows(
        prefix, _name_and_version(distribution), _load(entry, _name_and_version(distribution))
    )


def _entry_points(prefix: str) -> Iterator[tuple[Distribution, EntryPoint]]:
    seen = set()
    for distribution in distributions(path=_package_folders()):
        if distribution.metadata["Name"] in seen:
            # Python imports from the first folder on sys.path that has a package, so a second copy
            # of a distribution further down brings nothing.
            continue
        seen.add(distribution.metadata["Name"])
        for entry in distribution.entry_points:
            if entry.group == GROUP and entry.name == prefix:
                yield distribution, entry


def _package_folders() -> list[str]:
    """``sys.path`` without the current folder: what lies beside a spec is not installed."""
    here = os.path.realpath(os.curdir)
    return [folder for folder in sys.path if os.path.realpath(folder) != here]


def _name_and_version(distribution: Distribution) -> str:
    return f"{distribution.metadata['Name']} {distribution.version}"


def _load(entry: EntryPoint, title: str) -> Any:
    try:
        value = entry.load()
        return value() if callable(value) else value
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise PluginError(f"the plug-in `{entry.name}` of {title} fails: {reason}") from error


def _check_rows(prefix: str, title: str, value: Any) -> Mapping[str, SchedulerRow]:
    rows = list(value) if isinstance(value, Iterable) else [value]
    for row in rows:
        if not isinstance(row, SchedulerRow):
            what = f"{type(row).__name__} where a SchedulerRow belongs"
            raise PluginError(f"the plug-in `{prefix}` of {title} gives {what}")
        if not row.name.startswith(f"{prefix}:"):
            what = f"a row called `{row.name}`, not `{prefix}:...`"
            raise PluginError(f"the plug-in `{prefix}` of {title} gives {what}")
    return {row.name: replace(row, family="plugin", package=row.package or title) for row in rows}
