"""Rules about what a schedule appears to do in logs."""
