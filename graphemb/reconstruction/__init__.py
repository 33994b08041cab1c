"""Floor 4: RESTORE, what an embedding kept of its graph."""
