"""The pages about the user's own code show what the program does, and name tests that exist."""

import re

import pytest

from tests.support.docs_pages import ROOT, anchors, blocks, links, page_text, replayed

CODE, THREATS = "docs/user-code.md", "docs/threat-model.md"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


@pytest.mark.pinned  # word for word
def test_commands_print_what_the_page_shows(folder, pytestconfig):
    for block in blocks(CODE):
        if block.file:
            (folder / block.file).write_text(block.text, "utf-8")
    text = replayed(CODE, folder)
    if pytestconfig.getoption("golden_update"):
        (ROOT / CODE).write_text(text, "utf-8")
    assert page_text(CODE).splitlines() == text.splitlines()


@pytest.mark.parametrize("page", [CODE, THREATS])
def test_links_lead_somewhere(page):
    for path, anchor in links(page):
        assert (ROOT / path).is_file(), path
        assert not anchor or anchor in anchors(path), (path, anchor)


def test_every_test_named_is_there():
    named = set(re.findall(r"`([a-z_/]+\.py)`", page_text(THREATS)))
    assert len(named) > 10
    assert [name for name in sorted(named) if not (ROOT / "tests" / name).is_file()] == []
