"""Files on disk: names, safetensors, adapters, atomic writes. Independent of training."""
