"""From data files to micro-batches: sources, templates, tokens, schedule, packing."""
