"""The page about configs of other frameworks, written from the importers."""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.importers.families import FAMILIES
from lrplan.importers.family import Family
from lrplan.specfile.foreign import KEYED_FORMATS

OPENING = """\
# Configs of other frameworks

<!-- Written by docs/generate.py from docs/known_configs.py and lrplan/importers. -->

The config you already have is a plan. Every command that takes a spec takes it, and findings stand
at its own lines, with its own keys:

```console
$ lrplan plot args.yaml
$ lrplan validate ds_config.json --set steps=10000
$ lrplan compare sft.yaml plan.yaml --set dataset_size=20000 --set world_size=4
$ lrplan import config.yaml -o plan.yaml
```

- A file is recognized by its keys; `--as FAMILY` decides where they do not tell. Its schedule is
  called `run`.
- **Facts.** What the file does not say is asked for, all at once, by names that `--set NAME=VALUE`
  takes. These are keys of [`training`](spec.md) such as `dataset_size`, and the framework's own
  names. They win over the file. In CI they stand
  [in pyproject.toml](ci.md#configs-of-other-frameworks).
- **Nothing is guessed silently.** The release whose rules hold, and what it fills in, is printed
  with every result (not with `-q`). Where releases differ, `--set version=...` names another.
- A key that decides the curve and is not understood is an error. A key that its framework does not
  read beside the others is a finding, [`misleading-config-key`](rules.md).
- **Read, never run.** Configs are YAML, JSON (comments are tolerated) or Python that is read as
  data: literals, arithmetic, `dict(...)`. No framework is imported, nothing is unpickled, and
  environment variables are not read. Files that a config names are read below the root of its
  repository only (without a repository: below its folder), links resolved, at most 20 deep.
- `lrplan import` writes the spec that a config amounts to; `lrplan sources` lists families, and
  what a folder holds.
- Curves are compared with the framework's own code, stepped in a plain loop, to 1e-12 of the peak.
  The table says with what.

"""


def configs() -> str:
    """The page: a table of the families, then a chapter about each."""
    return "\n".join(
        [OPENING + _table(), *(line for each in FAMILIES.values() for line in _chapter(each))]
    )


def _table() -> str:
    rows = ["| family | reads | by the rules of | compared with |", "|---|---|---|---|"]
    rows += [
        f"| [`{each.name}`](#{each.name}) | {each.title} | {each.release} | {each.checked_by} |"
        for each in FAMILIES.values()
    ]
    return "\n".join(rows) + "\n"


def _chapter(family: Family) -> Iterator[str]:
    yield f"## {family.name}\n"
    yield f"{family.title[:1].upper()}{family.title[1:]}, as {', '.join(family.formats)}."
    keys = [each.keys for each in KEYED_FORMATS if each.family == family.name]
    if keys:
        shown = (" with ".join(f"`{key}`" for key in group.split()) for group in keys[0])
        yield f"It is recognized by {', or '.join(shown)}."
    yield ""
    if family.facts:
        yield "| may ask for | |"
        yield "|---|---|"
        yield from (f"| `{fact.name}` | {fact.question} |" for fact in family.facts)
        yield ""
    yield from (f"- {note}" for note in family.notes)
    yield ""
