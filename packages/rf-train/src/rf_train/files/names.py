"""The names of files and folders that more than one module reads or writes."""

from pathlib import Path

RUN_NAME = "run.json"
LOG_NAME = "trainer_log.jsonl"
ADAPTER_NAME = "adapter_model.safetensors"
ADAPTER_CONFIG_NAME = "adapter_config.json"
CHECKPOINT_PREFIX = "checkpoint-"
PROGRESS_NAME = "progress.json"
EMBEDDED_PREFIX = "embedded:"
EMBEDDED_NAME = "SmolLM2-135M-Instruct"
EMBEDDED_FOLDER = Path("runs/base") / EMBEDDED_NAME
# An environment variable set by our own launcher, which says itself how processes ended.
LAUNCHED = "RF_TRAIN_LAUNCHED"
