"""Fits schedule shapes of the catalogue to a logged curve, with their parameters.

``identify.identify`` is the way in. A shape is accepted only if it reproduces every logged value to
the log's own digits.
"""
