"""References to the user's own code in a spec: read here, never run."""
