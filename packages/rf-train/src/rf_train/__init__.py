"""QLoRA trainer, merger and chat for small and large language models."""
