"""A design as a few lines of text, in the language of the request."""
