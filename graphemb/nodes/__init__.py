"""Floor 3: node embeddings of a graph, one algorithm a file."""
