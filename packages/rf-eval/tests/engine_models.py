"""Small random models for the engine's tests, written by transformers, and their plain answers."""

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
import transformers

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SIZES = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 2048,
    "bos_token_id": None,
    "eos_token_id": 1,
    # Larger than usual, so that a random model says something instead of one token for ever.
    "initializer_range": 0.4,
}
SCALED = {
    "rope_type": "llama3", "rope_theta": 10_000.0, "factor": 4.0, "low_freq_factor": 1.0,
    "high_freq_factor": 4.0, "original_max_position_embeddings": 64,
}  # fmt: skip
MODELS = {
    "llama": ("Llama", {"tie_word_embeddings": True}),
    "llama-scaled-biased": (
        "Llama",
        {"rope_parameters": SCALED, "attention_bias": True, "mlp_bias": True},
    ),
    "qwen2": ("Qwen2", {"tie_word_embeddings": True}),
    "qwen3": ("Qwen3", {"head_dim": 32}),
}


def save_tokenizer(folder, template=TEMPLATE):
    """A byte-level tokenizer without merges; returns the size of its vocabulary."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    special = ["<|im_start|>", "<|im_end|>"]
    alphabet = special + sorted(pre_tokenizers.ByteLevel.alphabet())
    core = Tokenizer(models.BPE({token: i for i, token in enumerate(alphabet)}, []))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    core.decoder = decoders.ByteLevel()
    core.add_special_tokens(special)
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=core, eos_token="<|im_end|>", chat_template=template
    ).save_pretrained(folder)
    return len(alphabet)


def save_model(folder, name, seed=0, **changes):
    """A tiny model of one of MODELS in `folder`, its norms and biases random too."""
    kind, own = MODELS[name]
    vocabulary = save_tokenizer(folder)
    config = getattr(transformers, f"{kind}Config")(**SIZES | own | changes, vocab_size=vocabulary)
    torch.manual_seed(seed)
    model = getattr(transformers, f"{kind}ForCausalLM")(config)
    with torch.no_grad():
        for parameter_name, parameter in model.named_parameters():
            if parameter.ndim == 1:
                centre = 1.0 if "norm" in parameter_name else 0.0
                parameter.copy_(centre + 0.2 * torch.randn_like(parameter))
    model.save_pretrained(folder)
    return folder


def plain_answers(folder, many, adapter=None, tokens=40, only=None):
    """What transformers answers in float32, one prompt alone, without any of our code.

    `only`: the characters that may be generated, beside the end.
    """
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    if adapter is not None:
        import peft

        model = peft.PeftModel.from_pretrained(model, adapter)
    allowed = None
    if only is not None:
        allowed = [1, *(tokenizer(c, add_special_tokens=False)["input_ids"][0] for c in only)]
    answers = []
    for messages in many:
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        ids = tokenizer(text, return_tensors="pt", add_special_tokens=False)["input_ids"]
        out = model.generate(
            input_ids=ids, max_new_tokens=tokens, do_sample=False, pad_token_id=1,
            prefix_allowed_tokens_fn=None if allowed is None else lambda *_: allowed,
        )  # fmt: skip
        answers.append(tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True))
    return answers
