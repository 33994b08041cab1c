"""Recommenders: one algorithm, one file; interactions in, an embedding of users and items out."""
