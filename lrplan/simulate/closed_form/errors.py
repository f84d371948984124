"""The reason why a plan has no closed form."""

from __future__ import annotations


class NoClosedFormError(Exception):  # no error of lrplan's: the plan is stepped instead
    """A plan cannot be computed, or a computed curve differs from torch's; the message says why.

    ``engine`` refuses what no formula can give (a metric, a tensor, the user's own code, a device),
    ``registry``, ``row_formula`` and ``torch_*`` refuse arguments of one scheduler,
    ``active_intervals`` and ``scheduler_curves`` some schedulers inside another one, ``get_lr``
    some values of ``get_lr()``, and ``verify`` a curve that differs.
    """
