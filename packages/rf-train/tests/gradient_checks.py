"""A model with an adapter, its gradients, and when two of them are the same."""

import pytest
import torch
from rf_train.model.answer_loss_model import AnswerLossModel
from rf_train.model.lora import attach_adapter
from rf_train.recipe.file import resolve


def with_adapter(model, **keys):
    """The model with an adapter whose B is not zero, so that both factors get gradients."""
    recipe, _ = resolve({"model_name_or_path": "m", "lora_rank": 4, "lora_target": "all"} | keys)
    adapted = AnswerLossModel(attach_adapter(model.requires_grad_(False), recipe)).train()
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0.0, 0.05, generator=generator)
    return adapted


def gradients(model):
    return {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}


def assert_same(ours, reference):
    """Losses and gradients, the latter name by name."""
    assert ours[0] == pytest.approx(reference[0], rel=2e-6)
    assert ours[1].keys() == reference[1].keys()
    assert ours[1]
    for name, expected in reference[1].items():
        error = (ours[1][name] - expected).norm() / expected.norm()
        assert error < 2e-5, (name, float(error))
