"""``lrplan explain``: the page of a rule."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Literal

from lrplan.errors import ExitStatus
from lrplan.lint.page_markdown import to_markdown
from lrplan.lint.pages import SPEC_FAMILY, Page, find_page

if TYPE_CHECKING:
    from rich.console import Console

_WIDEST = 100


def explain(
    name: str, console: Console, *, output_format: Literal["text", "json"] = "text"
) -> ExitStatus:
    """Show the page of the rule, or problem of the spec, that is called ``name``.

    Args:
        name: a name or a code.
        console: where to print: a page laid out on a terminal, its Markdown elsewhere.
        output_format: ``text``, or ``json`` for an object.

    Raises:
        UsageError: nothing is called ``name``.
    """
    page = find_page(name)
    if output_format == "json":
        console.out(json.dumps(asdict(page), indent=2), highlight=False)
    elif console.is_terminal:
        _print(_text(page), console)
    else:
        console.out(_text(page), highlight=False, end="")
    return ExitStatus.OK


def _print(text: str, console: Console) -> None:
    from rich.markdown import Markdown
    from rich.theme import Theme

    # The theme's own black background of code is ugly on a light terminal.
    with console.use_theme(Theme({"markdown.code": "cyan"})):
        markdown = Markdown(text, code_theme="ansi_dark")
        console.print(markdown, width=min(console.width, _WIDEST))


def _text(page: Page) -> str:
    return to_markdown(page) + ("" if page.family == SPEC_FAMILY else _silencing(page))


def _silencing(page: Page) -> str:
    return (
        "\nWhere it is meant, say so: `# lrplan: ignore["
        f"{page.name}] the reason` on its line, or `ignore: [{page.name}]` on the schedule.\n"
    )
