"""``lrplan.compare``: the differences of two traces, as a sentence and as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import fields as fields_of
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lrplan.api.html import DPI, picture_html
from lrplan.comparison import TOLERANCE, Comparison, run_of, sentence
from lrplan.comparison import compare as compare_runs
from lrplan.errors import UsageError
from lrplan.output import write
from lrplan.render.picture_options import PictureOptions, format_of
from lrplan.trace import Trace

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ComparisonResult(Comparison):
    """A comparison that can describe and draw itself, for notebooks and tests."""

    def __repr__(self) -> str:
        outcome = "differ" if self.differs else "no difference"
        return f"ComparisonResult({self.a.name!r}, {self.b.name!r}: {outcome})"

    def sentence(self, a: str = "A", b: str = "B") -> str:
        """Describe in words how the traces differ; ``a`` and ``b`` are their names in the text."""
        return sentence(self, a, b)

    def plot(
        self,
        path: str | Path | None = None,
        *,
        field: str = "lr",
        log: bool | None = None,
        theme: Literal["light", "dark"] = "light",
    ) -> Figure:
        """Draw both curves and their difference, as ``lrplan compare -o`` does.

        Args:
            path: a .png, .svg or .pdf file to write as well.
            field: what to draw.
            log: logarithmic y axis of the curves; None: only if peaks lie far apart.
            theme: background and ink.

        Returns:
            A matplotlib figure that belongs to no window.

        Raises:
            UsageError: another kind of file.
            OutputError: the file could not be written.
        """
        from lrplan.render.comparison_picture import draw_comparisons, render_comparisons

        options = PictureOptions(fields=(field,), log=log, theme=theme)
        if path is not None:
            form = format_of(Path(path))
            write(Path(path), render_comparisons([self], options, format=form))
        return draw_comparisons([self], options)

    def _repr_html_(self) -> str:
        from lrplan.render.comparison_picture import render_comparisons

        png = render_comparisons([self], PictureOptions(dpi=DPI), format="png")
        return picture_html(png, self.sentence(self.a.name, self.b.name))


def compare(
    a: Trace,
    b: Trace,
    *,
    align: Literal["step", "epoch", "progress"] = "step",
    groups: Mapping[str, str] | None = None,
    fields: tuple[str, ...] = (),
    tolerance: float = TOLERANCE,
) -> ComparisonResult:
    """Compare the curves of ``b`` with those of ``a``.

    Args:
        a: the trace to compare with.
        b: the trace that is compared.
        align: compare values at the same step, the same epoch, or the same share of the run.
        groups: groups of ``a`` to compare with groups of ``b`` of another name.
        fields: fields to compare; empty: lr, and every other field that changes in both.
        tolerance: values are the same when they differ by at most this share of the larger peak.

    Returns:
        ``sentence()`` describes it in words, ``differs`` is True if anything differs, and
        ``differences`` holds the numbers of each group and field.

    Raises:
        UsageError: a group or field that is not there, or no epochs to align by.
    """
    try:
        comparison = compare_runs(
            run_of(a, a.name),
            run_of(b, b.name),
            align=align,
            groups=tuple((groups or {}).items()),
            fields=fields,
            tolerance=tolerance,
        )
    except (KeyError, ValueError) as error:
        # str() of a KeyError puts its text into quotes; its argument is the plain text.
        raise UsageError(str(error.args[0])) from None
    return ComparisonResult(
        **{each.name: getattr(comparison, each.name) for each in fields_of(comparison)}
    )
