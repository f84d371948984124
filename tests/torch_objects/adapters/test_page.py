"""docs/third-party.md says what is true: packages, versions, counts and specs."""

import re
from pathlib import Path

import pytest

from lrplan.catalog import OPTIMIZERS, THIRD_PARTY
from lrplan.clock.loops import LOOPS
from lrplan.specfile.load import load
from lrplan.text_position import InputText

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "third-party.md").read_text("utf-8")
PINS = (ROOT / "constraints-peers.txt").read_text("utf-8")
PACKAGES = {rows[0].package for rows in THIRD_PARTY.values()}


def test_the_table_has_every_package_and_no_other():
    table = PAGE.partition("## Comparison with the packages")[2].partition("### Loops")[0]
    rows = re.findall(r"^\| ([\w-]+) \| (\d\S*) \|.*\| (\S+) \|$", table, re.MULTILINE)
    assert {f"{name} {version}" for name, version, _ in rows} == PACKAGES
    assert {difference for *_, difference in rows} == {"0"}


def test_the_loops_were_compared_in_the_versions_pinned():
    table = PAGE.partition("### Loops")[2].partition("## One recipe")[0]
    rows = re.findall(r"^\| (\w+) \| (\d\S*) \|.*\| (\S+) \|$", table, re.MULTILINE)
    assert {name for name, *_ in rows} == set(LOOPS) - {"torch"}
    for name, version, difference in rows:
        assert re.search(rf"^{name}=={re.escape(version)}$", PINS, re.MULTILINE)
        assert difference == "0"


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_the_version_is_pinned(package):
    name, _, version = package.partition(" ")
    assert re.search(rf"^{name}=={re.escape(version)}( ;|$)", PINS, re.MULTILINE)


def test_pins_do_not_contradict_each_other():
    core = (ROOT / "constraints.txt").read_text("utf-8")
    names = [set(re.findall(r"^([\w.-]+)==", text, re.MULTILINE)) for text in (core, PINS)]
    assert not names[0] & names[1]
    assert "torchvision" not in names[1]


def test_the_specs_can_be_read():
    texts = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert texts
    for text in texts:
        assert load(InputText("spec.yaml", text), Path()).plans


def test_the_names_in_it_exist():
    names = set(re.findall(r"`(\w+:[A-Za-z_]\w+)`", PAGE)) - {"package:name"}
    schedulers = {row.name for rows in THIRD_PARTY.values() for row in rows}
    assert names <= schedulers | set(OPTIMIZERS)
    assert len(names) >= 10
