"""How much faster the hf backend answers than a loop over single prompts, for the same model.

Both generate greedily with the same weights, data type and prompts. The models are randomly
initialised in the architecture of SmolLM2-135M and Qwen3-8B (speed does not depend on the values;
no answer ends early, so every one has exactly --tokens tokens). On a GPU:

    python benchmarks/rf_eval_generation.py --tokenizer DIR --data data/filter_sft_zhmix/test.jsonl
"""

import argparse
import json
import os
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
import transformers
from rf_eval.backends.hf import HfBackend
from rf_eval.backends.hf_model import LoadedModel
from rf_eval.samples import read_dataset, turns

SHAPES = {
    "SmolLM2-135M": ("LlamaConfig", {
        "vocab_size": 49152, "hidden_size": 576, "intermediate_size": 1536,
        "num_hidden_layers": 30, "num_attention_heads": 9, "num_key_value_heads": 3,
        "tie_word_embeddings": True, "max_position_embeddings": 8192,
    }),
    "Qwen3-8B": ("Qwen3Config", {
        "vocab_size": 151936, "hidden_size": 4096, "intermediate_size": 12288,
        "num_hidden_layers": 36, "num_attention_heads": 32, "num_key_value_heads": 8,
        "head_dim": 128, "tie_word_embeddings": False, "max_position_embeddings": 40960,
    }),
    "tiny": ("LlamaConfig", {
        "vocab_size": 49152, "hidden_size": 64, "intermediate_size": 128,
        "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1,
    }),
}  # fmt: skip


def build(name, device):
    kind, sizes = SHAPES[name]
    torch.manual_seed(0)
    with torch.device(device):
        config = getattr(transformers, kind)(**sizes)
        dtype = torch.bfloat16 if device == "cuda" else torch.float32
        model = transformers.AutoModelForCausalLM.from_config(config, dtype=dtype)
    model.eval()
    model.generation_config = transformers.GenerationConfig(do_sample=False, use_cache=True)
    return model


def one_at_a_time(model, tokenizer, samples, tokens):
    """The published loop: render, tokenise, generate, decode, one prompt after the other."""
    for sample in samples:
        text = tokenizer.apply_chat_template(
            list(sample.messages), tokenize=False, add_generation_prompt=True
        )
        inputs = tokenizer([text], return_tensors="pt").to(model.device)
        with torch.no_grad():
            output = model.generate(
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                max_new_tokens=tokens,
                min_new_tokens=tokens,
                do_sample=False,
                eos_token_id=tokenizer.eos_token_id,
                pad_token_id=tokenizer.eos_token_id,
            )
        tokenizer.decode(output[0][inputs["input_ids"].shape[1] :], skip_special_tokens=True)


def batched(model, tokenizer, samples, tokens, size, folder):
    backend = HfBackend(model=folder, batch_size=size, max_new_tokens=tokens)
    backend._loaded = LoadedModel(model, tokenizer, (tokenizer.eos_token_id,))
    found = [prediction for batch in backend.generate(samples) for prediction in batch]
    return sum(prediction.completion_tokens for prediction in found)


def seconds(call, device):
    began = time.perf_counter()
    value = call()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - began, value


def measure(name, samples, tokenizer, options, device):
    model = build(name, device)
    few, many = samples[: options.loop], samples[: options.batched]
    one_at_a_time(model, tokenizer, few[:1], 8)
    loop, _ = seconds(lambda: one_at_a_time(model, tokenizer, few, options.tokens), device)
    warm = samples[: options.batch_size]
    batched(model, tokenizer, warm, 8, options.batch_size, options.tokenizer)
    batch, generated = seconds(
        lambda: batched(
            model, tokenizer, many, options.tokens, options.batch_size, options.tokenizer
        ),
        device,
    )
    rates = len(few) / loop, len(many) / batch
    return {
        "model": name,
        "device": torch.cuda.get_device_name() if device == "cuda" else "cpu",
        "dtype": str(model.dtype),
        "tokens_an_answer": options.tokens,
        "tokens_generated_batched": generated,
        "one_at_a_time": {"answers": len(few), "seconds": loop, "answers_per_s": rates[0]},
        "hf_backend": {
            "answers": len(many),
            "batch_size": options.batch_size,
            "seconds": batch,
            "answers_per_s": rates[1],
        },
        "times_faster": rates[1] / rates[0],
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=["SmolLM2-135M"])
    parser.add_argument("--tokenizer", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--loop", type=int, default=10)
    parser.add_argument("--batched", type=int, default=512)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--out")
    options = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    data = read_dataset(options.data)
    samples = [next(turns(record, data.metadata)) for record in data.records]
    samples *= -(-options.batched // len(samples))
    tokenizer = transformers.AutoTokenizer.from_pretrained(options.tokenizer)
    for name in options.models:
        result = measure(name, samples, tokenizer, options, device)
        print(json.dumps(result), flush=True)
        if options.out:
            with open(options.out, "a", encoding="utf-8") as file:
                file.write(json.dumps(result) + "\n")
        if device == "cuda":
            torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
