"""Methods on knowledge graphs: one model, one file."""
