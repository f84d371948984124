"""Tables of the values of a schedule, for the terminal."""
