"""``lrplan export``: the numbers, for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lrplan.commands.simulated import simulate_spec
from lrplan.export.csv import to_csv
from lrplan.export.json import to_json
from lrplan.output import replacing, write_stdout
from lrplan.source import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lrplan.commands.terminal import Terminal
    from lrplan.errors import ExitStatus

FORMATS = {"json": to_json, "csv": to_csv}
"""What can be exported, by the name that ``--format`` takes."""


def export(
    spec: str,
    names: Sequence[str],
    output: str | None,
    output_format: str,
    terminal: Terminal,
    *,
    every: int = 1,
    device: str = "cpu",
) -> ExitStatus:
    """Write the applied values of the schedules of ``spec``.

    Args:
        spec: path of the spec, or ``-``.
        names: schedules to export; all when empty.
        output: path, or None or ``-`` for standard output.
        output_format: one of ``FORMATS``.
        terminal: where notes and problems go.
        every: export every so many steps.
        device: where parameters live.
    """
    done = simulate_spec(spec, names, terminal, device=device)
    chunks = FORMATS[output_format](done.traces, every=every)
    if output in (None, "-"):
        for chunk in chunks:
            write_stdout(chunk)
    else:
        path = Path(str(output))
        with replacing(path) as file:
            for chunk in chunks:
                file.write(chunk.encode("utf-8", "backslashreplace"))
        terminal.notes.print(f"wrote {printable(str(path))}", markup=False, soft_wrap=True)
    return done.report_failures(terminal)
