"""Methods on a corpus: vectors of words, of their senses, and of documents."""
