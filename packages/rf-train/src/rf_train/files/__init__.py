"""Files on disk: names, safetensors, adapters, atomic writes. Knows nothing of training."""
