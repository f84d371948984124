"""Schedules typed on the command line, ``TYPE KEY=VALUE...``: a plan source without a file."""
