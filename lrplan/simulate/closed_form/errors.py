"""Why a plan has no closed form."""

from __future__ import annotations


class NoClosedFormError(Exception):  # no error: the plan is stepped instead
    """This plan cannot be computed, or what was computed is not what torch does; why, in words."""
