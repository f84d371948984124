"""Curves known from earlier calls, so that an unchanged spec needs no torch.

A file holds what one run gave its steps, under a key of everything that decides it. Files are
data: nothing in them is run, and one that is damaged, or not ours, is not there.
"""
