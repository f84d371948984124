"""A page as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrplan.lint.pages import Page

SEEN_IN = {
    "spec": "seen in the spec alone",
    "curve": "seen in the curve: not with `--static`",
    "resume": "seen in a resumed run: with `--resume-at`",
}
"""The inputs that a rule needs, in words."""


def to_markdown(page: Page, *, level: int = 1) -> str:
    """``page`` with its first bad and good example.

    Args:
        page: what to explain.
        level: of the title; the headings of the text stand one below.
    """
    return "\n\n".join(_parts(page, "#" * level)) + "\n"


def _parts(page: Page, hashes: str) -> Iterator[str]:
    yield f"{hashes} {page.name} ({page.code})"
    yield f"*{page.severity.value}* · {page.family} · {SEEN_IN[page.needs]}"
    yield _deeper(page.text, hashes[1:])
    if page.bad:
        yield f"{hashes}# Example"
        release = f" with torch {page.bad_torch}" if page.bad_torch else ""
        yield f"Found here{release}{_with(page.resume, 0)}:"
        yield _fenced(page.bad[0])
    if page.good:
        yield f"Fixed{_with(page.resume, 1)}:"
        yield _fenced(page.good[0])


def _with(options: tuple[str, ...], index: int) -> str:
    return f", with `{options[index]}`" if options else ""


def _deeper(text: str, hashes: str) -> str:
    """``text`` with its headings lowered; lines of code that start with a hash stay."""
    in_code = False
    lines = []
    for line in text.splitlines():
        in_code ^= line.startswith("```")
        lines.append(hashes + line if line.startswith("#") and not in_code else line)
    return "\n".join(lines)


def _fenced(spec: str) -> str:
    return f"```yaml\n{spec.rstrip()}\n```"
