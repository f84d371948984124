"""Reads training scripts: what schedules they make and when they step them. Nothing is run."""
