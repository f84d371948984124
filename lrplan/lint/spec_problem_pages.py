"""Pages for what makes a spec unusable, and for ignores that do not work.

These problems have no file of their own: they come from reading, building and running a spec.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lrplan.finding import Severity

MILDER: Mapping[str, Severity] = MappingProxyType(
    {
        "lightning-module-in-other-loop": Severity.WARNING,
        "misleading-config-key": Severity.WARNING,
        "unknown-rule": Severity.WARNING,
        "unused-ignore": Severity.INFO,
        "unused-length": Severity.INFO,
    }
)
"""Severities of the problems that leave a spec usable; all others are errors."""

NEED_CURVE = (
    "cannot-build",
    "stops-midway",
    "lightning-module-in-other-loop",
    "unknown-rule",
    "unused-ignore",
    "locked-curve-changed",
    "locked-schedule-missing",
    "logged-rates-differ",
)
"""Problems that only building and running a schedule brings to light."""

PROBLEMS: Mapping[str, str] = MappingProxyType(
    {
        "unreadable-file": """\
The file cannot be read as text.

It is missing, a folder, a pipe or a device, not permitted, or binary. Text is UTF-8; UTF-16 and
UTF-32 are read when they begin with a byte order mark. The same holds for a metric's CSV file.
""",
        "yaml-syntax": """\
The file is not valid YAML, or is empty.

The position is where the YAML reader could not go on, which may be a line after the cause: look
for a missing colon, quote or bracket and for uneven indentation. One file holds one document.
""",
        "duplicate-key": """\
A mapping has the same key twice, or two groups have the same name.

YAML readers commonly keep one of the two and say nothing, so a schedule may differ from what
stands in the file. Remove one.
""",
        "unknown-key": """\
A key that nothing reads, often a misspelt argument.

Arguments bear the names torch gives them; `lrplan schedulers NAME` lists those of a scheduler or
an optimizer. A key at the top level that starts with `x-` is left alone: a place for anchors.
""",
        "unknown-name": """\
A scheduler, an optimizer or a parameter group that does not exist.

`lrplan schedulers` lists what can be named. Groups are those under `optimizer.groups`; a single
one without a name is called `all`.
""",
        "missing-key": """\
A required value is missing.

It may be an argument without a default, the value for one of the parameter groups, or the length
of the run in `training`.
""",
        "wrong-type": """\
A value of the wrong kind, such as text where a number is expected.

A number in quotes is text. Durations may be text if they have a unit: `5ep`, `500st`, `10%`.
""",
        "bad-value": """\
A value of the right kind that its argument does not take.

A negative lr, a list that is longer than there are groups, or a `training` whose lengths
contradict each other, for example.
""",
        "bad-duration": """\
A duration that cannot be read, or that means nothing in this run.

The units are `ep` epochs, `st` optimizer steps, `ba` batches, `sp` samples, `tok` tokens and `%`
of the run. Some need facts that `training` must give: samples need a batch size, for example.
""",
        "bad-expression": """\
An expression that is not arithmetic over the tick.

It may use `step` (also called `epoch`, `x` and `t`), numbers, `pi`, `e`, the operators of Python,
`a if c else b`, and the functions abs, ceil, cos, exp, floor, log, max, min, pow, sin, sqrt, tan.
Nothing else can be reached from a spec.
""",
        "bad-metric": """\
A metric that is missing, too short, or not chosen.

A plateau scheduler reads one value each time it ticks. Give as many as the run has ticks, or say
how the list goes on with `then: hold`; where a schedule has several metrics, name one with
`monitor`.
""",
        "untrusted-code": """\
A `type` or a `factory` that names code outside the catalogue.

Without `--trust` a spec is data: reading one never runs code that it names, nor looks whether it is
there, so that a spec from a pull request is safe to check. With `--trust` that code is imported and
run as you, with all that you may do. Only the person who types the command can say so (in Python:
`lrplan.load(path, trust=True)`): no spec, file, setting or environment variable can.

Say it for a spec whose every `type` and `factory` you know, and never in a job that checks other
people's pull requests.
""",
        "cannot-build": """\
Torch, or this release of it, refuses to build the schedule.

The message is the constructor's own. Where the class came with a later release of torch, the
message says with which. Of code of your own, it shows the way through your files.

A factory is also refused where its curve would not be that of the training: it hands over objects
that were used before, or makes a LightningModule whose own hooks move the rate. The message names
the hook and the line.
""",
        "stops-midway": """\
A scheduler raises an error before the run ends.

The message says after which step, and what was raised. The training loop would stop there too.
""",
        "over-budget": """\
The spec is larger than a spec can sensibly be.

Files, the number of values with aliases counted in full, and nesting have limits, so that no spec
can exhaust the memory of the machine that checks it. Long metrics belong in a CSV file.
""",
        "lightning-module-in-other-loop": """\
A factory makes a LightningModule, and `loop` names another loop.

Lightning ticks schedulers per epoch unless they say `interval: step`, counts `frequency` in batches
of the epoch, and calls the hooks of the module, which may move the rate. Another loop does none of
that. Leave `loop` out, and Lightning's is simulated; keep it where you train the module by a loop
of your own.
""",
        "config-syntax": """\
A config of another framework that is not valid in its own syntax.

The position is where Python, or TOML, could not go on.
""",
        "config-value-unread": """\
A config computes a value that decides the learning rate.

Configs are read and never run: literals, arithmetic, and names that were given such a value are
understood, calls and imports are not. Say the value with `--set NAME=VALUE`.
""",
        "missing-fact": """\
A config leaves something open that decides the learning rate.

The number of samples, or of devices, is often known only to the script that reads the config. All
that is missing is named at once: say it with `--set NAME=VALUE`, or in `[[tool.lrplan.files]]` of
pyproject.toml.
""",
        "misleading-config-key": """\
A key of a config that its framework does not read beside the other keys.

Whoever reads the file takes it for something that decides the learning rate, and it decides
nothing: `warmup_ratio` under a constant schedule, for instance. Delete it, or change the key that
switches it off.
""",
        "source-syntax": """\
A training script is not Python, or a notebook is not JSON with cells of code.

The position is where Python's own parser could not go on. The script is parsed by the Python that
lrplan runs on, so what is newer than that is an error too. Magics and shell commands of a notebook
(`%time`, `!pip install`) are left out before.
""",
        "unknown-rule": """\
An `ignore` names no rule.

Nothing is silenced by it. `lrplan rules` lists the names and codes.
""",
        "unused-ignore": """\
An `ignore` that silences nothing.

The rule does not fire there, perhaps because the cause was mended. Delete it, so that the rule
speaks up if the cause comes back.
""",
        "locked-curve-changed": """\
A schedule no longer gives the curve that is locked.

`lrplan lock SPEC` keeps curves in a file beside the spec; `lrplan validate SPEC --locked` compares
them by value at every step, within the tolerance in that file, so that rounding on another platform
never shows. The message says where they differ, by how much and in what way, and whether the spec,
a metric or a package changed meanwhile. If the change is meant, lock again and commit the
difference.
""",
        "locked-schedule-missing": """\
A schedule is in the spec or in its lock, but not in both.

Renaming a schedule does both. Run `lrplan lock SPEC`, which locks what the spec has now.
""",
        "unused-length": """\
A name of `let` that nothing uses.

The length it stands for has no effect. Perhaps a number stands where the name is meant, so that a
change of the length changes nothing: write the name there. Otherwise delete it.
""",
        "logged-rates-differ": """\
The log of a finished run has other learning rates than its plan.

`lrplan audit LOG --plan PLAN` says from which update on, and the cause where every logged value is
explained by it. A cause that is a known pitfall bears the name of that rule. What is moved by
something harmless or counted, such as skipped updates, is a note; other rates are errors.
[Auditing a finished run](audit.md) lists the causes.
""",
    }
)
"""Markdown by the names of ``finding.SPEC_PROBLEMS``; the first line is the summary."""
