"""Names and titles of any kind, and the fonts for them."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib.font_manager import FontEntry, fontManager

from lrplan.render.picture import fonts
from lrplan.render.picture.fonts import TOFU, Lettering, escape_control_characters
from lrplan.render.picture_options import PictureOptions
from lrplan.render.schedule_picture import draw, render
from tests.render.figure_traces import texts, trace, warm_cosine


@pytest.mark.parametrize(
    "title",
    ["$x^2$", r"\frac{a", "100% a_b^c", "{}", "<b>&amp;", "#!", "a" * 300, "$" * 300],
    ids=["math", "tex", "percent", "braces", "xml", "hash", "long", "dollars"],
)
@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_titles_are_taken_literally(title, form):
    one = trace({title: [0.1, 0.2], "b": [0.2, 0.3]}, name=title, title=f"The {title}")
    assert render([one], PictureOptions(), format=form)


def test_special_characters_reach_the_picture_unchanged():
    title = r"$x_1$ \alpha 100% {a}"
    assert title in texts(draw([trace({"a": [1]}, title=title)], PictureOptions()))


def test_long_titles_and_names_end_inside_the_picture():
    name = "encoder.layers.%d.self_attention.in_projection.weight." * 6
    groups = {name % ((i,) * 6): warm_cosine(100, 10, i + 1) for i in range(4)}
    figure = draw([trace(groups, name="n" * 300, title="title " * 60)], PictureOptions())
    figure.savefig("/dev/null", format="png")
    wide = figure.get_size_inches()[0] * figure.dpi
    boxes = [text.get_window_extent() for text in figure.texts]
    assert max(box.x1 for box in boxes) <= wide + 1
    assert min(box.x0 for box in boxes) >= 0


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\tc", r"a\nb\tc"),
        ("\x1b[31mred\x00", r"\x1b[31mred\x00"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\ud800", r"\ud800"),
        ("  title\n", "title"),
        ("か\u3099", "が"),
        ("👩\u200d💻\ufe0f", "👩💻"),
    ],
    ids=["breaks", "escape", "bidi", "surrogate", "edges", "composed", "joined"],
)
def test_what_cannot_be_seen_is_made_visible_or_dropped(text, shown):
    assert escape_control_characters(text) == shown


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_scripts_without_a_font_do_not_warn(form, monkeypatch):
    monkeypatch.setattr(fonts, "_candidates", list)
    one = trace(
        {"バックボーン": [0.1, 0.2], "헤드": [0.2, 0.3]},
        name="学習率",
        title="学習率 🚀👩\u200d💻 اللغة",
    )
    assert render([one], PictureOptions(), format=form)
    assert f"{TOFU * 3} · 2 steps" in texts(draw([one], PictureOptions()))


def square(pen):
    """A square as wide as the font is high."""
    for step, point in enumerate([(0, 0), (0, 800), (800, 800), (800, 0)]):
        (pen.lineTo if step else pen.moveTo)(point)
    pen.closePath()
    return pen


@pytest.fixture(params=["truetype", "postscript"])
def japanese(request, tmp_path, monkeypatch):
    """An installed font with a handful of glyphs, as wide as they are high."""
    truetype = request.param == "truetype"
    glyphs = [".notdef", *(f"uni{ord(char):04X}" for char in "学習率")]
    font = FontBuilder(1000, isTTF=truetype)
    font.setupGlyphOrder(glyphs)
    font.setupCharacterMap({ord(char): f"uni{ord(char):04X}" for char in "学習率"})
    if truetype:
        font.setupGlyf(dict.fromkeys(glyphs, square(TTGlyphPen(None)).glyph()))
    else:
        drawn = square(T2CharStringPen(1000, None)).getCharString()
        font.setupCFF("NotoSansCJK-Test", {}, dict.fromkeys(glyphs, drawn), {})
    font.setupHorizontalMetrics(dict.fromkeys(glyphs, (1000, 0)))
    font.setupHorizontalHeader(ascent=880, descent=-120)
    font.setupNameTable({"familyName": "Noto Sans CJK JP", "styleName": "Regular"})
    font.setupOS2()
    font.setupPost()
    path = tmp_path / "NotoSansCJK-Test.ttf"
    font.save(path)
    monkeypatch.setattr(fontManager, "ttflist", bundled())
    clear_caches()
    fontManager.addfont(path)
    yield "Noto Sans CJK JP"
    clear_caches()


def bundled():
    """The fonts that come with matplotlib, whatever else is installed."""
    return [entry for entry in fontManager.ttflist if entry.name == fonts.BASE]


def clear_caches():
    fonts._covered.cache_clear()
    fonts._em_widths.cache_clear()


def test_an_installed_font_is_found_for_what_it_has(japanese):
    letters = Lettering(["学習率 한"])
    assert list(letters.families) == [fonts.BASE, japanese]
    assert letters.clean("学習率 한") == f"学習率 {TOFU}"
    assert letters.width("学習率", 10) == pytest.approx(30 / 72, rel=0.02)


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_an_installed_font_is_drawn_with(japanese, form):
    one = trace({"学": [0.1, 0.2], "習": [0.2, 0.3]}, name="学習率")
    assert render([one], PictureOptions(), format=form)
    assert "学習率" in texts(draw([one], PictureOptions()))


def test_fonts_are_embedded_as_what_they_are(japanese):
    one = trace({"all": [0.1, 0.2]}, title="学習率")
    with_it = render([one], PictureOptions(), format="pdf")
    without = render([replace(one, title="latin")], PictureOptions(), format="pdf")
    # Matplotlib can embed CFF outlines as Type 3 only: as CIDFontType2 the file would be wrong.
    kind = b"/Type3" if fonts.has_postscript_outlines(japanese) else b"/CIDFontType2"
    assert kind in with_it
    assert b"/CIDFontType2" in without
    assert (b"/CIDFontType2" in with_it) != (b"/Type3" in with_it)


def test_outlines_are_told_apart(japanese, request):
    postscript = "postscript" in request.node.name
    assert fonts.has_postscript_outlines(japanese) is postscript
    assert not fonts.has_postscript_outlines(fonts.BASE)
    assert not fonts.has_postscript_outlines("no such family")


def test_a_collection_is_what_its_first_font_is(tmp_path, monkeypatch):
    path = tmp_path / "some.ttc"
    path.write_bytes(b"ttcf" + bytes([0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 20]) + b"\0" * 4 + b"OTTO")
    monkeypatch.setattr(fonts, "findfont", lambda *_, **__: str(path))
    assert fonts.has_postscript_outlines("some")


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_fonts_of_bitmaps_and_fonts_that_are_gone_are_passed_over(form, tmp_path, monkeypatch):
    gone = [FontEntry(str(tmp_path / name), name) for name in ("Noto Color Emoji", "Noto Emoji")]
    monkeypatch.setattr(fontManager, "ttflist", [*bundled(), *gone])
    clear_caches()
    assert Lettering(["🚀"]).clean("to the 🚀") == f"to the {TOFU}"
    assert render([trace({"🚀": [0.1], "b": [0.2]}, title="🚀")], PictureOptions(), format=form)
    clear_caches()


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
@pytest.mark.parametrize("title", ["学習率スケジュール", "학습률 스케줄", "预热后衰减", "🚀 up"])
def test_titles_in_the_fonts_of_this_machine(title, form):
    one = trace({title: warm_cosine(50, 5), "b": warm_cosine(50, 9)}, name=title, title=title)
    assert render([one], PictureOptions(), format=form)
    if "Noto Sans CJK JP" in {entry.name for entry in fontManager.ttflist} and title.isalpha():
        assert Lettering([title]).clean(title) == title


def test_latin_text_never_searches_the_fonts(monkeypatch):
    monkeypatch.setattr(fonts, "_candidates", lambda: pytest.fail("searched"))
    assert list(Lettering(["Größe αβγ Привет →"]).families) == [fonts.BASE]


def test_names_are_cut_in_the_middle_where_they_differ_at_the_end():
    letters = Lettering([])
    short = letters.fit("encoder.layer.11.attention.output.weight", 1.0, 8, middle=True)
    assert short.startswith("enco")
    assert short.endswith("ight")
    assert 0.9 <= letters.width(short, 8) <= 1.0


@pytest.mark.parametrize("inches", [0.8, 1.7, 2.9, 3.97, 4.6, 12.0])
@pytest.mark.parametrize(
    "text",
    [
        "get_lr() (dotted) is not the applied value at 2 of 500 steps, the first being step 200",
        "a few words " * 40,
        "FileNotFoundError: " + "/somewhere/very/deep" * 9 + " is not there",
        "バックボーンは暖機してから減衰し" * 6,
    ],
    ids=["get_lr", "words", "path", "no-blanks"],
)
def test_wrapping_loses_nothing_while_there_is_room(text, inches):
    letters = Lettering([text])
    lines = letters.wrap(text, inches, 8, most=99)
    assert "".join("".join(lines).split()) == "".join(letters.clean(text).split())
    assert all(letters.width(line, 8) <= inches for line in lines)
    assert all(
        letters.width(f"{line} {after.split()[0]}", 8) > inches
        for line, after in itertools.pairwise(lines)
    ), "a word that fits stands on the line above"


def test_wrapping_breaks_between_words():
    lines = Lettering([]).wrap("one two " * 20, 1.0, 8, most=99)
    assert {word for line in lines for word in line.split()} == {"one", "two"}


def test_titles_are_measured_in_the_bold_face():
    letters = Lettering([])
    title = letters.fit("Warm-up, then a cosine " * 9, 3.0, 10, bold=True)
    assert letters.width(title, 10, bold=True) <= 3.0 < letters.width(title + "nn", 10, bold=True)


def test_notes_are_wrapped_and_the_last_line_cut():
    lines = Lettering([]).wrap("a few words " * 30 + "x" * 200, 2.0, 8, most=3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert all(Lettering([]).width(line, 8) <= 2.0 for line in lines)


def test_a_group_and_the_one_without_its_decay_share_a_short_name():
    fast, slow = warm_cosine(100, 10, 1.0), warm_cosine(100, 10, 0.5)
    groups = {"blocks.0": slow, "blocks.0.no_decay": slow, "blocks.1": fast}
    groups |= {"blocks.1.no_decay": fast, "head": fast, "head.no_decay": fast}
    shown = texts(draw([trace(groups)], PictureOptions()))
    assert {"blocks.0 (+ no_decay)", "blocks.1 = head (+ no_decay)"} <= set(shown)
    del groups["head.no_decay"]
    mixed = texts(draw([trace(groups)], PictureOptions()))
    assert "blocks.1 = blocks.1.no_decay = head" in mixed
