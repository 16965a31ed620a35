"""Tiny models, tokenizers and data sets, made on the spot: no test needs a download."""

import json
import os
import tempfile
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

# What commands keep between runs stays out of the home folder of whoever runs the tests.
_CACHE = tempfile.TemporaryDirectory(prefix="rf-train-tests-")
os.environ["RF_TRAIN_SAMPLES"] = _CACHE.name

TEXT = [
    '{"filter_type": "chebyshev", "filter_band": "lowpass", "fc": 1200000000, "order": 7}',
    "设计一个切比雪夫低通滤波器，截止频率 1.2 GHz，阻带 2.4 GHz，衰减 40 dB，纹波 0.1 dB",
    "Please design a Chebyshev band-pass filter with centre 2.4 GHz and bandwidth 200 MHz",
]


@pytest.fixture(scope="session")
def tokenizer_folder(tmp_path_factory):
    """A byte-level BPE tokenizer with ChatML's special tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tokenizer")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<|endoftext|>", eos_token="<|im_end|>"
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tokenizer(tokenizer_folder):
    from rf_train.data.templates import TEMPLATES, apply_template
    from rf_train.model.loading import load_tokenizer

    loaded = load_tokenizer(str(tokenizer_folder))
    apply_template(loaded, TEMPLATES["chatml"])
    return loaded


def make_config(kind: str, tied: bool, layers: int = 2):
    from transformers import AutoConfig

    return AutoConfig.for_model(
        kind,
        hidden_size=48,
        intermediate_size=96,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        vocab_size=512,
        max_position_embeddings=512,
        tie_word_embeddings=tied,
        initializer_range=0.2,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory, tokenizer_folder):
    """A two-layer Qwen3 with random weights, as an ordinary model folder with tokenizer."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = tmp_path_factory.mktemp("model")
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(make_config("qwen3", tied=False)).save_pretrained(folder)
    AutoTokenizer.from_pretrained(tokenizer_folder).save_pretrained(folder)
    return folder


@pytest.fixture
def make_model():
    """A factory of small models in float32: (kind, tied) -> transformers model."""
    import torch
    from rf_train.model.attention import register_attention
    from transformers import AutoModelForCausalLM

    def make(kind: str = "qwen3", *, tied: bool = False, seed: int = 0):
        torch.manual_seed(seed)
        return AutoModelForCausalLM.from_config(
            make_config(kind, tied), attn_implementation=register_attention(), dtype=torch.float32
        )

    return make


def dialogue(number: int) -> list[dict[str, str]]:
    """A dialogue whose length varies with its number; every third asks back first."""
    first = {"role": "user", "content": f"low-pass {number} MHz " + "dB " * (number % 7)}
    answer = {"role": "assistant", "content": json.dumps({"fc": number * 10**6, "order": 3})}
    if number % 3:
        return [first, answer]
    question = {"role": "assistant", "content": "Which attenuation?"}
    return [first, question, {"role": "user", "content": "40 dB"}, answer]


@pytest.fixture
def write_data():
    """A factory: (path, count) -> path of a JSONL data set."""

    def write(path: Path, count: int) -> Path:
        with open(path, "w", encoding="utf-8") as file:
            for number in range(count):
                record = {"id": f"s-{number}", "messages": dialogue(number)}
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
        return path

    return write


@pytest.fixture
def write_recipe(tmp_path, model_folder, write_data):
    """A factory: keys -> path of a recipe that trains the tiny model on 22 dialogues."""
    import yaml

    data = write_data(tmp_path / "train.jsonl", 22)

    def write(name: str = "train.yaml", **keys) -> Path:
        content = {
            "model_name_or_path": str(model_folder),
            "lora_rank": 4,
            "lora_target": "all",
            "lora_dropout": 0.1,
            "dataset": str(data),
            "template": "chatml",
            "per_device_train_batch_size": 2,
            "gradient_accumulation_steps": 2,
            "learning_rate": 1e-3,
            "max_steps": 10,
            "logging_steps": 2,
            "save_steps": 5,
            "output_dir": str(tmp_path / "run"),
        } | keys
        path = tmp_path / name
        path.write_text(yaml.safe_dump({k: v for k, v in content.items() if v is not None}))
        return path

    return write


@pytest.fixture(scope="session")
def reference(tmp_path_factory):
    """Filled by the first test that needs an uninterrupted run."""
    return tmp_path_factory.mktemp("reference") / "run"


@pytest.fixture
def uninterrupted(reference, write_recipe):
    """The folder of a whole run of `write_recipe()`; not to be written into."""
    from rf_train.cli import run

    if not (reference / "run.json").exists():
        assert run(["train", str(write_recipe("reference.yaml", output_dir=str(reference)))]) == 0
    return reference


@pytest.fixture(scope="session")
def make_base(tmp_path_factory, tokenizer_folder):
    """A factory: (kind, tied, dtype) -> folder of a tiny base model with its tokenizer."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    made: dict[tuple, Path] = {}

    def make(kind: str = "qwen3", *, tied: bool = False, dtype: str = "float32") -> Path:
        if (kind, tied, dtype) not in made:
            torch.manual_seed(1)
            folder = tmp_path_factory.mktemp("base")
            model = AutoModelForCausalLM.from_config(make_config(kind, tied))
            model.to(getattr(torch, dtype)).save_pretrained(folder)
            AutoTokenizer.from_pretrained(tokenizer_folder).save_pretrained(folder)
            made[kind, tied, dtype] = folder
        return made[kind, tied, dtype]

    return make


@pytest.fixture
def make_adapter(tmp_path):
    """A factory: (base, LoraConfig settings) -> folder of an adapter with random A and B."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    def make(base: Path, name: str = "adapter", **settings) -> Path:
        model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
        config = LoraConfig(
            **({"r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "v_proj"]} | settings),
            task_type="CAUSAL_LM",
        )
        adapted = get_peft_model(model, config)
        torch.manual_seed(2)
        for key, parameter in adapted.named_parameters():
            if "lora_A" in key or "lora_B" in key:  # peft starts B at zero
                parameter.data.normal_(0.0, 0.1)
            if "magnitude" in key:
                parameter.data.mul_(1.3)
        adapted.save_pretrained(tmp_path / name)
        return tmp_path / name

    return make


@pytest.fixture
def write_merge(tmp_path):
    """A factory: (base, adapter, keys) -> path of a merge recipe into `tmp_path / "merged"`."""
    import yaml

    def write(base: Path, adapter: Path, **keys) -> Path:
        content = {
            "model_name_or_path": str(base),
            "adapter_name_or_path": str(adapter),
            "template": "chatml",
            "finetuning_type": "lora",
            "export_dir": str(tmp_path / "merged"),
            "export_size": 5,
            "export_device": "cpu",
            "export_legacy_format": False,
        } | keys
        path = tmp_path / "merge.yaml"
        path.write_text(yaml.safe_dump({k: v for k, v in content.items() if v is not None}))
        return path

    return write
