"""Geometry: how the vectors lie, beside normal vectors of the same shape; and how two embeddings of the same names differ."""
