"""Loads and runs the user's own code, which ``--trust`` allows."""
