"""The ladder network: which elements it has, what they are worth, how they are written."""
