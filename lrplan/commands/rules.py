"""``lrplan rules``: everything that ``validate`` can find."""

from __future__ import annotations

import json
from collections.abc import Iterator
from textwrap import TextWrapper
from typing import Literal

from rich.console import Console
from rich.text import Text

from lrplan.errors import ExitStatus
from lrplan.lint.pages import Page, families, pages
from lrplan.render.finding_text import STYLES

_KEYS = ("code", "name", "family", "severity", "needs", "seen_in", "summary")
_INDENT = len("LRP000  ")
_FACTS = len("  warning  resume")
_WIDEST = 100
_NARROWEST = 30
_LEGEND = (
    "lrplan explain NAME shows a rule's page.\n"
    "Rules that need a curve are left out by lrplan validate --static.\n"
    "Rules that need a resume are run only with --resume-at.\n"
    "Rules that need a run check recordings and training scripts, as many others do."
)


def rules(console: Console, *, output_format: Literal["text", "json"]) -> ExitStatus:
    """List every rule by family, and the problems that make a spec unusable.

    Args:
        console: where to print.
        output_format: ``text``, or ``json`` for a list of objects.
    """
    if output_format == "json":
        listed = [{key: getattr(page, key) for key in _KEYS} for page in pages().values()]
        console.out(json.dumps(listed, indent=2), highlight=False)
    else:
        for line in _lines(max(_NARROWEST, min(console.width, _WIDEST))):
            console.print(line, soft_wrap=True)
    return ExitStatus.OK


def _lines(width: int) -> Iterator[Text]:
    for family, members in families().items():
        yield Text(family[:1].upper() + family[1:], "bold underline")
        for page in members:
            yield from _entry(page, width)
        yield Text()
    for line in _LEGEND.splitlines():
        yield from _wrapped(line, width, "dim")


def _entry(page: Page, width: int) -> Iterator[Text]:
    """Code, name, severity and needs in one line if they fit; what it is about below."""
    room = width - _INDENT - _FACTS
    facts = Text.assemble((f"{page.severity.value:<9}", STYLES[page.severity]), (page.needs, "dim"))
    name = Text.assemble(f"{page.code}  ", (page.name, "bold"))
    if len(page.name) <= room:
        yield name.append(" " * (room - len(page.name) + 2)).append_text(facts)
    else:
        yield name
        yield Text(" " * _INDENT).append_text(facts)
    for line in _wrapped(page.summary, width - _INDENT):
        yield Text(" " * _INDENT).append_text(line)


def _wrapped(text: str, width: int, style: str = "") -> Iterator[Text]:
    for line in TextWrapper(width, break_on_hyphens=False).wrap(text):
        yield Text(line, style)
