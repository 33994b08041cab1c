"""Floor 6: the Dash application."""
