"""Schedules that are typed as ``TYPE KEY=VALUE...`` in place of a file."""
