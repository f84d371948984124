"""The name that ``--as`` takes: a family of configs, a format of logs, or training source."""

from __future__ import annotations

from lrplan.schedule_code.model import FAMILY


def check_family(name: str) -> None:
    """Refuse an unknown name, even if the file needs none.

    Raises:
        UsageError: it is misspelt.
    """
    # The modules that know the names are imported only if a name is given.
    from lrplan.importers.recognition import family_called
    from lrplan.logs.formats import FORMATS

    if name != FAMILY and name not in FORMATS:
        family_called(name, others=(*FORMATS, FAMILY))
