"""Edits: changes of an embedding that take something out of it, fitted once and applied to old and new vectors alike."""
