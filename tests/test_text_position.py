"""The line that is shown with a finding: cut lines say so, and carets stay below their text."""

import pytest

from lrplan.text_position import InputText, TextPosition

LINE = "".join(f"{number:04}" for number in range(75))
"""300 characters, each four of them with a number of their own."""


def shown(start, end, width=40):
    source = InputText("spec.yaml", f"{LINE}\n")
    line, carets = source.snippet(TextPosition(1, start, 1, end), width=width).splitlines()
    return line.removeprefix("   1 | "), carets.removeprefix("     | ")


@pytest.mark.parametrize(
    ("start", "end", "cut_before", "cut_after"),
    [(1, 5, False, True), (121, 125, True, True), (297, 301, True, False), (21, 291, True, True)],
)
def test_a_line_that_is_cut_says_so(start, end, cut_before, cut_after):
    line, carets = shown(start, end)
    assert len(line) == 40
    assert (line[0] == "…", line[-1] == "…") == (cut_before, cut_after)
    begin = carets.index("^")
    text = line[begin : begin + carets.count("^")].removesuffix("…")
    assert LINE[start - 1 : end - 1].startswith(text)


def test_a_line_that_fits_is_not_cut():
    assert shown(1, 5, width=300) == (LINE, "^^^^")
