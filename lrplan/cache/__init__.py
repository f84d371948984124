"""The cache of simulated traces, so that an unchanged spec is shown without importing torch.

A file holds the trace of one run, under a key that digests everything that decides its curves.
Files are data: nothing in them is run, and one that is damaged, or not ours, is ignored.
"""
