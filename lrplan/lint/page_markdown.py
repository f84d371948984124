"""A page as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint.pages import Page

SEEN_IN = {
    "spec": "seen in the spec alone",
    "curve": "seen in the curve: not with `--static`",
    "resume": "seen in a resumed run: with `--resume-at`",
}
"""The inputs that a rule about specs needs, in words."""
SEEN_IN_RUNS = {
    "any": "in a recording or in training source",
    "recording": "in a recording",
    "source": "in training source",
}
"""The observations that a rule about runs looks at, in words."""


def to_markdown(page: Page, *, level: int = 1) -> str:
    """``page`` with its first bad and good example.

    Args:
        page: what to explain.
        level: of the title; the headings of the text are one level below.
    """
    return "\n\n".join(_parts(page, "#" * level)) + "\n"


def _parts(page: Page, hashes: str) -> Iterator[str]:
    yield f"{hashes} {page.name} ({page.code})"
    yield f"*{page.severity.value}* · {page.family} · {_seen_in(page)}"
    yield _deeper(page.text, hashes[1:])
    release = f" with torch {page.bad_torch}" if page.bad_torch else ""
    examples = [
        (f"Found here{release}{_with(page.resume, 0)}:", "yaml", page.bad),
        (f"Fixed{_with(page.resume, 1)}:", "yaml", page.good),
        ("Found in this script:", "python", page.bad_source),
        ("Fixed:", "python", page.good_source),
    ]
    if page.bad or page.bad_source:
        yield f"{hashes}# Example"
    for title, language, texts in examples:
        if texts:
            yield title
            yield f"```{language}\n{texts[0].rstrip()}\n```"


def _seen_in(page: Page) -> str:
    runs = SEEN_IN_RUNS.get(page.seen_in, "")
    if page.needs == "run":
        return f"seen {runs}"
    return f"{SEEN_IN[page.needs]}; also {runs}" if runs else SEEN_IN[page.needs]


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
