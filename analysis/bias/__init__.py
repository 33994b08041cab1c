"""Measures: what an embedding holds that it should not, each with the value without bias, an interval and a p-value."""
