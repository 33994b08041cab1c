"""Floor 5: what else an embedding holds."""
