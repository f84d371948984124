"""Files that have curves and no plan: recordings, logs, exports and locks."""
