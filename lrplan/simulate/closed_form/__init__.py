"""The closed-form engine: it computes whole curves and checks them against the real schedulers.

``registry`` gives the formula of each class, ``active_intervals`` when each of a plan's schedulers
acts, ``scheduler_curves`` puts formulas together into the curves of ``piecewise_curve``,
``fast_forward`` and ``verify`` compare them with torch, ``lazy_columns`` gives the values, and
``engine`` does one after the other.
"""
