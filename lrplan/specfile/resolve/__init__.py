"""Resolves the checked nodes of a spec to plans."""
