"""The time that a test waits for a process or a thread."""

HANG = 600
"""Seconds after which it hangs. A machine with other things to do is slow for less than that."""
