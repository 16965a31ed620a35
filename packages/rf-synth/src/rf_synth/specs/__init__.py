"""Filter specifications: sampling, validity and minimum order."""
