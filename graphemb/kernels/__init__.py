"""Floor 2: what several algorithms share."""
