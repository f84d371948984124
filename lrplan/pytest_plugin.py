"""The fixture ``lrplan_recording`` for tests with pytest, which finds it by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from lrplan.api.recorded_run import RecordedRun


@pytest.fixture
def lrplan_recording() -> Iterator[RecordedRun]:
    """A recording of all training in the test, until the test reads from it."""
    # Imported only by tests that ask for it: every run of pytest loads this module.
    from lrplan.api.recorded_run import recording

    with recording() as recorded:
        yield recorded
