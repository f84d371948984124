"""The user's own code, run because the person at the keyboard said that it may."""
