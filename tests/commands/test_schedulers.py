"""``lrplan schedulers``, as text and as json, at every width."""

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path
from unittest.mock import patch

import pytest
import yaml
from rich.console import Console

from lrplan.catalog import OPTIMIZERS, SCHEDULERS
from lrplan.catalog.example import example
from lrplan.catalog.ramps import takes_warmup
from lrplan.commands.schedulers import schedulers
from lrplan.commands.terminal import Terminal
from lrplan.errors import ExitStatus, UsageError
from lrplan.specfile.load import load
from lrplan.text_position import InputText

NAMES = [*SCHEDULERS, *OPTIMIZERS]
WIDTHS = [60, 80, 120]


def shown(name=None, *, width=80, output_format="text", **options):
    stream = io.StringIO()
    terminal = Terminal()
    terminal.results = Console(file=stream, width=width, highlight=False, **options)
    with redirect_stdout(stream), patch.dict(os.environ, COLUMNS=str(width)):
        assert schedulers(name, terminal, output_format=output_format) is ExitStatus.OK
    return stream.getvalue()


def words(text):
    return text.replace("…", " TRUNCATED ").split()


@pytest.mark.parametrize("width", WIDTHS)
def test_list_names_everything_whole(width):
    text = shown(width=width)
    assert set(NAMES) <= set(words(text))
    assert "TRUNCATED" not in words(text)
    assert all(len(line) <= width for line in text.splitlines())


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_page_says_everything_the_row_says(name, width):
    row = SCHEDULERS.get(name) or OPTIMIZERS[name]
    text = shown(name, width=width)
    found = words(text)
    assert {argument.name for argument in row.arguments} <= set(found)
    assert "TRUNCATED" not in found
    assert row.path in text
    assert set(words(row.summary)) | set(words(row.source)) <= set(found)
    for argument in row.arguments:
        assert set(words(argument.doc)) <= set(found)
    # A path to copy stays in one piece, whatever the width.
    assert all(len(line) <= width for line in text.splitlines() if line != row.path)


@pytest.mark.parametrize("name", NAMES)
def test_page_ends_with_an_example_to_copy(name):
    text = shown(name, width=60)
    copied = text.partition("\nExample\n")[2]
    row = SCHEDULERS.get(name) or OPTIMIZERS[name]
    assert yaml.safe_load(copied) == yaml.safe_load(example(row))


def test_page_of_a_scheduler_says_how_it_ticks_and_ends():
    text = " ".join(shown("OneCycleLR", width=120).split())
    assert "Made to tick every step" in text
    assert "raises ValueError" in text
    assert "either total_steps, or epochs and steps_per_epoch" in text
    assert "duration >= 1 or null" in text
    assert "number 0 to 1" in text


def test_page_says_what_is_needed_for_a_metric_and_what_is_not_for_everyone():
    assert "Metric reads one" in " ".join(shown("ReduceLROnPlateau").split())
    assert "Metric a plateau inside" in " ".join(shown("GradualWarmupScheduler").split())
    assert "Metric" not in shown("StepLR")
    assert "Since torch 2.9" in " ".join(shown("Muon").split())
    assert "matrices only" in shown("Muon")
    assert "one only" in shown("LBFGS")
    assert "calls a closure" in shown("LBFGS")


def test_no_colour_codes_unless_on_a_terminal():
    assert "\x1b" not in shown() + shown("CyclicLR")
    assert "\x1b[1m" in shown("CyclicLR", force_terminal=True, color_system="standard")


def test_json_of_everything():
    rows = json.loads(shown(output_format="json", width=20))
    assert [row["name"] for row in rows] == NAMES
    assert {row["kind"] for row in rows} == {"scheduler", "optimizer"}


def test_json_of_one():
    (row,) = json.loads(shown("StepLR", output_format="json"))
    assert row["kind"] == "scheduler"
    assert row["path"] == "torch.optim.lr_scheduler:StepLR"
    size, gamma = row["arguments"]
    assert (size["name"], size["kind"], size["required"]) == ("step_size", "duration", True)
    assert size["default"] is None
    assert (gamma["required"], gamma["default"]) == (False, 0.1)
    assert row["example"] == example(SCHEDULERS["StepLR"])


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_unknown_name_is_an_error_with_the_nearest(output_format):
    with pytest.raises(UsageError, match=r"'adamv'.*did you mean `Adam`"):
        shown("adamv", output_format=output_format)
    with pytest.raises(UsageError, match="lists all names"):
        shown("qqqqqq", output_format=output_format)


def test_neither_torch_nor_matplotlib_is_needed():
    code = (
        "import sys; from rich.console import Console;"
        "from lrplan.commands.schedulers import schedulers;"
        "schedulers(None, Console(), output_format='text');"
        "schedulers('Adam', Console(), output_format='json');"
        "sys.exit(bool({'torch', 'matplotlib', 'numpy', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_pages_say_which_schedulers_take_a_warmup():
    """What they say is what the spec takes: the example of each with the key `warmup`."""
    rows = [row for row in SCHEDULERS.values() if takes_warmup(row)]
    for row in rows:
        lines = example(row).splitlines()
        at = next(index for index, line in enumerate(lines) if line.startswith("      type:"))
        text = "\n".join([*lines[: at + 1], "      warmup: 1ep", *lines[at + 1 :]])
        assert load(InputText(row.name, text), Path()).plans
    assert len(rows) > 20
    assert "warmup: 5ep beside its arguments" in " ".join(shown("StepLR").split())
    assert "warmup: 5ep" not in shown("OneCycleLR")
    assert "take warmup: 5ep beside their arguments" in " ".join(shown().split())
