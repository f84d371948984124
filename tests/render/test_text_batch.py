"""Equal texts of a large sheet are drawn once and copied: as if each was drawn by itself."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from lrplan.render.picture.text_batch import TextBatch

POSITIONS = [(0.5, 0.5), (1.23, 0.77), (2.0, 1.5), (0.31, 1.66)]
STYLES = [
    {"ha": "left", "va": "baseline", "color": "black"},
    {"ha": "right", "va": "top", "color": "#2060a0"},
    {"ha": "center", "va": "center", "color": "red", "weight": "bold"},
]


def pixels(add):
    """The picture of a white figure after ``add(figure)``, as coverage from 0 to 1."""
    figure = Figure((3, 2), dpi=150, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    add(figure)
    canvas.draw()
    return 1 - np.asarray(canvas.buffer_rgba())[..., :3] / 255


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style["va"])
@pytest.mark.parametrize("words", ["0.0025", "gjpqy (f)"])
def test_copies_look_as_if_drawn_one_by_one(words, style):
    def batch(figure):
        own = TextBatch(figure, {"transform": figure.dpi_scale_trans, "fontsize": 11})
        for position in POSITIONS:
            own.add(position, words, style)

    def texts(figure):
        for position in POSITIONS:
            artist = Text(*position, words, transform=figure.dpi_scale_trans, fontsize=11, **style)
            figure.add_artist(artist)

    copied, drawn = pixels(batch), pixels(texts)
    for x, y in POSITIONS:
        # The part around each: nothing is cut off, and nothing lies more than a pixel off.
        rows = slice(int(max(300 - 150 * y - 40, 0)), int(300 - 150 * y + 40))
        columns = slice(int(max(150 * x - 130, 0)), int(150 * x + 130))
        ink, reference = copied[rows, columns], drawn[rows, columns]
        assert ink.sum() == pytest.approx(reference.sum(), rel=0.02)
        for axis in (0, 1):
            edges = [
                np.flatnonzero(part.sum((axis, 2)) > 0.3)[[0, -1]] for part in (ink, reference)
            ]
            assert np.abs(edges[0] - edges[1]).max() <= 1
