"""Floor 1: the value types, and reading and writing them."""
