"""The model with the trainer's interface: token ids in, summed answer loss out."""

from typing import Any

import torch
from torch import nn

from rf_train.data.batches import SharedKeys
from rf_train.model.attention import packed_kernels
from rf_train.model.embedding_noise import sample_lengths, with_noise
from rf_train.model.loss import answer_loss, full_loss
from rf_train.model.structure import decoder_blocks


class AnswerLossModel(nn.Module):
    """A causal language model (with or without adapter) whose forward pass returns the loss.

    The loss is a sum in float32, so that it can be divided by the answer tokens of a whole step
    that is computed in several micro-batches.

    Parameters
    ----------
    model
        A transformers model, or a PEFT model around one.
    answer_logits_only
        Whether the output head is computed only where an answer token is predicted.
    autocast
        Precision of products where the weights are kept in float32.
    noise_alpha
        Size of the noise on the embeddings while training, see `with_noise`; 0: none.
    """

    def __init__(
        self,
        model: Any,
        *,
        answer_logits_only: bool = True,
        autocast: torch.dtype | None = None,
        noise_alpha: float = 0.0,
    ) -> None:
        super().__init__()
        self.model = model
        self.answer_logits_only = answer_logits_only
        self.autocast = autocast
        self.noise_alpha = noise_alpha
        self.compiled_loss = False

    @property
    def causal_lm(self) -> Any:
        """The transformers model, without the adapter's wrapper."""
        return self.model.get_base_model() if hasattr(self.model, "peft_config") else self.model

    @property
    def decoder(self) -> Any:
        """The part that turns token ids into the last hidden states."""
        return self.causal_lm.get_decoder()

    @property
    def blocks(self) -> nn.ModuleList:
        """The decoder's blocks, in order."""
        found = decoder_blocks(self.causal_lm)
        assert found is not None  # checked before loading, see `check_trainable`
        return found[1]

    @property
    def config(self) -> Any:
        """The transformers config."""
        return self.causal_lm.config

    def forward(
        self,
        *,
        input_ids: torch.Tensor,
        position_ids: torch.Tensor,
        answer_at: torch.Tensor,
        answers: torch.Tensor,
        boundaries: torch.Tensor | None = None,
        longest: int = 0,
        shared: SharedKeys | None = None,
    ) -> torch.Tensor:
        """Sum of the cross entropy (nats) over the answer tokens; shapes as in `MicroBatch`."""
        # Without autocast's cache: each cast weight is used once, and the cache would keep all.
        with torch.autocast(
            input_ids.device.type, self.autocast, self.autocast is not None, cache_enabled=False
        ):
            hidden = self.hidden_states(input_ids, position_ids, boundaries, longest, shared)
        if self.autocast is not None:
            hidden = hidden.to(self.autocast)
        hidden, head = with_bias(hidden, self.causal_lm.get_output_embeddings())
        if self.answer_logits_only:
            return answer_loss(hidden[answer_at], head, answers, compiled=self.compiled_loss)
        return full_loss(hidden, head, answer_at, answers)

    def hidden_states(
        self,
        input_ids: torch.Tensor,
        position_ids: torch.Tensor,
        boundaries: torch.Tensor | None,
        longest: int,
        shared: SharedKeys | None = None,
    ) -> torch.Tensor:
        """Last hidden states of all tokens, flattened to [B·L, d]."""
        for tensor in (boundaries, *(shared or ())):
            for dimension in range(0 if tensor is None else tensor.dim()):
                torch._dynamo.maybe_mark_dynamic(tensor, dimension)
        outputs = self.decoder(
            **self._decoder_inputs(input_ids, boundaries, shared),
            position_ids=position_ids,
            use_cache=False,
            boundaries=boundaries,
            longest=longest,
            shared=shared,
            # Decided here, since checking the device inside a layer would break its compiled graph.
            kernels=None if boundaries is None else packed_kernels(input_ids.device, self.config),
        )
        hidden: torch.Tensor = outputs.last_hidden_state
        return hidden.flatten(0, 1)

    def _decoder_inputs(
        self,
        input_ids: torch.Tensor,
        boundaries: torch.Tensor | None,
        shared: SharedKeys | None,
    ) -> dict[str, torch.Tensor]:
        """The token ids, or while training with noise their embeddings with it.

        Samples that share a prefix share its noise, drawn anew for every row.
        """
        if not (self.training and self.noise_alpha):
            return {"input_ids": input_ids}
        lengths: torch.Tensor | int = input_ids.shape[1]
        if boundaries is not None:
            keys = boundaries if shared is None else shared.boundaries
            lengths = sample_lengths(boundaries, keys, input_ids.shape[1])
        embedded = self.causal_lm.get_input_embeddings()(input_ids)
        noisy = with_noise(embedded, lengths, self.noise_alpha)
        torch._dynamo.maybe_mark_dynamic(noisy, 1)
        return {"inputs_embeds": noisy}


def with_bias(hidden: torch.Tensor, head: nn.Linear) -> tuple[torch.Tensor, torch.Tensor]:
    """Hidden states [N, d] and head [V, d]; a bias of the head (phi-2 has one) becomes a column.

    Eight columns are added, since products are fast for multiples of eight.
    """
    if head.bias is None:
        return hidden, head.weight
    column = torch.nn.functional.pad(head.bias[:, None], (0, 7))
    one = torch.nn.functional.pad(hidden.new_ones(len(hidden), 1), (0, 7))
    return torch.cat([hidden, one], 1), torch.cat([head.weight, column], 1)
