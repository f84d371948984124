"""The content of a picture as plain data, computed once and without matplotlib.

A view says what a picture shows of a schedule or a comparison: axes, series, flags, markers of
findings, notes. A renderer only measures and draws it, and never asks the trace again.
"""
