"""Small word lists that come with the package; README.md names their sources."""
