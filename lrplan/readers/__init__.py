"""Readers of exported curves: CSV and JSON of ``lrplan export``, or files of the same shape."""
