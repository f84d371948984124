"""The same bytes everywhere, and nothing left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest

from lrplan.render.picture_options import PictureOptions
from lrplan.render.schedule_picture import draw, render
from tests.render.figure_traces import picture, trace

OF_MATPLOTLIB_3_8 = "ignore:':DeprecationWarning"  # what it calls newer pyparsing by
SCRIPT = """
import hashlib, sys
from tests.render.figure_traces import picture
for form in ("png", "svg", "pdf"):
    print(hashlib.sha256(picture(form)).hexdigest())
print(sorted(name for name in sys.modules if name in ("torch", "matplotlib.pyplot")))
"""


def run(tmp_path, **variables):
    keep = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT") if key in os.environ}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-W", OF_MATPLOTLIB_3_8, "-c", SCRIPT],
        env={
            "HOME": str(tmp_path),
            "PYTHONPATH": str(Path(__file__).parents[2]),
            **keep,
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Draw in a new process: matplotlib's list of fonts in this one may be outdated."""
    hashes = run(tmp_path_factory.mktemp("home"))
    assert len({*hashes}) == 4
    assert hashes[-1] == "[]"
    return hashes


SETTINGS = {
    "hash-seed": {"PYTHONHASHSEED": "1"},
    "senseless-backend": {"PYTHONHASHSEED": "2", "MPLBACKEND": "nonsense"},
    "other-backend": {"MPLBACKEND": "svg", "SOURCE_DATE_EPOCH": "0"},
    "no-config-folder": {"MPLCONFIGDIR": "/proc/nowhere"},
}


def test_bytes_do_not_depend_on_all_of_the_environment(tmp_path, plain):
    together = {name: text for each in SETTINGS.values() for name, text in each.items()}
    assert run(tmp_path, **together) == plain


@pytest.mark.slow
@pytest.mark.parametrize("variables", SETTINGS.values(), ids=SETTINGS)
def test_bytes_do_not_depend_on_the_environment(tmp_path, plain, variables):
    assert run(tmp_path, **variables) == plain


def test_a_matplotlibrc_of_the_user_changes_nothing(tmp_path, plain):
    settings = "font.size: 30\nlines.linewidth: 9\nsavefig.bbox: tight\naxes.grid: True\n"
    (tmp_path / "matplotlibrc").write_text(settings + "axes.facecolor: red\nsvg.fonttype: none\n")
    assert run(tmp_path, MATPLOTLIBRC=str(tmp_path / "matplotlibrc")) == plain


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_bytes_are_the_same_the_second_time(form):
    assert picture(form) == picture(form)


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_no_date_and_no_version_in_the_bytes(form):
    data = picture(form)
    assert mpl.__version__.encode() not in data
    assert b"CreationDate" not in data
    assert b"<dc:date>" not in data


@pytest.mark.parametrize(
    ("form", "start"), [("png", b"\x89PNG\r\n"), ("svg", b"<?xml"), ("pdf", b"%PDF-")]
)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_formats(form, start, theme):
    assert picture(form, theme=theme).startswith(start)


def test_settings_of_matplotlib_are_left_as_they_were():
    before = dict(mpl.rcParams)
    picture("png")
    assert dict(mpl.rcParams) == before


def test_dpi_is_the_pixels_of_an_inch():
    wide = [int.from_bytes(picture("png", dpi=dpi)[16:20], "big") for dpi in (50, 150)]
    assert wide[1] == pytest.approx(3 * wide[0], abs=3)


def test_no_schedules_are_a_picture_too():
    assert render([], PictureOptions(), format="svg")


def test_a_figure_can_be_saved_by_its_user(tmp_path):
    figure = draw([trace({"all": [0.1, 0.2]}, title="$x$ 学")], PictureOptions(theme="dark"))
    figure.savefig(tmp_path / "out.png")
    assert (tmp_path / "out.png").stat().st_size > 1000
