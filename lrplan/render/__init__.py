"""From traces and findings to pictures and tables."""
