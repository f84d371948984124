"""Facts about a plan and its curves that rules of several families need."""
