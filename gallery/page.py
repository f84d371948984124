"""The gallery's README: every schedule with its picture, its sentence and its YAML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pictures import ON_LOG_AXIS, snippet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lrplan.plan import SchedulePlan
    from lrplan.specfile.load import Spec

_HEADING = re.compile(r"  # == (.+) ==")
_ALIAS = re.compile(r"(?<=\s)\*([\w-]+)")
_PAIRED = "Without and with warm-up"
_GET_LR_AFTER = "multistep"
_RESUMED_AFTER = "cosine"
_WIDTH = 620

_TOP = """\
# Gallery

<!-- Written by gallery/make.py from schedules.yaml. Edit that file, then run `make gallery`. -->

Every schedule of [schedules.yaml](../schedules.yaml): what each optimizer step is given, when
torch's own code runs in the order of a training loop. A second curve below the learning rate is
another field that changes on the way, such as momentum or weight decay.

<picture>
  <source media="(prefers-color-scheme: dark)" srcset="overview-dark.png">
  <img src="overview.png" alt="Six of the schedules below">
</picture>

`lrplan plot` marks what the [rules](../docs/rules.md) say. On the right, 25 epochs were written as
25, which the scheduler counts in steps ([the spec](finding.yaml)):

<picture>
  <source media="(prefers-color-scheme: dark)" srcset="finding-dark.png">
  <img src="finding.png" alt="A cosine as meant, and the same with its length in epochs">
</picture>

In the first sections an epoch has one step, so ticks, steps and epochs are the same number.
"""

_GET_LR = f"""\
### What `get_lr()` would have logged

`scheduler.get_lr()` works out the *next* rate from the current one. Read by hand at a milestone it
shows the cut twice, here a quarter instead of a half, although training got the right rate. The
dotted curve is what such a log would say. Read `scheduler.get_last_lr()`, or the optimizer's
`param_groups`.

<img src="get-lr.png" width="{_WIDTH + 200}" alt="Applied rate, and get_lr() dotted">

```sh
lrplan plot schedules.yaml step multistep --get-lr -o get-lr.png
```
"""

_RESUMED = f"""\
### Resumed without the optimizer's state

After epoch 50 a new process loads the scheduler's state, but not the optimizer's. Building the
scheduler has put the first rate back, and the cosine works out each rate from the one before: the
curve stays too high to the end. Dashed, the run without the break.
[Resuming](../docs/resume.md) says more.

<img src="resumed.png" width="{_WIDTH}" alt="The resumed curve above the dashed unbroken one">

```sh
lrplan plot schedules.yaml cosine --resume-at 50ep --resume-from scheduler -o resumed.png
```
"""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the spec, the comment below it, and the schedules that follow."""

    title: str
    intro: str
    plans: tuple[SchedulePlan, ...]

    @property
    def anchor(self) -> str:
        """The heading as the target of a link."""
        return re.sub(r"[^\w-]", "", self.title.lower().replace(" ", "-"))


def page(spec: Spec) -> str:
    """The text of the README."""
    sections = list(sections_of(spec))
    contents = "\n".join(f"- [{each.title}](#{each.anchor})" for each in sections)
    return "\n".join([_TOP, contents, "", *(_section(each) for each in sections)])


def sections_of(spec: Spec) -> Iterator[Section]:
    """The sections of the spec; every schedule is in one.

    Raises:
        ValueError: a schedule stands before the first heading.
    """
    lines = spec.source.text.splitlines()
    starts = [number for number, line in enumerate(lines) if _HEADING.fullmatch(line)]
    first = min(_line(plan) for plan in spec.plans.values())
    if not starts or starts[0] > first:
        raise ValueError("the first schedule stands before the first heading")
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        heading = _HEADING.fullmatch(lines[start])
        plans = tuple(plan for plan in spec.plans.values() if start < _line(plan) < end)
        yield Section(heading[1] if heading else "", _intro(lines[start + 1 : end]), plans)


def _line(plan: SchedulePlan) -> int:
    key = plan.node.key_place or plan.node.place
    return key.line - 1


def _intro(lines: list[str]) -> str:
    length = next(number for number, line in enumerate(lines) if not line.startswith("  # "))
    return "\n".join(line.removeprefix("  # ") for line in lines[:length])


def _section(section: Section) -> str:
    body = _pairs(section.plans) if section.title == _PAIRED else _list(section.plans)
    return "\n".join([f"## {section.title}", "", section.intro, "", *body])


def _list(plans: Iterable[SchedulePlan]) -> Iterator[str]:
    for plan in plans:
        heading = f"### {_schedulers(plan)}: {plan.title}"
        yield f"{heading}\n\n{_caption(plan)}\n\n{_image(plan, _WIDTH)}\n\n{_yaml(plan)}\n"
        if plan.name == _GET_LR_AFTER:
            yield _GET_LR
        if plan.name == _RESUMED_AFTER:
            yield _RESUMED


def _pairs(plans: tuple[SchedulePlan, ...]) -> Iterator[str]:
    yield "| without | with |\n| --- | --- |"
    for cold, warm in zip(plans[::2], plans[1::2], strict=True):
        yield f"| {_image(cold, 400)} | {_image(warm, 400)} |"
        yield f"| {_caption(cold)} | {_caption(warm)} |"
    yield "\n<details>\n<summary>The YAML of all ten</summary>\n"
    yield _fenced("\n\n".join([_shared(plans), *map(snippet, plans)]))
    yield "\n</details>\n"


def _schedulers(plan: SchedulePlan) -> str:
    """The types of its schedulers, each once: ``LinearLR and StepLR``."""
    return " and ".join(dict.fromkeys(top.type for top in plan.schedulers))


def _caption(plan: SchedulePlan) -> str:
    axis = " The axis is logarithmic." if plan.name in ON_LOG_AXIS else ""
    return f"`{plan.name}` · {plan.description}{axis}"


def _image(plan: SchedulePlan, width: int) -> str:
    return f'<img src="{plan.name}.png" width="{width}" alt="Learning rate of {plan.name}">'


def _yaml(plan: SchedulePlan) -> str:
    return _fenced(snippet(plan))


def _fenced(text: str) -> str:
    return f"```yaml\n{text}\n```"


def _shared(plans: tuple[SchedulePlan, ...]) -> str:
    """The top-level block that defines what the snippets refer to with ``*name``."""
    wanted = {name for plan in plans for name in _ALIAS.findall(snippet(plan))}
    blocks = re.findall(r"^x-\S+:\n(?:  .*\n)+", plans[0].source.text, flags=re.MULTILINE)
    used = (block for block in blocks if any(f"&{name}" in block for name in wanted))
    return "".join(used).rstrip()
