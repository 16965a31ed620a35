"""The names of files and folders that more than one module reads or writes."""

from pathlib import Path

RUN_NAME = "run.json"
LOG_NAME = "trainer_log.jsonl"
ADAPTER_NAME = "adapter_model.safetensors"
ADAPTER_CONFIG_NAME = "adapter_config.json"
CHECKPOINT_PREFIX = "checkpoint-"
PROGRESS_NAME = "progress.json"
RANDOM_PREFIX = "random:"
EMBEDDED_PREFIX = "embedded:"
EMBEDDED_NAME = "SmolLM2-135M-Instruct"
EMBEDDED_FOLDER = Path("runs/base") / EMBEDDED_NAME
# Environment variable of the processes that `launch` starts, since it reports how they ended.
LAUNCHED = "RF_TRAIN_LAUNCHED"


def last_part(name: str) -> str:
    """The last part of a hub id, path or prefixed name."""
    name = name.removeprefix(RANDOM_PREFIX).removeprefix(EMBEDDED_PREFIX)
    return name.rstrip("/\\").replace("\\", "/").rsplit("/", 1)[-1]
