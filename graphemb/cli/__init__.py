"""Floor 6: the command line. Verbs parse, call one function, render."""
