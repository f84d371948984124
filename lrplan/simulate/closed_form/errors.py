"""The reason why a plan has no closed form."""

from __future__ import annotations


class NoClosedFormError(Exception):  # no error of lrplan's: the plan is stepped instead
    """A plan cannot be computed, or a computed curve differs from torch's; the message says why."""
