"""What the vectors keep of meaning: word similarity, analogies, distances of related names."""
