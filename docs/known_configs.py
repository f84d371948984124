"""The page about configs of other frameworks, written from the importers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from lrplan.importers.families import FAMILIES
from lrplan.importers.family import ConfigFamily
from lrplan.specfile.file_kinds import KEYED_FORMATS
from lrplan.text import join_words

_CHECKS = json.loads((Path(__file__).parent / "config_checks.json").read_text("utf-8"))
"""What ``python -m tests.support.config_checks`` found: by family, how its curves were compared."""
_FORMATS = {"yaml": "YAML", "json": "JSON", "python": "Python", "toml": "TOML"}

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

- A file is recognized by its keys. Where these fit two families or none, `--as FAMILY` decides. The
  schedule of a config is called `run`.
- **Facts.** If the file does not say something that the curve depends on, lrplan asks for all of it
  at once, and repeats the line that you typed with the answers in it. These are
  `--set NAME=VALUE`: a key of [`training`](spec.md#training) such as `dataset_size`, or a name of
  the framework's own such as `nc`. `--set` also replaces values of the file; a key of `training`
  stands for the framework's own there, so that `epochs=5` is `num_train_epochs` of transformers,
  and a warm-up that is a share of the run changes with it. In CI, put the answers
  [in pyproject.toml](ci.md#configs-of-other-frameworks).
- **Nothing is guessed silently.** lrplan prints which release's rules it follows, and the defaults
  that it fills in (not with `-q`). Where releases differ, `--set version=...` names another.
- A key that decides the curve and is not understood is an error. A key that its framework does not
  read beside the others is a finding, [`misleading-config-key`](rules.md), and so is a misspelt one
  (`lr_schedular_type`) whose right name is missing.
- **Read, never run.** Configs are YAML, JSON (comments are tolerated), TOML, or Python that is
  read as data: literals, arithmetic, `dict(...)`. No framework is imported to read them, nothing is
  unpickled, and environment variables are not read. Other files that a config names must be in its
  git repository (without one: in its folder or below), also behind links, and at most 20 deep.
- Findings stand in the config and say what to write there. In YAML and JSON `--fix` and `--diff`
  delete a key that is not read, where the run stays the same, and rename one that is surely
  misspelt. Nothing else is edited: what a rule would change in a spec has no place of its own in
  such a file, a Python file computes, and the `args.yaml` of a run is a record of it.
- `lrplan import` writes the spec that a config amounts to; `lrplan sources` lists families, and
  what a folder holds.

@FAMILIES@
## How the curves were checked

Each is compared, update by update, with the framework's own code, to 1e-12 of the peak. Two cannot
be: nanoGPT is no package, and Detectron2 is in no registry. What they do was read a second time,
from their source. A plan of a DeepSpeed, timm or MMEngine config runs that package's own classes
where it is installed, so that there the difference is one of reading only: 0.
`python -m tests.support.config_checks` measures all of this, and writes these numbers.

"""


def configs() -> str:
    """The page: a table of the families, then a chapter about each."""
    chapters = [line for each in FAMILIES.values() for line in _chapter(each)]
    return "\n".join([OPENING.replace("@FAMILIES@", _table()) + _checks(), *chapters])


def _table() -> str:
    rows = ["| family | reads | by the rules of |", "|---|---|---|"]
    rows += [
        f"| [`{each.name}`](#{each.name}) | {each.title} | {each.release} |"
        for each in FAMILIES.values()
    ]
    return "\n".join(rows) + "\n"


def _checks() -> str:
    rows = [
        "| family | compared with | release | configs | off by at most |",
        "|---|---|---|---|---|",
    ]
    for name in FAMILIES:
        check = _CHECKS[name]
        code = f"{check['code']}; {check['note']}" if check["note"] else check["code"]
        by = f"{check['difference']:g} of the peak" if check["difference"] else "0"
        packages = ", ".join(check["packages"]) or "commit 3adf61e"
        rows.append(f"| `{name}` | {code} | {packages} | {check['configs']} | {by} |")
    return "\n".join(rows) + "\n"


def _chapter(family: ConfigFamily) -> Iterator[str]:
    yield f"## {family.name}\n"
    formats = join_words([_FORMATS[each] for each in family.formats], "or")
    yield f"{family.title[:1].upper()}{family.title[1:]}, in {formats}."
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
