"""How far the adapter's gradients in FP8 are from those in bfloat16, beside NF4's distance.

    python benchmarks/fp8_gradients.py [--model random:Qwen3-8B@4] [--tokens 2048]

Weights are random, the adapters r 8 on q_proj and v_proj (and on all linear layers) have a B that
is not zero. The distance is ‖g − g_bf16‖ / ‖g_bf16‖ over all adapter weights. Prints a table and
JSON; with RESULT set, writes the JSON to $RESULT.0.json.
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any

import torch

WAYS = ("bf16", "nf4", "fp8", "fp8, e5m2 gradients", "nf4 then fp8")


def build(name: str, way: str, target: str) -> Any:
    """The model as the trainer makes it, with adapters that are not zero."""
    from rf_train.model.fp8 import use_fp8_weights
    from rf_train.model.loading import use_resident_weights
    from rf_train.recipe.file import resolve
    from rf_train.training.build import build_model

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    keys = {
        "model_name_or_path": name,
        "lora_rank": 8,
        "lora_target": target,
        "bf16": True,
        "quantization_bit": 4 if "nf4" in way else None,
    }
    recipe, _ = resolve({key: value for key, value in keys.items() if value is not None})
    model, _ = build_model(recipe, name, device)
    if "fp8" in way:
        use_fp8_weights(model.causal_lm.model)
    elif "nf4" in way:
        use_resident_weights(model, torch.bfloat16)
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter_name, parameter in model.named_parameters():
            if "lora_B" in parameter_name:
                drawn = torch.randn(parameter.shape, generator=generator)
                parameter.copy_(0.02 * drawn)
    return model.train()


def gradients(model: Any, tokens: int) -> tuple[float, dict[str, torch.Tensor]]:
    """Mean loss and the adapter's gradients of one random row."""
    device = next(model.parameters()).device
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(10, 20000, (1, tokens), generator=generator).to(device)
    at = torch.arange(0, tokens - 1, 4, device=device)
    loss = model(
        input_ids=ids,
        position_ids=torch.arange(tokens, device=device)[None],
        answer_at=at,
        answers=ids[0, at + 1],
    ) / len(at)
    loss.backward()
    return float(loss), {n: p.grad.cpu() for n, p in model.named_parameters() if p.grad is not None}


def distance(found: dict[str, torch.Tensor], reference: dict[str, torch.Tensor]) -> float:
    gap = sum((found[n].double() - g.double()).square().sum() for n, g in reference.items())
    return float(gap / sum(g.double().square().sum() for g in reference.values())) ** 0.5


def compare(name: str, tokens: int, target: str) -> dict[str, Any]:
    from rf_train.model import fp8

    rows: dict[str, Any] = {}
    reference: dict[str, torch.Tensor] = {}
    for way in WAYS:
        fp8.GRADIENT = torch.float8_e5m2 if "e5m2" in way else torch.float8_e4m3fn
        model = build(name, way, target)
        loss, found = gradients(model, tokens)
        reference = reference or found
        rows[way] = {"loss": loss, "distance_from_bf16": distance(found, reference)}
        if way == "nf4":
            after_nf4 = found
        if way == "nf4 then fp8":
            rows[way]["distance_from_nf4"] = distance(found, after_nf4)
        del model
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="random:Qwen3-8B@4")
    parser.add_argument("--tokens", type=int, default=2048)
    options = parser.parse_args()
    report: dict[str, Any] = {"model": options.model, "tokens": options.tokens}
    for target in ("q_proj,v_proj", "all"):
        report[target] = compare(options.model, options.tokens, target)
        print(f"| adapters on {target} | loss | from bf16 | from NF4 |\n|---|---:|---:|---:|")
        for way, row in report[target].items():
            beside = f"{row['distance_from_nf4']:.4f}" if "distance_from_nf4" in row else ""
            print(f"| {way} | {row['loss']:.4f} | {row['distance_from_bf16']:.4f} | {beside} |")
    if "RESULT" in os.environ:
        text = json.dumps(report, indent=1)
        Path(f"{os.environ['RESULT']}.0.json").write_text(text, encoding="utf-8")
    else:
        print(json.dumps(report))


if __name__ == "__main__":
    main()
