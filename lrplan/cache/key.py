"""The cache key of a trace: a digest of everything that decides its curves.

It covers the fingerprints of lrplan, Python, torch, numpy and each package whose scheduler takes
part, or the fact that it is missing and lrplan's formulas run in its place; the request (engine,
device, what is recorded); the names of the groups; and the plan: the clock, the optimizer, the
schedulers and the metrics with all their arguments. It leaves out texts that change no number, so
that a new title, or a comment that moves lines, still finds the curve.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from lrplan.cache.code_fingerprint import (
    ALWAYS,
    UnverifiablePackageError,
    interpreter,
    lrplan_fingerprint,
    package_fingerprint,
)
from lrplan.cache.stable_digest import Digest, NotHashableError
from lrplan.catalog.formula_choice import formula_packages, runs_by_formula
from lrplan.catalog.rows import SchedulerRow
from lrplan.plan import SchedulePlan
from lrplan.request import Request

_IRRELEVANT_FIELDS: Final = (
    # Of a request: the trust in user code (none is run for a cached curve), the cache itself,
    # and how plans are read: the key has the plans.
    *("trust", "cache", "source"),
    # Of a plan: texts about the curve, and positions in the file.
    *("name", "title", "description", "ignore", "source", "node", "path", "resolved", "origin"),
    "written_as",
)
"""Names of fields on which no curve depends; a cached trace takes them from the current plan."""


def key_of(plan: SchedulePlan, request: Request) -> str | None:
    """The key of ``plan`` simulated as ``request`` asks: 64 hexadecimal digits.

    It is None if a curve is not cached: with user code or a plug-in, which may change while its
    name stays; on a device other than the CPU, which may be missing the next time; and if a package
    or an argument cannot be fingerprinted.
    """
    if _may_change_unseen(plan) or request.device != "cpu":
        return None
    try:
        digest = Digest(_IRRELEVANT_FIELDS).add(lrplan_fingerprint()).add(interpreter())
        rows = [each.row for top in plan.schedulers for each in top.walk()]
        for each in sorted(_packages(row for row in rows if not runs_by_formula(row))):
            digest.add(package_fingerprint(*each))
        digest.add(formula_packages(rows))
        digest.add(request).add([group.name for group in plan.optimizer.groups])
        return digest.add(plan).text()
    except (NotHashableError, UnverifiablePackageError, RecursionError):
        return None


def needs_only_torch(plan: SchedulePlan) -> bool:
    """Return True if no code but that of lrplan, torch and numpy takes part."""
    rows = (each.row for top in plan.schedulers for each in top.walk())
    return not _may_change_unseen(plan) and {each for each, _ in _packages(rows)} <= set(ALWAYS)


def _may_change_unseen(plan: SchedulePlan) -> bool:
    families = {each.row.family for top in plan.schedulers for each in top.walk()}
    return plan.runs_user_code or bool(families & {"user", "plugin"})


def _packages(rows: Iterable[SchedulerRow]) -> Iterator[tuple[str, str]]:
    """The packages whose code takes part: the name of the module, and of its distribution."""
    yield from zip(ALWAYS, ALWAYS, strict=True)
    for module, row in {row.extra: row for row in rows}.items():
        if module:
            yield module, row.package.rpartition(" ")[0]
