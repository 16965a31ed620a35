"""Configurations as their makers publish them, for models of many kinds."""

MIXTRAL = {
    "model_type": "mixtral", "hidden_size": 4096, "intermediate_size": 14336,
    "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
    "num_local_experts": 8, "num_experts_per_tok": 2, "vocab_size": 32000,
    "tie_word_embeddings": False,
}  # fmt: skip
QWEN3_MOE = {
    "model_type": "qwen3_moe", "hidden_size": 2048, "intermediate_size": 6144,
    "moe_intermediate_size": 768, "num_hidden_layers": 48, "num_attention_heads": 32,
    "num_key_value_heads": 4, "head_dim": 128, "num_experts": 128, "num_experts_per_tok": 8,
    "vocab_size": 151936, "tie_word_embeddings": False,
}  # fmt: skip
PHI2 = {
    "model_type": "phi", "hidden_size": 2560, "intermediate_size": 10240,
    "num_hidden_layers": 32, "num_attention_heads": 32, "vocab_size": 51200,
    "partial_rotary_factor": 0.4, "tie_word_embeddings": False,
}  # fmt: skip
PHI3 = {
    "model_type": "phi3", "hidden_size": 3072, "intermediate_size": 8192,
    "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 32,
    "vocab_size": 32064, "sliding_window": 2047, "tie_word_embeddings": False,
}  # fmt: skip
GPT2 = {"model_type": "gpt2", "n_embd": 768, "n_layer": 12, "n_head": 12, "vocab_size": 50257}
MAMBA = {
    "model_type": "mamba", "hidden_size": 768, "num_hidden_layers": 24, "state_size": 16,
    "vocab_size": 50280, "tie_word_embeddings": True,
}  # fmt: skip
BERT = {"model_type": "bert", "hidden_size": 768, "num_hidden_layers": 12, "vocab_size": 30522}
GEMMA3 = {
    "model_type": "gemma3", "mm_tokens_per_image": 256, "tie_word_embeddings": True,
    "text_config": {
        "model_type": "gemma3_text", "hidden_size": 2560, "intermediate_size": 10240,
        "num_hidden_layers": 34, "num_attention_heads": 8, "num_key_value_heads": 4,
        "head_dim": 256, "vocab_size": 262208, "sliding_window": 1024,
    },
    "vision_config": {
        "model_type": "siglip_vision_model", "hidden_size": 1152, "intermediate_size": 4304,
        "num_hidden_layers": 27, "num_attention_heads": 16, "image_size": 896, "patch_size": 14,
        "vision_use_head": False,
    },
}  # fmt: skip
LLAMA3 = {
    "model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336,
    "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
    "vocab_size": 128256, "tie_word_embeddings": False,
}  # fmt: skip
QWEN3 = {
    "model_type": "qwen3", "hidden_size": 4096, "intermediate_size": 12288,
    "num_hidden_layers": 36, "num_attention_heads": 32, "num_key_value_heads": 8,
    "head_dim": 128, "vocab_size": 151936, "tie_word_embeddings": False,
}  # fmt: skip
MISTRAL = {
    "model_type": "mistral", "hidden_size": 4096, "intermediate_size": 14336,
    "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
    "vocab_size": 32000, "sliding_window": 4096, "tie_word_embeddings": False,
}  # fmt: skip
FALCON = {
    "model_type": "falcon", "hidden_size": 4544, "num_hidden_layers": 32,
    "num_attention_heads": 71, "multi_query": True, "parallel_attn": True, "bias": False,
    "alibi": False, "new_decoder_architecture": False, "vocab_size": 65024,
}  # fmt: skip
STABLELM = {
    "model_type": "stablelm", "hidden_size": 2048, "intermediate_size": 5632,
    "num_hidden_layers": 24, "num_attention_heads": 32, "num_key_value_heads": 32,
    "vocab_size": 100352, "use_qkv_bias": True, "tie_word_embeddings": False,
}  # fmt: skip

# Name: config, parameters as the makers' safetensors files hold them (those of bert's class).
PUBLISHED = {
    "Mixtral-8x7B": (MIXTRAL, 46_702_792_704),
    "Qwen3-30B-A3B": (QWEN3_MOE, 30_532_122_624),
    "phi-2": (PHI2, 2_779_683_840),
    "Phi-3-mini-4k": (PHI3, 3_821_079_552),
    "gpt2": (GPT2, 124_439_808),
    "mamba-130m": (MAMBA, 129_135_360),
    "bert-base-uncased": (BERT, 109_514_298),
    "gemma-3-4b": (GEMMA3, 4_300_079_472),
    "Llama-3-8B": (LLAMA3, 8_030_261_248),
    "Qwen3-8B": (QWEN3, 8_190_735_360),
    "Mistral-7B": (MISTRAL, 7_241_732_096),
    "falcon-7b": (FALCON, 6_921_720_704),
    "stablelm-2-1_6b": (STABLELM, 1_644_515_328),
}
