"""A hint for a log, an export or a lock given in place of a plan: the commands that read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lrplan.finding import Finding, spec_problem
from lrplan.specfile.files import is_file


def hint_if_log(path: str, problems: Sequence[Finding]) -> list[Finding]:
    """The problems of a spec, or the one that it is a log, an export or a lock.

    Args:
        path: of the file; ``-`` is standard input.
        problems: what is wrong with it as a spec.
    """
    kind = _kind_of(path) if problems and is_file(path) else ""
    if not kind:
        return [_with_general_hint(each) for each in problems]
    return [
        spec_problem(
            "wrong-type",
            f"this is {kind}, and no spec",
            file=problems[0].file,
            fix="`lrplan plot` draws it, `lrplan compare` lays it over a plan, and"
            " `lrplan audit FILE --plan SPEC` says how they differ",
        )
    ]


def _kind_of(path: str) -> str:
    """The kind of a file of curves, in words; empty for a plan. Readers are imported only here."""
    from lrplan.commands.curves.curve_files import PLAN_SUFFIXES

    if path.lower().endswith(PLAN_SUFFIXES):
        return ""
    from lrplan.commands.curves.read_curve_file import kind_of

    return kind_of(path)


def _with_general_hint(problem: Finding) -> Finding:
    """``problem`` with a hint at what can be read, if the file as a whole is of no known kind."""
    if problem.path or problem.name != "wrong-type" or problem.fix:
        return problem
    fix = "`lrplan sources` lists what can be read, `lrplan init` writes a spec to start from"
    return replace(problem, fix=fix)
