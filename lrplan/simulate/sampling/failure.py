"""Why a run stopped, in words."""

from __future__ import annotations

from lrplan.torch_objects.user_code.environment import runs
from lrplan.torch_objects.user_code.traceback import one_line, user_frames
from lrplan.trace import Failure

STOPS = (Exception, SystemExit)
"""What a scheduler may raise and ends its run: code of the user's own may even try to exit."""


def failure_of(step: int, error: BaseException) -> Failure:
    """The failure of a run whose last step was ``step`` (-1: none).

    Of the user's own code, with the way through it.
    """
    if runs():
        return Failure(step, one_line(error), user_frames(error))
    return Failure(step, str(error) or type(error).__name__)
