"""Rules about what happens where a schedule, or the run, ends."""
