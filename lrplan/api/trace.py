"""A trace that can write and draw itself, for scripts and notebooks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lrplan import trace
from lrplan.api.html import DPI, key_figures_table, picture_html
from lrplan.errors import UsageError
from lrplan.export.csv import to_csv
from lrplan.export.json import to_json
from lrplan.output import atomic_write, write
from lrplan.render.picture_options import PictureOptions, format_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False)
class Trace(trace.Trace):
    """The applied values of one schedule, per group and step.

    In a notebook it is shown as a picture and a table.
    """

    @classmethod
    def of(cls, recorded: trace.Trace) -> Trace:
        """Convert a trace to this class, which has more methods."""
        return cls(**{each.name: getattr(recorded, each.name) for each in fields(recorded)})

    def to_csv(self, path: str | Path | None = None, *, every: int = 1) -> str | None:
        """The numbers as ``lrplan export --format csv`` writes them.

        Args:
            path: a file to write, whole or not at all; None returns the text.
            every: every so many steps, and the last of the run.

        Raises:
            OutputError: the file could not be written.
        """
        return _written(to_csv([self], every=every), path)

    def to_json(self, path: str | Path | None = None, *, every: int = 1) -> str | None:
        """The numbers as ``lrplan export`` writes them.

        Args:
            path: a file to write, whole or not at all; None returns the text.
            every: every so many steps, and the last of the run.

        Raises:
            OutputError: the file could not be written.
        """
        return _written(to_json([self], every=every), path)

    def plot(
        self,
        path: str | Path | None = None,
        *,
        x: Literal["step", "epoch"] = "step",
        fields: tuple[str, ...] = (),
        log: bool | None = None,
        theme: Literal["light", "dark"] = "light",
    ) -> Figure:
        """Draw the curves as ``lrplan plot`` does.

        Args:
            path: a .png, .svg or .pdf file to write as well.
            x: what the x axis counts.
            fields: columns to draw; empty: lr, and every other field that changes.
            log: logarithmic y axes; None: only if the peaks of groups lie far apart.
            theme: background and ink.

        Returns:
            A matplotlib figure that belongs to no window.

        Raises:
            UsageError: a field that the trace does not have, or another kind of file.
            OutputError: the file could not be written.
        """
        from lrplan.render.schedule_picture import draw, render

        options = PictureOptions(x=x, fields=fields, log=log, theme=theme)
        if path is not None:
            picture_format = format_of(Path(path))
            write(Path(path), render([self], options, format=picture_format))
        return draw([self], options)

    def to_pandas(self) -> Any:
        """The values as a table of pandas: a row a step, a column a field and group.

        Returns:
            A ``DataFrame`` whose columns have two levels, ``field`` and ``group``; its index is
            the step, from 0.

        Raises:
            UsageError: pandas is not installed.
        """
        try:
            pandas = import_module("pandas")
        except ImportError:
            raise UsageError("to_pandas needs pandas: pip install pandas") from None
        columns = {
            (field, group): values
            for field, groups in self.columns.items()
            for group, values in groups.items()
        }
        table = pandas.DataFrame(columns)
        table.index.name = "step"
        table.columns.names = ["field", "group"]
        return table

    def _repr_png_(self) -> bytes:
        from lrplan.render.schedule_picture import render

        return render([self], PictureOptions(dpi=DPI), format="png")

    def _repr_html_(self) -> str:
        return picture_html(self._repr_png_(), f"learning rate of {self.name}") + key_figures_table(
            self
        )


def _written(chunks: Iterable[str], path: str | Path | None) -> str | None:
    if path is None:
        return "".join(chunks)
    with atomic_write(Path(path)) as file:
        for chunk in chunks:
            file.write(chunk.encode("utf-8", "backslashreplace"))
    return None
