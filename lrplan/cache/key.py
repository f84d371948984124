"""Under what a curve is kept: a digest of everything that decides it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lrplan.cache.code_fingerprint import (
    UnverifiablePackageError,
    interpreter,
    lrplan_fingerprint,
    package_fingerprint,
)
from lrplan.cache.stable_digest import Digest, NotHashableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.plan import SchedulePlan
    from lrplan.request import Request

_NO_MATTER: Final = (
    # Of a request: who may run code (none is run for a cached curve), and the cache itself.
    *("trust", "cache"),
    # Of a plan: what is said about the curve, and where in the file.
    *("name", "title", "description", "ignore", "source", "node", "path", "resolved"),
)
"""Names of fields on which no curve depends; a trace takes them from the plan at hand."""


def key_of(plan: SchedulePlan, request: Request) -> str | None:
    """64 hexadecimal digits; None where a curve is not to be kept.

    That is so for code of the user's own or of a plug-in, which may change unseen, and for
    devices other than the CPU, which may not be there the next time.
    """
    families = {each.row.family for top in plan.schedulers for each in top.walk()}
    if plan.runs_user_code or families & {"user", "plugin"} or request.device != "cpu":
        return None
    try:
        digest = Digest(_NO_MATTER).add(lrplan_fingerprint()).add(interpreter())
        for each in sorted(_packages(plan)):
            digest.add(package_fingerprint(*each))
        digest.add(request).add([group.name for group in plan.optimizer.groups])
        return digest.add(plan).text()
    except (NotHashableError, UnverifiablePackageError, RecursionError):
        return None


def _packages(plan: SchedulePlan) -> Iterator[tuple[str, str]]:
    """The modules whose code takes part, each with the name of its distribution."""
    yield "torch", "torch"
    yield "numpy", "numpy"
    rows = {each.row.extra: each.row for top in plan.schedulers for each in top.walk()}
    for module, row in rows.items():
        if module:
            yield module, row.package.rpartition(" ")[0]
