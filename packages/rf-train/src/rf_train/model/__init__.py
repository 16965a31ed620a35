"""The model: loading, attention, LoRA, loss, sharding."""
