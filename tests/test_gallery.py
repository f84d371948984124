"""The gallery shows what schedules.yaml gives; `python gallery/make.py --check` compares it all."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lrplan.recipes import names
from lrplan.recipes.header import recipe
from tests.render.figure_traces import trace

GALLERY = Path(__file__).parents[1] / "gallery"
DRAWN = ("step.png", "cyclic-triangular2.png", "overview-dark.png")
DRAWN_RECIPES = {
    "llama1.svg",
    "mae-finetune.svg",
    "he2015-resnet-plateau.svg",
    "sgdr-wrn28-10.svg",
    "olmo2-7b-stage2.svg",
}
WITHOUT_LINK = {"torch-onecycle-defaults"}

pytestmark = pytest.mark.pinned  # pictures and numbers, byte by byte


@pytest.fixture(scope="module")
def make():
    """The script, which finds its neighbours beside it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(GALLERY))
        import make

        yield make


@pytest.fixture(scope="module")
def spec(make):
    return make.load()


@pytest.fixture(scope="module")
def pictures(make, spec):
    return make.all_pictures(spec)


def test_pictures_are_fresh(make, pictures):
    assert not list(make.stale_digests(pictures))


def test_bytes_are_those_drawn_now(make, pictures):
    if not make.comparable():
        pytest.skip("another matplotlib drew the gallery")
    some = [picture for picture in pictures if picture.file in DRAWN]
    assert len(some) == len(DRAWN)
    assert not list(make.stale_bytes(some))


def test_readme_is_fresh(make, spec):
    assert not list(make.stale_page(make.page(spec)))


def test_readme_shows_every_schedule_and_every_picture(spec):
    text = (GALLERY / "README.md").read_text("utf-8")
    shown = set(re.findall(r'(?:src|srcset)="([^"]+)"', text))
    assert shown == {path.name for path in GALLERY.glob("*.png")}
    for plan in spec.plans.values():
        assert f"\n{plan.name}:\n" in text
        assert plan.description in text


def test_links_of_the_readme_lead_somewhere():
    text = (GALLERY / "README.md").read_text("utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) == anchors


def test_snippets_are_the_lines_of_the_spec(make, spec):
    from pictures import snippet

    lines = (GALLERY.parent / "schedules.yaml").read_text("utf-8")
    for plan in spec.plans.values():
        indented = "".join(f"  {line}\n" for line in snippet(plan).splitlines())
        assert indented in lines


def test_a_changed_curve_is_noticed(make, pictures):
    changed = next(picture for picture in pictures if picture.file == "step.png")
    trace = changed.traces[0]
    curve = trace.lr["all"].copy()
    curve[-1] *= 1 + 1e-6
    changed = replace(changed, traces=(replace(trace, columns={"lr": {"all": curve}}),))
    results = list(make.stale_digests([*(p for p in pictures if p.file != "step.png"), changed]))
    assert results == ["step.png shows something else than schedules.yaml gives"]


def test_changed_options_are_noticed(make, pictures):
    changed = [replace(p, options=replace(p.options, log=True)) for p in pictures]
    logarithmic = sum(p.options.log is True for p in pictures)
    assert len(list(make.stale_digests(changed))) == len(pictures) - logarithmic


def test_missing_and_stray_files_are_noticed(make, pictures, tmp_path, monkeypatch):
    for path in GALLERY.glob("*.png"):
        (tmp_path / path.name).touch()
    (tmp_path / "step.png").unlink()
    (tmp_path / "stray.png").touch()
    monkeypatch.setattr(make, "FOLDER", tmp_path)
    assert list(make.stale_digests(pictures)) == [
        "step.png is missing",
        "stray.png belongs to no schedule",
    ]


def test_manifest_lists_every_picture_and_what_drew_it(pictures):
    manifest = json.loads((GALLERY / "manifest.json").read_text("utf-8"))
    assert set(manifest["pictures"]) == {picture.file for picture in pictures}
    assert set(manifest["drawn_with"]) == {"matplotlib", "freetype", "pillow", "platform"}


def test_the_gallery_stays_small():
    assert sum(path.stat().st_size for path in GALLERY.rglob("*") if path.is_file()) < 6_000_000
    assert sum(path.stat().st_size for path in GALLERY.glob("recipes/*")) < 200_000


def test_the_page_of_recipes_is_fresh(make):
    assert not list(make.stale_recipe_page())
    assert not list(make.stale_recipe_pictures(DRAWN_RECIPES))


def test_every_recipe_is_on_its_page_with_a_link_to_its_source():
    text = (GALLERY / "recipes.md").read_text("utf-8")
    rows = {
        name: line for name in names() for line in text.splitlines() if f"`recipe:{name}`" in line
    }
    assert set(rows) == set(names())
    assert {name for name, row in rows.items() if "](https://" not in row} == WITHOUT_LINK
    unchecked = {name for name, row in rows.items() if "unchecked" in row}
    assert unchecked == {name for name in names() if not recipe(name).checked}


def test_a_small_picture_has_every_stair_corner_and_dash(make):
    from thumbnails import HEIGHT, WIDTH, thumbnail

    values = np.concatenate([np.linspace(0, 1, 250), np.full(7_000, 1.0), np.full(2_750, 0.1)])
    svg = thumbnail(trace({"a": values, "b": values, "c": values / 2}), [(0, 250)])
    paths = re.findall(r'class="(c\d[^"]*)" d="M([^"]+)"', svg)
    assert [kind for kind, _ in paths] == ["c0 assumed", "c0", "c1 assumed", "c1"]
    points = [[float(n) for n in pair.split()] for pair in paths[1][1].split("L")]
    full, low = HEIGHT - 3 - 54, HEIGHT - 3 - 5.4
    corner = 3 + 194 * 0.725
    wanted = [(3 + 194 * 0.025, full), (corner, full), (corner, low), (WIDTH - 3, low)]
    assert np.allclose(points, wanted, atol=0.1)
