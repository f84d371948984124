"""The transcript in docs/record.md is what a terminal shows, and README.md has its beginning.

``pytest tests/test_docs_record.py -m slow --golden-update`` writes it into the page.
"""

import re
import shlex
from pathlib import Path

import pytest

from tests.support.processes import python

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "record.md"
SCRIPT = re.compile(r"^```python train\.py\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TRANSCRIPT = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def shown(folder, command):
    """A command behind its prompt, and what a terminal shows of it."""
    environment = {"COLUMNS": "100", "NO_COLOR": "1"}
    done = python(folder, "-m", *shlex.split(command), environment=environment)
    lines = (done.stdout + done.stderr).splitlines()
    return "\n".join([f"$ {command}", *(line.rstrip() for line in lines), ""])


def told(folder, transcript):
    """``transcript`` as it has to be."""
    (folder / "train.py").write_text(SCRIPT.search(PAGE.read_text("utf-8"))[1], "utf-8")
    commands = re.findall(r"^\$ (.*)$", transcript, re.MULTILINE)
    return "\n".join(shown(folder, command) for command in commands)


@pytest.mark.slow
def test_the_page_shows_what_a_terminal_shows(tmp_path, pytestconfig):
    page = PAGE.read_text("utf-8")
    transcript = TRANSCRIPT.search(page)[1]
    real = told(tmp_path, transcript)
    if pytestconfig.getoption("golden_update"):
        PAGE.write_text(page.replace(transcript, real), "utf-8")
    assert transcript == real
