"""Rules about the curve itself, however it was made."""
