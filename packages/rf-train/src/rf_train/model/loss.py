"""Cross entropy of the answer tokens, summed, in float32.

Only hidden states that predict an answer token go through the output head: with a vocabulary of
150,000 the logits dominate the memory of a naive loss. They are computed in chunks, together with
the gradients of hidden states and head, so that no logits are kept.
"""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch.nn import functional

CHUNK_ELEMENTS = 2**27  # logits computed at once: half a gigabyte in float32


def answer_loss(
    hidden: torch.Tensor,
    head: torch.Tensor,
    answers: torch.Tensor,
    chunk_elements: int = CHUNK_ELEMENTS,
    *,
    compiled: bool = False,
) -> torch.Tensor:
    """Sum over K of the cross entropy of `answers` [K] given `hidden` [K, d] and `head` [V, d].

    Products use the precision of `hidden`, everything after them float32. `compiled` fuses what
    happens between the products into as few passes over the logits as possible.
    """
    if len(answers) == 0:  # every trained weight needs a gradient: other devices wait for it
        zero = hidden.sum() * 0.0
        return zero + head.sum() * 0.0 if head.requires_grad else zero
    size = max(1, chunk_elements // len(head))
    chunks = _HeadChunks(size, _compiled_loss_and_gradient if compiled else _loss_and_gradient)
    loss: torch.Tensor = _HeadLoss.apply(hidden, head, answers, chunks)
    return loss


def full_loss(
    hidden: torch.Tensor, head: torch.Tensor, answer_at: torch.Tensor, answers: torch.Tensor
) -> torch.Tensor:
    """The same sum without these savings: logits of every token of `hidden` [N, d], then a mask."""
    labels = torch.full((len(hidden),), -100, device=hidden.device, dtype=torch.long)
    labels[answer_at] = answers
    logits = functional.linear(hidden, head.to(hidden.dtype)).float()
    return functional.cross_entropy(logits, labels, ignore_index=-100, reduction="sum")


def _loss_and_gradient(
    logits: torch.Tensor, answers: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Summed cross entropy of logits [K, V] and its gradient: softmax minus 1 at the answers."""
    exact = logits.float()
    normaliser = exact.logsumexp(dim=1, keepdim=True)
    picked = exact.gather(1, answers[:, None])
    error = exact.sub_(normaliser).exp_()  # in the logits' memory
    error.scatter_add_(1, answers[:, None], -torch.ones_like(picked))
    return (normaliser - picked).sum(), error.to(logits.dtype)


def _compiled_loss_and_gradient(
    logits: torch.Tensor, answers: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The same, compiled; written so that everything after the normaliser is one kernel."""
    for tensor in (logits, answers):  # the size of the vocabulary is fixed
        torch._dynamo.maybe_mark_dynamic(tensor, 0)
    return _compiled_kernel()(logits, answers)


@functools.cache
def _compiled_kernel() -> Callable[..., tuple[torch.Tensor, torch.Tensor]]:
    def errors(logits: torch.Tensor, answers: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        exact = logits.float()
        normaliser = exact.logsumexp(dim=1, keepdim=True)
        loss = (normaliser - exact.gather(1, answers[:, None])).sum()
        places = torch.arange(logits.shape[1], device=logits.device)
        error = (exact - normaliser).exp() - (places == answers[:, None]).float()
        return loss, error.to(logits.dtype)

    return torch.compile(errors)


class _HeadChunks(NamedTuple):
    """How many answers are computed at once, and the function for their loss and its gradient."""

    size: int
    loss_and_gradient: Callable[..., tuple[torch.Tensor, torch.Tensor]]


class _HeadLoss(torch.autograd.Function):
    """Loss and its gradients, chunk by chunk; the backward pass only scales them."""

    @staticmethod
    def forward(
        ctx: Any,
        hidden: torch.Tensor,
        head: torch.Tensor,
        answers: torch.Tensor,
        chunks: _HeadChunks,
    ) -> torch.Tensor:
        wants_hidden, wants_head = ctx.needs_input_grad[:2]
        weight = head.to(hidden.dtype)
        total = torch.zeros((), device=hidden.device, dtype=torch.float32)
        by_hidden = torch.empty_like(hidden) if wants_hidden else None
        by_head = torch.zeros_like(head, dtype=torch.float32) if wants_head else None
        for start in range(0, len(answers), chunks.size):
            part = slice(start, start + chunks.size)
            logits = functional.linear(hidden[part], weight)
            if by_hidden is None and by_head is None:  # validation
                total += functional.cross_entropy(logits.float(), answers[part], reduction="sum")
                continue
            loss, error = chunks.loss_and_gradient(logits, answers[part])
            total += loss
            if by_hidden is not None:
                by_hidden[part] = error @ weight
            if by_head is not None:
                by_head += (error.T @ hidden[part]).float()
        ctx.save_for_backward(by_hidden, by_head)
        ctx.head_dtype = head.dtype
        return total

    @staticmethod
    def backward(ctx: Any, *grad_outputs: torch.Tensor) -> tuple[Any, Any, None, None]:
        by_hidden, by_head = ctx.saved_tensors
        (scale,) = grad_outputs
        return (
            None if by_hidden is None else by_hidden * scale.to(by_hidden.dtype),
            None if by_head is None else (by_head * scale).to(ctx.head_dtype),
            None,
            None,
        )
