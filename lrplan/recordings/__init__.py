"""Recordings of training runs: the file, and the observed run that it amounts to."""

from lrplan.recordings.reader import is_recording, read, read_recording

__all__ = ["is_recording", "read", "read_recording"]
