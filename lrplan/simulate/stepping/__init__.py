"""The exact engine: real objects, stepped through the whole run."""
