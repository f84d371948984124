"""YAML text as a tree in which every value knows its line and column."""
