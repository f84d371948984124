"""The catalogue says what the installed classes say of themselves."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.optim import Optimizer, lr_scheduler

from lrplan import catalog
from lrplan.catalog import OPTIMIZERS, REQUIRED, SCHEDULERS, SchedulerRow
from tests.support.catalog_rows import cls, each_argument, each_row, installed

NOT_OF_A_SPEC = {"optimizer", "last_epoch", "params"}
BASES = {"LRScheduler", "_LRScheduler", "Optimizer"}


def parameters(row):
    every = inspect.signature(cls(row)).parameters
    return {name: each for name, each in every.items() if name not in NOT_OF_A_SPEC}


def classes_of(module, base):
    found = inspect.getmembers(
        module, lambda item: inspect.isclass(item) and issubclass(item, base)
    )
    return {name for name, _ in found} - BASES


def test_every_scheduler_of_torch_has_a_row_and_no_row_is_invented():
    rows = {row.name for row in installed(SCHEDULERS) if row.family == "torch"}
    assert rows == classes_of(lr_scheduler, lr_scheduler.LRScheduler)


def test_every_optimizer_of_torch_has_a_row_and_no_row_is_invented():
    assert {row.name for row in installed(OPTIMIZERS)} == classes_of(torch.optim, Optimizer)


def test_torch_2_13_has_fifteen_schedulers_and_fifteen_optimizers():
    assert sum(row.family == "torch" for row in SCHEDULERS.values()) == 15
    assert sum(not row.package for row in OPTIMIZERS.values()) == 15


def test_every_scheduler_of_our_own_has_a_row():
    module = importlib.import_module("lrplan.torch_objects.schedulers")
    rows = {row.name for row in SCHEDULERS.values() if row.family == "lrplan"}
    bases = {name for name in module.__all__ if inspect.isabstract(getattr(module, name))}
    subclasses = {row.per_group_class.rpartition(":")[2] for row in SCHEDULERS.values()}
    assert rows == classes_of(module, lr_scheduler.LRScheduler) - bases - subclasses


@pytest.mark.pinned
@each_row()
def test_names_and_order_are_those_of_the_constructor(row):
    assert [argument.name for argument in row.arguments] == list(parameters(row))


@pytest.mark.pinned
@each_argument(lambda _: True)
def test_default_is_that_of_the_constructor(row, argument):
    default = parameters(row)[argument.name].default
    if default is inspect.Parameter.empty:
        assert argument.default is REQUIRED
        assert argument.required
    else:
        assert (type(argument.default), argument.default) == (type(default), default)


@pytest.mark.pinned
@each_argument(lambda _: True)
def test_null_is_taken_where_the_constructor_says_so(row, argument):
    annotation = parameters(row)[argument.name].annotation
    written = annotation if isinstance(annotation, str) else str(annotation)
    assert argument.optional == written.endswith(("| None", "NoneType"))


FITS = {
    "number": lambda value, _: type(value) in (int, float),
    "integer": lambda value, _: type(value) is int,
    "duration": lambda value, _: type(value) is int,
    "boolean": lambda value, _: type(value) is bool,
    "string": lambda value, _: type(value) is str,
    "choice": lambda value, argument: value in argument.choices,
    "numbers": lambda value, argument: len(value) == argument.length,
}


@each_argument(lambda argument: not argument.required)
def test_default_fits_the_kind(row, argument):
    if argument.default is None:
        assert argument.optional
    else:
        assert FITS[argument.kind](argument.default, argument)


@pytest.mark.pinned
@each_argument(lambda argument: argument.kind == "choice")
def test_choices_are_those_of_the_annotation_or_the_documentation(row, argument):
    written = str(parameters(row)[argument.name].annotation)
    if "Literal" in written:
        assert re.findall(r"'(\w+)'", written) == list(argument.choices)
    else:
        documented = cls(row).__doc__.partition(argument.name)[2]
        assert all(choice in documented for choice in argument.choices)


@each_row(installed(SCHEDULERS))
def test_metric_says_whether_a_tick_takes_one(row):
    assert row.metric == ("metrics" in inspect.signature(cls(row).step).parameters)


@each_row(installed(SCHEDULERS))
def test_milestones_are_ticks_from_the_first(row):
    assert row.absolute_milestones == (row.argument("milestones") is not None)


@each_row(installed(SCHEDULERS))
def test_sets_of_which_one_is_needed_name_arguments_that_could_be_left_out(row):
    names = [name for names in row.one_of for name in names]
    assert all(not row.argument(name).required for name in names)


@each_row()
def test_every_word_a_user_reads_is_there(row):
    written = [row.summary, *row.notes, *(argument.doc for argument in row.arguments)]
    if isinstance(row, SchedulerRow):
        written.append(row.after_end)
    assert row.source
    assert all(text.endswith((".", ")")) and "\n" not in text for text in written)
    assert len(row.summary) <= 100


def test_a_name_means_one_thing():
    assert not set(SCHEDULERS) & set(OPTIMIZERS)
    assert all(name == row.name for name, row in {**SCHEDULERS, **OPTIMIZERS}.items())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CosineAnealingLR", "CosineAnnealingLR"),
        ("onecyclelr", "OneCycleLR"),
        ("STEPLR", "StepLR"),
        ("linear", "LinearLR"),
        ("plateau", "ReduceLROnPlateau"),
        ("warmrestarts", "CosineAnnealingWarmRestarts"),
        ("qqqqq", None),
        ("q", None),
        ("", None),
    ],
)
def test_nearest_name(name, expected):
    assert catalog.nearest(name, SCHEDULERS) == expected


def test_nearest_of_nothing():
    assert catalog.nearest("StepLR", ()) is None


def test_a_fact_of_a_scheduler_stands_in_its_row():
    # A rule about one scheduler and an importer that makes one name it; all else reads its row.
    torch_names = {row.name for row in SCHEDULERS.values() if row.path.startswith("torch.")}
    package = Path(catalog.__file__).parents[1]
    literals = {
        path: names
        for path in package.rglob("*.py")
        if "catalog" not in path.parts and (names := _strings(path) & torch_names)
    }
    assert len(literals) <= 35, sorted(str(path.relative_to(package)) for path in literals)


def _strings(path):
    tree = ast.parse(path.read_text("utf-8"))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}


def test_the_catalogue_costs_the_standard_library_alone():
    code = (
        "import sys; import lrplan.catalog, lrplan.catalog.example;"
        "tops = {name.partition('.')[0] for name in sys.modules};"
        "print(sorted(tops & {'torch', 'numpy', 'rich', 'yaml', 'pydantic'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
