"""A hint for a log, an export or a lock given in place of a plan: the commands that read it."""

from __future__ import annotations

from collections.abc import Sequence

from lrplan.commands.curves.curve_files import PLANS
from lrplan.finding import Finding, spec_problem
from lrplan.specfile.files import is_file


def named_log(path: str, problems: Sequence[Finding]) -> list[Finding]:
    """The problems of a spec, or the one that it is a log, an export or a lock.

    Args:
        path: of the file; ``-`` is standard input.
        problems: what is wrong with it as a spec.
    """
    if not problems or path.lower().endswith(PLANS) or not is_file(path):
        return list(problems)
    from lrplan.commands.curves.read_curve_file import kind_of

    kind = kind_of(path)
    if not kind:
        return list(problems)
    return [
        spec_problem(
            "wrong-type",
            f"this is {kind}, and no spec",
            file=problems[0].file,
            fix="`lrplan plot` draws it, `lrplan compare` lays it over a plan, and"
            " `lrplan audit FILE --plan SPEC` says how they differ",
        )
    ]
