"""Runs that are interrupted, saved, restored and continued."""
