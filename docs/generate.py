"""Write the pages of the documentation that come from the code, or check that they are fresh.

.venv/bin/python docs/generate.py           write them
.venv/bin/python docs/generate.py --check   exit 1, naming what is stale; nothing is written

A test runs the check.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from known_configs import configs
from known_pitfalls import LEFT, PITFALLS

from lrplan.lint.page_markdown import to_markdown
from lrplan.lint.pages import families, pages
from lrplan.output import write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lrplan.lint.pages import Page

FOLDER = Path(__file__).parent

OPENING = """\
# Rules

<!-- Written by docs/generate.py from the files in lrplan/rules; edit those. -->

What `lrplan validate` finds: {rules} rules, and {problems} problems of the spec itself.
`lrplan explain NAME` shows one of these pages in a terminal, `lrplan rules` lists them.

- **error**: training is wrong, or crashes, or the spec cannot be used.
- **warning**: probably not what was meant.
- **info**: surprising, but defensible.

What needs the **curve** is found by running the schedule; `lrplan validate --static` leaves it
out and does not import torch. What needs a **resume** is looked for with `--resume-at`, see
[Resuming](resume.md). What needs a **run** is a mistake of a training script: it is looked for in
recordings of a run and in training source, as are those other rules whose page says so.
[Using lrplan in CI](ci.md) says how to choose rules and how to silence a finding.
"""

PITFALLS_OPENING = """\
# Known pitfalls, and what lrplan does about them

<!-- Written by docs/generate.py from docs/known_pitfalls.py and the files in lrplan/rules. -->

{total} pitfalls of learning-rate schedules were collected from public threads and verified by
running code. {covered} have a rule of the same name, {left} are left for later, with the reason
below. {beyond} more rules look at the curve alone, or at mistakes that the collection lacks.

A pitfall may be seen in several places: in the *spec*, in the applied *curve*, in the user's own
*source*, in a checkpoint (*resume*), or at *run time*.
"""


def main() -> int:
    """Write or check; the exit status."""
    parser = argparse.ArgumentParser(description="Write the generated pages of the documentation.")
    parser.add_argument("--check", action="store_true", help="only say what is stale")
    if parser.parse_args().check:
        stale = [name for name, make in DOCUMENTS.items() if _on_disk(name) != make()]
        for name in stale:
            print(f"stale: docs/{name}; run python docs/generate.py", file=sys.stderr)
        return int(bool(stale))
    for name, make in DOCUMENTS.items():
        write(FOLDER / name, make())
    return 0


def rules() -> str:
    """A list of every rule by family, then their pages."""
    problems = sum(page.code.startswith("LRP0") for page in pages().values())
    opening = OPENING.format(rules=len(pages()) - problems, problems=problems)
    return "\n".join([opening, *_contents(), *_chapters()])


def pitfalls() -> str:
    """Which of the known pitfalls have a rule, and why the others have none."""
    known = set(pages())
    beyond = [
        page
        for page in pages().values()
        if page.name not in PITFALLS and (page.bad or page.bad_source)
    ]
    return "\n".join(
        [
            PITFALLS_OPENING.format(
                total=len(PITFALLS),
                covered=sum(name in known for name in PITFALLS),
                left=len(LEFT),
                beyond=len(beyond),
            ),
            *_counts(known),
            *_outcomes(known),
            "\n## Rules beyond the collection\n",
            *(f"- {_link(page)}: {page.summary}" for page in beyond),
            "",
        ]
    )


def _counts(known: set[str]) -> Iterator[str]:
    yield "| seen in | pitfalls | with a rule | left |"
    yield "|---|---|---|---|"
    for kind in ("spec", "curve", "source", "resume", "runtime"):
        names = [name for name, kinds in PITFALLS.items() if kind in kinds]
        covered = sum(name in known for name in names)
        yield f"| {kind} | {len(names)} | {covered} | {len(names) - covered} |"


def _outcomes(known: set[str]) -> Iterator[str]:
    yield "\n## One by one, the most common first\n"
    yield "| pitfall | seen in | rule, or why there is none |"
    yield "|---|---|---|"
    for name, kinds in PITFALLS.items():
        outcome = _link(pages()[name]) if name in known else LEFT[name]
        yield f"| {name} | {', '.join(kinds)} | {outcome} |"


def _link(page: Page) -> str:
    return f"[{page.code}](rules.md#{_anchor(f'{page.name} ({page.code})')}) {page.name}"


def _contents() -> Iterator[str]:
    for family, members in families().items():
        yield f"[**{_title(family)}**](#{_anchor(_title(family))})\n"
        yield "| code | rule | severity | needs | |"
        yield "|---|---|---|---|---|"
        yield from (_row(page) for page in members)
        yield ""


def _row(page: Page) -> str:
    link = f"[{page.name}](#{_anchor(f'{page.name} ({page.code})')})"
    cells = page.code, link, page.severity.value, page.needs, page.summary.replace("|", "\\|")
    return f"| {' | '.join(cells)} |"


def _chapters() -> Iterator[str]:
    for family, members in families().items():
        yield f"## {_title(family)}\n"
        yield from (to_markdown(page, level=3) for page in members)


def _title(family: str) -> str:
    return family[:1].upper() + family[1:]


def _anchor(heading: str) -> str:
    """The address that GitHub gives to a heading."""
    kept = (character for character in heading.lower() if character.isalnum() or character in " -_")
    return "".join(kept).replace(" ", "-")


def _on_disk(name: str) -> str:
    path = FOLDER / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


DOCUMENTS: Mapping[str, Callable[[], str]] = {
    "rules.md": rules,
    "pitfalls.md": pitfalls,
    "configs.md": configs,
}
"""What is generated, by its name in this folder."""

if __name__ == "__main__":
    sys.exit(main())
