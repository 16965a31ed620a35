"""Filter specifications: sampling, validity, the minimum order."""
