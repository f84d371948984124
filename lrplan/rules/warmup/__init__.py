"""Rules about warm-ups."""
