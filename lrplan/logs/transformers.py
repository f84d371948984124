"""``trainer_state.json`` of the transformers Trainer, which is in each checkpoint too."""

from __future__ import annotations

import json
from pathlib import Path

from lrplan.logs.format import ColumnNames, LogFormat, check_rows, log_text, refuse
from lrplan.logs.json_rows import column_rows
from lrplan.logs.log import Convention, Log
from lrplan.logs.rows import columns_of

_LR = "learning_rate"
_CONVENTION = Convention(
    "update",
    -1,
    "`step` counts the updates done, and the value is the one that the last of them applied;"
    " releases before 5 wrote the value of the next one",
    "transformers 5.24",
)


def _recognizes(head: str) -> bool:
    return head.lstrip()[:1] == "{" and '"log_history"' in head


def _read(path: Path, wanted: ColumnNames) -> Log:
    """Read the history of a Trainer.

    Raises:
        LrplanError: it cannot be read, or has no learning rate.
    """
    try:
        state = json.loads(log_text(path))
    except (ValueError, RecursionError) as error:
        raise refuse(path, f"this is not JSON: {str(error)[:80]}") from None
    history = state.get("log_history") if isinstance(state, dict) else None
    rows = [row for row in history if isinstance(row, dict)] if isinstance(history, list) else []
    check_rows(path, len(rows))
    names = wanted.lr or (_LR,)
    columns, notes = columns_of(*column_rows(rows, (wanted.step or "step",), names))
    if not columns:
        raise refuse(path, f"no entry of `log_history` has `{names[0]}`")
    planned = state.get("max_steps")
    return Log(
        path=str(path),
        format=FORMAT.name,
        columns=columns,
        convention=_CONVENTION,
        planned_steps=planned if isinstance(planned, int) and planned > 0 else None,
        notes=notes,
    )


FORMAT = LogFormat(
    name="transformers",
    title="a trainer_state.json of transformers",
    files=("trainer_state.json",),
    recognizes=_recognizes,
    read=_read,
)
