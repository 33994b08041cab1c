"""The HTML page of a restoration: figures, sections and the page they stand on."""
