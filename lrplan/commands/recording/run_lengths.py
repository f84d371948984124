"""``--set epochs=N`` and ``--set steps=N`` of ``lrplan record``: how long the whole run is.

Apart from ``rest_of_run.py``: these are read before the program starts, and nothing may be imported
then that imports numpy, which is the program's to import first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lrplan.errors import UnusedSettingError, UsageError
from lrplan.text_position import printable

LENGTHS = ("epochs", "steps")


def lengths_of(settings: Sequence[str]) -> Mapping[str, int]:
    """The lengths of the whole run that ``--set epochs=N`` or ``--set steps=N`` give.

    Raises:
        UsageError: something else is set, or not to a whole number above 0.
    """
    lengths: dict[str, int] = {}
    for text in settings:
        name, _, number = (part.strip() for part in text.partition("="))
        if name not in LENGTHS:
            from lrplan.catalog.nearest_name import nearest

            close = nearest(name, LENGTHS)
            hint = f"did you mean {close}?" if close else "it takes epochs or steps"
            message = f"--set {printable(text)}: a run has no such length; {hint}"
            raise UnusedSettingError(text, message)
        # A whole number as a spec has it: 100_000 is one.
        value = int(number) if number.replace("_", "").isdecimal() else 0
        if value < 1:
            raise UsageError(f"--set {printable(text)}: give a whole number from 1 on")
        if name in lengths:
            raise UsageError(f"--set {name} is given twice")
        lengths[name] = value
    return lengths
