"""The pages that are written from the code are what the code would write, and their links lead."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lrplan.lint.pages import pages
from tests.timeouts import HANG

REPOSITORY = Path(__file__).parents[1]
DOCS = REPOSITORY / "docs"
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"^```.*?^```$|``.+?``|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def generate(folder, *arguments):
    return subprocess.run(
        [sys.executable, folder / "generate.py", *arguments],
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=HANG,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A folder of its own for the script, with what it writes."""
    folder = tmp_path_factory.mktemp("docs")
    for name in ("generate.py", "known_configs.py", "known_pitfalls.py", "config_checks.json"):
        (folder / name).write_bytes((DOCS / name).read_bytes())
    done = generate(folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return folder


@pytest.fixture(scope="module")
def text(copy):
    return (copy / "rules.md").read_text("utf-8")


def anchors(text):
    """The addresses of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", BLOCK.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.pinned  # costs are measured with the installed torch
def test_the_pages_are_fresh():
    done = generate(DOCS, "--check")
    assert (done.returncode, done.stderr) == (0, ""), "run python docs/generate.py"


def test_a_stale_page_is_found_and_named_but_not_written(copy):
    page = copy / "rules.md"
    fresh = page.read_text("utf-8")
    assert generate(copy, "--check").returncode == 0
    page.write_text(fresh + "more", "utf-8")
    done = generate(copy, "--check")
    assert done.returncode == 1
    assert "docs/rules.md" in done.stderr
    assert page.read_text("utf-8") == fresh + "more"
    page.write_text(fresh, "utf-8")


def test_every_rule_has_its_row_and_its_page(text):
    for page in pages().values():
        assert text.count(f"\n### {page.name} ({page.code})\n") == 1
        assert len(re.findall(rf"^\| {page.code} \| \[{page.name}\]", text, re.MULTILINE)) == 1
        for example in (*page.bad[:1], *page.good[:1], *page.bad_source[:1]):
            assert example.rstrip() in text


def test_the_examples_are_yaml(text):
    blocks = re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert all("schedules" in yaml.safe_load(block) for block in blocks)


def test_every_link_of_the_rules_leads_to_a_page(text):
    links = set(LINK.findall(CODE.sub("", text)))
    assert {f"#{page.name}-{page.code.lower()}" for page in pages().values()} <= links
    assert {link[1:] for link in links if link.startswith("#")} <= anchors(text)


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_links_between_files_lead_somewhere(page):
    for link in LINK.findall(CODE.sub("", page.read_text("utf-8"))):
        name, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text("utf-8")), link


def test_every_known_pitfall_has_a_rule_or_a_reason():
    source = runpy.run_path(str(DOCS / "known_pitfalls.py"))
    without = set(source["PITFALLS"]) - set(pages())
    assert set(source["LEFT"]) == without
    assert all(source["LEFT"].values())
