"""A module put together: header, imports, then functions two empty lines apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lrplan.export.code.imports import imports
from lrplan.workflow_commands import escape_text


def module(header: Sequence[str], sources: Iterable[str]) -> str:
    """The text of a module; it ends with a newline.

    Args:
        header: comment lines.
        sources: functions and classes, in order; what they use is imported.
    """
    body = "\n\n\n".join(sources)
    # Formatters want two empty lines above a function or class, one above a statement.
    defines = body.startswith(("def ", "class "))
    lines = (*header, "", *imports(body), "", *([""] if defines else []), body, "")
    # Names in literals have an escape of their own; this is for those in comments.
    return escape_text("\n".join(lines))
