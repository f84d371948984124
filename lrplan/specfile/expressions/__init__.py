"""Arithmetic written in a spec: parsed, checked and computed without running code."""
