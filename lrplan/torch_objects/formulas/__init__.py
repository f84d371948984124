"""Schedulers of other packages by lrplan's own formulas, for where a package is not installed.

A module here has what the adapter of a package asks the package for, under the same names, so that
the adapter need not know which of the two it was given. The values are those of
``lrplan.curves.packages``; schedulers that follow a metric are built on torch's.
"""
