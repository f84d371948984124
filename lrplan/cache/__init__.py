"""The cache of traces and findings, so that an unchanged spec is shown without importing torch.

A file holds the trace of one run or the findings about one spec, under a key that digests
everything that decides them.
Files are data: nothing in them is run, and one that is damaged, or not ours, is ignored.
"""
