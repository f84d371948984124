"""The examples on the pages for users are true; ``docs_pages`` explains how they are marked.

``pytest tests/test_docs_examples.py --golden-update`` writes the output of commands into the pages.
"""

from __future__ import annotations

import contextlib
import doctest
import json
import re
from pathlib import Path

import pytest

import lrplan
from lrplan.cli import app
from lrplan.clock import UNITS, Cadence, Clock, TrainingSettings
from lrplan.clock.derive import MAX_STEPS
from lrplan.finding import SPEC_PROBLEMS, Finding
from lrplan.specfile import models
from lrplan.specfile.expressions.expression import FUNCTIONS, NAMES, Expression, ExpressionError
from lrplan.specfile.expressions.normalize import MAX_LENGTH, MAX_PARENTHESES
from lrplan.specfile.files import MAX_BYTES
from lrplan.specfile.load import read
from lrplan.specfile.problems import Problems
from lrplan.specfile.yaml.composer import MAX_DEPTH, MAX_NODES
from lrplan.specfile.yaml.reader import parse
from lrplan.text_position import InputText
from lrplan.trace import Trace
from tests.support.docs_pages import PAGES, ROOT, anchors, blocks, links, page_text, replayed, rows
from tests.support.spec_validator import spec_validator

BLOCKS = [block for page in PAGES for block in blocks(page)]
SAVED = {block.file: block.text for block in BLOCKS if block.kind == "csv"}
LOG = "epoch,val_loss\n0,1.0\n1,0.8\n2,0.7\n3,0.7\n4,0.7\n5,0.7\n"


def of(kind):
    chosen = [block for block in BLOCKS if block.kind == kind]
    return pytest.mark.parametrize("block", chosen, ids=[block.id for block in chosen])


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name, text in {**SAVED, "log.csv": LOG}.items():
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def save_the_files_of_the_tutorial(folder):
    """Save what the README uses and does not show, and a folder with the log and plan of a run."""
    (folder / "runs").mkdir()
    for block in filter(lambda each: each.file, blocks("docs/tutorial.md")):
        (folder / block.file).write_text(block.text, "utf-8")
        if block.file in ("metrics.csv", "cosine.yaml"):
            (folder / "runs" / block.file).write_text(block.text, "utf-8")


@pytest.mark.parametrize("block", BLOCKS, ids=[block.id for block in BLOCKS])
def test_block_is_of_a_kind_that_is_checked(block):
    is_fragment = block.words in (("yaml", "top"), ("yaml", "schedule"))
    is_checked = block.kind in ("console", "pycon", "python", "json", "sh")
    assert block.file or is_fragment or block.is_answer or is_checked


@of("yaml")
def test_spec_runs_to_its_end_or_is_as_bad_as_it_says(block, folder):
    (folder / "spec.yaml").write_text(block.spec(), "utf-8")
    findings = []
    with contextlib.suppress(lrplan.SpecError) if block.is_bad else contextlib.nullcontext():
        for plan in lrplan.load("spec.yaml").values():
            trace = plan.simulate()
            assert (trace.failure, trace.steps) == (None, plan.steps)
            findings += lrplan.check(plan, trace)
        assert findings or not block.is_bad


@of("yaml")
def test_spec_fits_the_schema_if_it_can_be_used(block):
    source = InputText(block.id, block.spec())
    tree = parse(source, problems := Problems(source))
    _, found = read(source, Path())
    is_valid = spec_validator().is_valid(tree.to_python())
    assert is_valid is not bool(problems or found)


@pytest.mark.pinned  # word for word
@pytest.mark.parametrize("page", PAGES)
def test_commands_print_what_the_page_shows(page, folder, pytestconfig):
    if page == "README.md":
        save_the_files_of_the_tutorial(folder)
    text = replayed(page, folder)
    if pytestconfig.getoption("golden_update"):
        (ROOT / page).write_text(text, "utf-8")
    assert page_text(page).splitlines() == text.splitlines()


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for path, anchor in links(page):
        assert (ROOT / path).is_file(), path
        assert not anchor or anchor in anchors(path), (path, anchor)


def test_every_command_has_its_help_and_three_examples():
    text = page_text("docs/commands.md")
    commands = [
        command.callback.__name__ for command in app.registered_commands if not command.hidden
    ]
    groups = [group.name for group in app.registered_groups]
    assert re.findall(r"^## `lrplan ([a-z]+)`$", text, re.MULTILINE) == [*commands, *groups]
    assert all(f"$ lrplan {name} --help\n" in text for name in groups)
    for name in commands:
        chapter = text.partition(f"## `lrplan {name}`")[2].partition("\n## `")[0]
        assert f"$ lrplan {name} --help\n" in chapter
        examples = re.findall(rf"^\$ (?:.* \| )?lrplan {name}\b(?! --help)", chapter, re.MULTILINE)
        assert len(examples) >= 3, name


@pytest.mark.parametrize("page", ["README.md", "docs/python.md"])
def test_python_runs_from_top_to_bottom(page, folder):
    names = {"__name__": "docs"}
    for block in blocks(page):
        if block.file:
            (folder / block.file).write_text(block.text, "utf-8")
        elif block.kind == "pycon":
            session = doctest.DocTestParser().get_doctest(block.text, names, block.id, None, 0)
            runner, report = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS), []
            assert not runner.run(session, out=report.append, clear_globs=False).failed, report
            names = session.globs
        elif block.kind == "python":
            exec(compile(block.text, block.id, "exec"), names)
            for name in re.findall(r"^def (test_\w+)", block.text, re.MULTILINE):
                names[name]()


@of("json")
def test_settings_are_json(block):
    assert json.loads(block.text)


def test_durations_are_rounded_as_the_table_says():
    run = TrainingSettings(
        epochs=30, batches_per_epoch=250, accumulate=4, batch_size=32, sequence_length=512
    )
    clock = Clock.derive(run)
    for duration, *expected in rows("docs/spec.md", "duration"):
        given = int(duration) if duration.isdigit() else duration
        ticks = [clock.resolve(given, Cadence(interval)) for interval in ("epoch", "step", "batch")]
        assert [int(cell) for cell in expected] == ticks, duration


def test_expressions_have_the_values_of_the_table():
    for text, value in rows("docs/spec.md", "expression"):
        # The page shows six digits.
        assert Expression(text)(10) == pytest.approx(float(value), rel=1e-5), text


def test_expressions_are_refused_as_the_table_says():
    for text, reason in rows("docs/spec.md", "refused"):
        with pytest.raises(ExpressionError) as caught:
            Expression(text)
        said = "; ".join(filter(None, [caught.value.message, caught.value.fix]))
        assert reason.replace("`", "") == said.replace("`", "")


def test_scalars_are_read_as_the_table_says():
    for text, meaning in rows("docs/spec.md", "written"):
        source = InputText("spec.yaml", f"schedules: {text}\n")
        assert repr(parse(source, Problems(source)).get("schedules").value) == meaning, text


def test_every_key_name_and_limit_is_on_the_page():
    text = page_text("docs/spec.md")
    shapes = models.SpecModel, models.ScheduleModel, models.TrainingModel, models.SchedulerKeysModel
    keys = {key for shape in shapes for key in shape.model_fields}
    assert {
        word for word in (*keys, *FUNCTIONS, *NAMES, *UNITS) if f"`{word}`" not in text
    } == set()
    sizes = MAX_STEPS, MAX_NODES, MAX_DEPTH, MAX_LENGTH, MAX_PARENTHESES, MAX_BYTES // 1_000_000
    limits = " ".join(limit for _, limit in rows("docs/spec.md", "what"))
    assert [size for size in sizes if f"{size:,}" not in limits] == []


def test_every_problem_of_a_spec_is_on_the_page():
    listed = {name: code for code, name, _ in rows("docs/spec.md", "code")}
    assert listed == SPEC_PROBLEMS


def test_everything_public_is_on_the_python_page():
    text = page_text("docs/python.md")
    names = [name for name in lrplan.__all__ if not name.startswith("__")]
    fields = [*Finding.__dataclass_fields__, *Trace.__dataclass_fields__]
    methods = [name for name in (*vars(Trace), *vars(lrplan.Plan)) if not name.startswith("_")]
    assert [name for name in (*names, *fields, *methods) if name not in text] == []
