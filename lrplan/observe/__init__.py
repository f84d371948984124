"""Observes the training of its own process, for recordings."""
