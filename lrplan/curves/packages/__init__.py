"""The formulas of schedulers of other packages, for where a package is not installed.

A module per package, with a function for each of its schedulers, called like it. Arguments bear the
package's own names, and the first is the ticks; what comes out is what the package computes, with
its defects. Each module names the release that it follows; ``tests/torch_objects/formulas/``
compares it with the package.
"""
