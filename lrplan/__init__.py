"""Plot, table and lint PyTorch learning-rate schedules before the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan._version import __version__

if TYPE_CHECKING:
    from lrplan.api import Plan, Plans, load
    from lrplan.errors import LrplanError, SpecError
    from lrplan.finding import Finding
    from lrplan.trace import Trace

__all__ = [
    "Finding",
    "LrplanError",
    "Plan",
    "Plans",
    "SpecError",
    "Trace",
    "__version__",
    "load",
]

_HOMES = {
    "Finding": "lrplan.finding",
    "LrplanError": "lrplan.errors",
    "Plan": "lrplan.api",
    "Plans": "lrplan.api",
    "SpecError": "lrplan.errors",
    "Trace": "lrplan.trace",
    "load": "lrplan.api",
}


def __getattr__(name: str) -> object:
    # Names are fetched when they are asked for, so that the command line starts at once.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
