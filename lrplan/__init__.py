"""Plot, table and lint PyTorch learning-rate schedules before the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan._version import __version__

if TYPE_CHECKING:
    from lrplan.api import (
        AuditResult,
        Plan,
        Plans,
        Trace,
        audit,
        check,
        compare,
        load,
        loads,
        preview,
        record,
        recording,
    )
    from lrplan.errors import LrplanError, SpecError
    from lrplan.finding import Finding, Severity

__all__ = [
    "AuditResult",
    "Finding",
    "LrplanError",
    "Plan",
    "Plans",
    "Severity",
    "SpecError",
    "Trace",
    "__version__",
    "audit",
    "check",
    "compare",
    "load",
    "loads",
    "preview",
    "record",
    "recording",
]

_HOMES = {
    "Finding": "lrplan.finding",
    "LrplanError": "lrplan.errors",
    "Severity": "lrplan.finding",
    "SpecError": "lrplan.errors",
}


def __getattr__(name: str) -> object:
    # Names are imported when they are first used, so that the command line starts at once.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES.get(name, "lrplan.api")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
