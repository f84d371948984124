"""The pages for users as data: their fenced blocks and tables, and what the program makes of them.

A fence says by the words after its backticks what its block is:

``yaml NAME.yaml``      a whole spec, saved for the commands below it
``yaml NAME.yaml bad``  one with findings, on purpose
``yaml top``            the beginning of a spec; a schedule is added
``yaml schedule``       the inside of a schedule; what it leaves out is added
``config NAME``         a config of another framework, saved likewise
``python NAME.py``      a script, and ``csv NAME.csv`` a table, saved likewise
``text arithmetic``     what lrplan says about the steps of the fragment above
``text resolved``       the durations of the fragment above, in ticks
``console``             commands and their whole output; ``...`` stands for anything
``pycon``, ``python``   a session, and a program whose tests are called
``json``                a JSON document
``sh``                  how to install: not run
"""

from __future__ import annotations

import re
import shlex
import subprocess
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from textwrap import indent

from typer.testing import CliRunner

from lrplan.cli import app
from lrplan.specfile.load import load
from lrplan.text_position import InputText
from tests.support.processes import forked
from tests.timeouts import HANG

ROOT = Path(__file__).parents[2]
PAGES = (
    "README.md",
    "docs/tutorial.md",
    "docs/cookbook.md",
    "docs/spec.md",
    "docs/commands.md",
    "docs/python.md",
    "docs/resume.md",
    "docs/engines.md",
)

_FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_PROMPT = re.compile(r"^(?=\$ )", re.MULTILINE)
_SAVED = (".yaml", ".py", ".csv")
_HELP_IS_DRAWN_BY = ("typer", "rich")

_TRAINING = "training: {epochs: 30, steps_per_epoch: 100, batch_size: 32, sequence_length: 512}\n"
_OPTIMIZER = "optimizer: {type: AdamW, groups: {backbone: {lr: 1e-4}, head: {lr: 1e-3}}}\n"
_METRICS = "metrics: {val_loss: {expr: 1 / (1 + epoch)}}\n"


@dataclass(frozen=True)
class Block:
    """A fenced block, and the last one of YAML above it."""

    page: str
    line: int
    words: tuple[str, ...]
    text: str
    fragment: Block | None = None

    @property
    def id(self):
        return f"{Path(self.page).name}:{self.line}"

    @property
    def kind(self):
        return self.words[0] if self.words else ""

    @property
    def file(self):
        """The name under which it is saved, if it is a whole file."""
        name = self.words[1] if len(self.words) > 1 else ""
        return name if self.kind == "config" or Path(name).suffix in _SAVED else None

    @property
    def is_bad(self):
        return self.words[2:] == ("bad",)

    @property
    def is_answer(self):
        return self.words in (("text", "arithmetic"), ("text", "resolved"))

    @property
    def is_help(self):
        return "--help" in self.text

    def spec(self):
        """The text of the whole spec, or of the fragment with what it leaves out."""
        if self.file:
            return self.text
        has = set(re.findall(r"^(\w+):", self.text, re.MULTILINE))
        if self.words[1] == "top":
            return f"{self.text}schedules:\n  it:\n    {_OPTIMIZER}"
        inside = self.text + ("" if "optimizer" in has else _OPTIMIZER)
        if "ReduceLROnPlateau" in self.text and "metrics" not in has:
            inside += _METRICS
        return f"{_TRAINING}schedules:\n  it:\n{indent(inside, '    ')}"


def page_text(page):
    return (ROOT / page).read_text("utf-8")


def links(page):
    """Every link to a file of the project, as path from the root and anchor."""
    prose = _FENCE.sub("", page_text(page))
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            file = (ROOT / page).parent / path if path else ROOT / page
            yield file.resolve().relative_to(ROOT).as_posix(), anchor


def anchors(page):
    """The addresses that GitHub gives to the headings of ``page``."""
    for heading in re.findall(r"^#+ (.*)$", _FENCE.sub("", page_text(page)), re.MULTILINE):
        kept = re.sub(r"[^\w\- ]", "", heading.lower())
        yield kept.replace(" ", "-")


def blocks(page):
    """Every block of ``page``, in order."""
    text, fragment = page_text(page), None
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        block = Block(page, line, tuple(match[1].split()), match[2], fragment)
        fragment = block if block.kind == "yaml" else fragment
        yield block


def rows(page, first):
    """The cells of the table whose heading begins with ``first``, backticks left out."""
    table = page_text(page).partition(f"\n| {first} |")[2].partition("\n\n")[0]
    lines = table.splitlines()[2:]
    assert lines, first
    return [[cell.strip(" `") for cell in line.strip("| ").split(" | ")] for line in lines]


def replayed(page, folder):
    """``page`` as it has to look: commands are run in ``folder``, where its specs are saved."""
    found = blocks(page)

    def replay(match):
        block = next(found)
        if block.file:
            (folder / block.file).write_text(block.text, "utf-8")
        return f"```{match[1]}\n{_now(block)}```"

    return _FENCE.sub(replay, page_text(page))


def _now(block):
    if block.is_answer:
        return _answer(block)
    if block.kind != "console" or (block.is_help and not _as_pinned(*_HELP_IS_DRAWN_BY)):
        return block.text
    written, status = [], 0
    for part in filter(None, _PROMPT.split(block.text)):
        command, _, expected = part.removeprefix("$ ").partition("\n")
        shown, status = _run(command, status)
        written.append(f"$ {command}\n{expected if _fits(expected, shown) else shown}")
    return "".join(written)


def _answer(block):
    source = InputText(block.id, block.fragment.spec())
    (plan,) = load(source, Path()).plans.values()
    if block.words[1] == "arithmetic":
        lines = plan.clock.explain()
    else:
        lines = [f"{path} = {ticks}" for path, ticks in plan.resolved.items()]
    return "".join(f"{line}\n" for line in lines)


def _fits(expected, shown):
    pattern = re.escape(expected).replace(r"\.\.\.", ".*?")
    return re.fullmatch(pattern, shown, re.DOTALL) is not None


def _run(command, status):
    """Run a command line and return its output in a terminal, and its exit status."""
    if command == "echo $?":
        return f"{status}\n", status
    *before, last = command.split(" | ")
    shown, text = "", ""
    for stage in before:
        text, message, _ = _stage(stage, text)
        shown += message
    text, message, status = _stage(last, text)
    plain = _COLOUR.sub("", shown + message + text).rstrip()
    return "".join(f"{line.rstrip()}\n" for line in plain.splitlines()), status


def _stage(command, text):
    """Standard output, standard error and exit status of one command of a pipe."""
    words = shlex.split(command)
    if (
        words[:2] == ["lrplan", "record"] and "--help" not in words
    ):  # the script takes over the process
        done = forked(Path.cwd(), *words[1:])
        return done.stdout, done.stderr, done.returncode
    if words[0] == "lrplan":
        result = CliRunner().invoke(app, words[1:], input=text)
        return result.stdout, result.stderr, result.exit_code
    done = subprocess.run(
        command, shell=True, check=False, input=text, text=True, capture_output=True, timeout=HANG
    )
    return done.stdout, done.stderr, done.returncode


def _as_pinned(*packages):
    """Return True if each of ``packages`` is installed in the release that the pages show."""
    pins = (ROOT / "constraints.txt").read_text("utf-8")
    return all(f"\n{name}=={metadata.version(name)}" in pins for name in packages)
