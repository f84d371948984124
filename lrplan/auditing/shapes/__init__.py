"""The shape of a logged curve: which schedule of the catalogue gives every row, with its numbers.

``identify.identify`` is the way in. A shape is accepted only if it reproduces every logged value to
the log's own digits.
"""
