"""Architectures of transformers: counted as they are, trained as they compute, or refused."""

import json

import pytest
import torch
from published_architectures import PUBLISHED
from rf_train.budget.memory import adapter_parameters
from rf_train.cli import run
from rf_train.model.structure import structure_of
from rf_train.recipe.file import resolve
from safetensors.torch import load_file


def recipe_of(**keys):
    return resolve({"model_name_or_path": "m", "cutoff_len": 1024} | keys)[0]


@pytest.fixture
def config_folder(tmp_path):
    """A factory: config -> a model folder without weights."""

    def write(content):
        (tmp_path / "config.json").write_text(json.dumps(content), encoding="utf-8")
        return tmp_path

    return write


@pytest.mark.parametrize("name", PUBLISHED)
def test_counts_are_those_of_the_published_weights(name):
    """And those of the class itself, and of peft's own adapter on it, layer by layer."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoConfig, AutoModelForCausalLM

    content, published = PUBLISHED[name]
    config = AutoConfig.for_model(**content)
    shape = structure_of(config)
    assert shape.parameters == published
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(**content))
    assert shape.parameters == sum(p.numel() for p in model.parameters())
    if shape.obstacle or shape.transposed:
        return
    names = [linear.name for linear in shape.linears]
    with torch.device("meta"):
        adapted = get_peft_model(model, LoraConfig(r=8, target_modules="|".join(names)))
    counted = sum(p.numel() for n, p in adapted.named_parameters() if "lora_" in n)
    assert adapter_parameters(shape, recipe_of()) == counted


@pytest.mark.parametrize(
    ("name", "keys", "reason"),
    [
        ("gpt2", {}, "hold Conv1D, not linear layers; use finetuning_type: full"),
        ("mamba-130m", {}, "24 of its 24 blocks (MambaBlock) do not use transformers' attention"),
        ("bert-base-uncased", {}, "BertSelfAttention is not causal"),
        ("falcon-7b", {}, "its attention cannot keep packed samples apart"),
        ("stablelm-2-1_6b", {}, "StableLmAttention does not pass on where packed samples end"),
        ("Mixtral-8x7B", {"quantization_bit": 4}, "45,097,156,608 of 46,702,792,704 parameters"),
        ("Phi-3-mini-4k", {"cutoff_len": 2048}, "cutoff_len: Phi3ForCausalLM attends to 2,047"),
        ("Phi-3-mini-4k", {"lora_target": "q_proj"}, "did you mean qkv_proj?"),
    ],
)
def test_plan_and_train_refuse_alike(capsys, config_folder, write_recipe, name, keys, reason):
    """One line, the same one, before anything is loaded; a plan counts the model all the same."""
    folder = config_folder(PUBLISHED[name][0])
    keys = {"lora_target": "all", "cutoff_len": 512, **keys}
    recipe = str(write_recipe(model_name_or_path=str(folder), **keys))
    lines = []
    for command in ("plan", "train"):
        assert run([command, recipe]) == 1
        _, error = capsys.readouterr()
        lines.append(error.strip().splitlines()[-1])
    assert reason in lines[0]
    assert lines[0] == lines[1]
    assert run(["plan", recipe, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["parameters"] == PUBLISHED[name][1]
    assert found["refused"] in lines[0]


@pytest.mark.parametrize("name", ["Mixtral-8x7B", "Qwen3-30B-A3B"])
def test_experts_are_named_as_not_trained(capsys, config_folder, write_recipe, name):
    folder = config_folder(PUBLISHED[name][0])
    recipe = str(write_recipe(model_name_or_path=str(folder)))
    assert run(["plan", recipe, "--samples", "100", "--tokens", "300"]) == 0
    assert "parameters in three dimensions) get no adapter" in capsys.readouterr().out


SMALL = {
    "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 8, "vocab_size": 96, "max_position_embeddings": 128,
    "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "initializer_range": 0.3,
}  # fmt: skip
EXPERTS = {"num_experts_per_tok": 2, "moe_intermediate_size": 24}
FAMILIES = {
    "llama": {}, "qwen2": {}, "qwen3": {}, "mistral": {"sliding_window": None}, "gemma": {},
    "phi": {"num_key_value_heads": 4}, "phi3": {"sliding_window": None, "num_key_value_heads": 4},
    "gpt2": {"n_embd": 32, "n_layer": 2, "n_head": 4},
    "opt": {"ffn_dim": 48, "word_embed_proj_dim": 32},
    "gpt_neox": {}, "olmo2": {}, "glm4": {}, "starcoder2": {"sliding_window": None}, "smollm3": {},
    "ernie4_5": {}, "persimmon": {}, "exaone4": {"sliding_window": 64},
    "gemma3_text": {"sliding_window": 64, "query_pre_attn_scalar": 8},
    "mixtral": {"num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": None},
    "qwen3_moe": {"num_experts": 4, **EXPERTS},
    "qwen2_moe": {"num_experts": 4, "shared_expert_intermediate_size": 24, **EXPERTS},
    "olmoe": {"num_experts": 4, "num_experts_per_tok": 2},
    "cohere": {}, "granite": {"logits_scaling": 4.0}, "stablelm": {}, "bloom": {"n_head": 4},
    "lfm2": {"layer_types": ["conv", "full_attention"]}, "gpt_oss": {"num_local_experts": 4},
    "gemma2": {}, "falcon_h1": {}, "minicpm3": {}, "gemma4_text": {},
}  # fmt: skip

REFUSED = {
    "bloom",
    "cohere",
    "falcon_h1",
    "gemma2",
    "gpt_oss",
    "granite",
    "lfm2",
    "minicpm3",
    "stablelm",
}


def small_model(kind):
    from rf_train.model.attention import register_attention
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.for_model(kind, **(SMALL | FAMILIES[kind]))
    structure = structure_of(config)
    torch.manual_seed(0)
    name = register_attention() if structure.obstacle is None else "eager"
    config = AutoConfig.for_model(kind, **(SMALL | FAMILIES[kind]))
    model = AutoModelForCausalLM.from_config(config, attn_implementation=name, dtype=torch.float32)
    for parameter in model.parameters():  # biases and norms of zero and one would hide mistakes
        torch.nn.init.normal_(parameter, 0.0, 0.3)
    return structure, model.eval()


@pytest.mark.parametrize("kind", FAMILIES)
def test_what_is_not_refused_is_trained_for_the_models_own_loss(kind):
    """Two samples packed into one row against transformers' own loss of each, in its own way."""
    from rf_train.model.answer_loss_model import AnswerLossModel

    structure, model = small_model(kind)
    assert (structure.obstacle is not None) == (kind in REFUSED), structure.obstacle
    if kind in REFUSED:
        return
    lengths = [7, 12]
    torch.manual_seed(1)
    samples = [torch.randint(3, 96, (length,)) for length in lengths]
    answer_at = torch.cat([torch.arange(3, 6), 7 + torch.arange(2, 11)])
    answers = torch.cat([samples[0][4:7], samples[1][3:12]])
    packed = AnswerLossModel(model)(
        input_ids=torch.cat(samples)[None],
        position_ids=torch.cat([torch.arange(length) for length in lengths])[None],
        answer_at=answer_at,
        answers=answers,
        boundaries=torch.tensor([0, 7, 19], dtype=torch.int32),
        longest=12,
    )
    model.set_attn_implementation("eager")
    expected = 0.0
    model.requires_grad_(False)
    for sample, first in zip(samples, (4, 3), strict=True):
        labels = sample.clone()
        labels[:first] = -100
        count = len(sample) - first
        expected += float(model(input_ids=sample[None], labels=labels[None]).loss) * count
    assert packed.item() == pytest.approx(expected, rel=1e-4)


@pytest.fixture
def small_folder(tmp_path, tokenizer_folder):
    """A factory: kind, keys -> folder of a small model with the tests' tokenizer."""
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    def write(kind, **keys):
        folder = tmp_path / kind
        torch.manual_seed(0)
        sizes = SMALL | FAMILIES.get(kind, {}) | {"vocab_size": 512, "max_position_embeddings": 512}
        config = AutoConfig.for_model(kind, **(sizes | keys))
        AutoModelForCausalLM.from_config(config).save_pretrained(folder)
        AutoTokenizer.from_pretrained(tokenizer_folder).save_pretrained(folder)
        return folder

    return write


TEXT = {**SMALL, "model_type": "gemma3_text", "vocab_size": 512, "sliding_window": 512}
VISION = {
    "model_type": "siglip_vision_model", "hidden_size": 16, "intermediate_size": 24,
    "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 28, "patch_size": 14,
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "keys", "trained"),
    [
        ("mixtral", {"num_local_experts": 4}, {"q_proj", "k_proj", "v_proj", "o_proj"}),
        ("phi", {}, {"q_proj", "k_proj", "v_proj", "dense", "fc1", "fc2"}),
        ("phi3", {}, {"qkv_proj", "o_proj", "gate_up_proj", "down_proj"}),
        ("gemma3", {"text_config": TEXT, "vision_config": VISION, "mm_tokens_per_image": 1}, None),
    ],
)
def test_other_families_train_as_planned(capsys, small_folder, write_recipe, kind, keys, trained):
    """Every linear layer of the decoder blocks, and nothing else, gets an adapter."""
    folder = small_folder(kind, **keys)
    recipe = write_recipe(
        model_name_or_path=str(folder), cutoff_len=512, max_steps=2, lora_dropout=0.0
    )
    assert run(["plan", str(recipe), "--json"]) == 0
    planned = json.loads(capsys.readouterr().out)
    assert run(["train", str(recipe)]) == 0
    output = recipe.parent / "run"
    record = json.loads((output / "run.json").read_text(encoding="utf-8"))
    assert record["truth"]["trainable_parameters"] == planned["trainable_parameters"]
    assert record["model"]["parameters"] == planned["parameters"]
    names = load_file(output / "adapter_model.safetensors")
    if trained is None:
        assert all(".language_model.layers." in name for name in names)
        trained = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}
    assert {name.split(".lora_")[0].rsplit(".", 1)[-1] for name in names} == trained


def test_gpt2_is_trained_whole(small_folder, write_recipe):
    folder = small_folder("gpt2", n_positions=512)
    keys = {"finetuning_type": "full", "lora_target": None, "lora_rank": None}
    keys |= {"lora_dropout": None, "max_steps": 2}
    assert run(["train", str(write_recipe(model_name_or_path=str(folder), **keys))]) == 0


@pytest.fixture
def quantised_folder(small_folder, tmp_path, tokenizer_folder):
    """A small model whose weights are stored in 4 bits."""
    from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

    source = small_folder("qwen3", hidden_size=64, head_dim=16, intermediate_size=64)
    settings = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4")
    model = AutoModelForCausalLM.from_pretrained(source, quantization_config=settings)
    model.save_pretrained(tmp_path / "stored")
    AutoTokenizer.from_pretrained(tokenizer_folder).save_pretrained(tmp_path / "stored")
    return tmp_path / "stored"


def test_weights_stored_in_four_bits_are_recognised(capsys, quantised_folder, write_recipe):
    """LLaMA-Factory trains on them without `quantization_bit`, too."""
    recipe = write_recipe(model_name_or_path=str(quantised_folder), max_steps=2, lora_dropout=0.0)
    remark = "quantization_bit: the weights are stored in 4 bits (nf4) and stay so"
    assert run(["plan", str(recipe), "--json"]) == 0
    planned = json.loads(capsys.readouterr().out)
    assert remark in planned["remarks"]
    assert planned["quantised_linears"] == 14
    assert run(["train", str(recipe)]) == 0
    assert remark in capsys.readouterr().out
    record = json.loads((recipe.parent / "run" / "run.json").read_text(encoding="utf-8"))
    assert record["truth"]["quantised_linears"] == 14
    assert record["model"]["parameters"] == planned["parameters"]
    full = write_recipe(
        "full.yaml", model_name_or_path=str(quantised_folder), finetuning_type="full"
    )
    assert run(["train", str(full)]) == 1
    assert "quantization_bit: quantised weights cannot be trained fully" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ({"quant_method": "gptq", "bits": 4}, "gptq, 4 bits"),
        ({"quant_method": "awq", "bits": 4}, "awq, 4 bits"),
        ({"quant_method": "fp8"}, "fp8"),
        ({"quant_method": "bitsandbytes", "load_in_8bit": True}, "bitsandbytes"),
    ],
)
def test_other_quantised_weights_are_refused_alike(
    capsys, config_folder, write_recipe, stored, shown
):
    folder = config_folder(PUBLISHED["Llama-3-8B"][0] | {"quantization_config": stored})
    recipe = str(write_recipe(model_name_or_path=str(folder)))
    for command in ("plan", "train"):
        assert run([command, recipe]) == 1
        assert f"its weights are stored quantised ({shown}), expected" in capsys.readouterr().err
