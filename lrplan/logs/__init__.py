"""Logs of finished runs: the learning rates that other tools wrote down, and at which steps.

One module per format reads a file into a ``Log``: columns of values, each at the steps of the log's
own count. Nothing in a log is run, and no framework is imported.
"""
