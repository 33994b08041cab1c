"""How two rows are scored, one decoder family a file; the registry knows them by name."""
