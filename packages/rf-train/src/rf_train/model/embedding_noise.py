"""Noise on the embeddings of training samples (NEFTune), against learning requests by heart."""

import torch


def with_noise(embedded: torch.Tensor, lengths: torch.Tensor | int, alpha: float) -> torch.Tensor:
    """Embeddings [B, L, d] plus uniform noise of at most alpha / sqrt(n·d) in each component.

    `lengths` is n, the tokens of a sample: one number, or one of each token of a packed row [L].
    Its expected norm is alpha / sqrt(3) for a whole sample, however long, so it does not depend
    on how samples are laid out. Jain et al. 2023, arXiv 2310.05914, algorithm 1.
    """
    limit = alpha / torch.as_tensor(lengths * embedded.shape[-1], device=embedded.device).sqrt()
    noise = torch.rand_like(embedded, dtype=torch.float32) * 2 - 1
    return embedded + (noise * limit[..., None]).to(embedded.dtype)


def sample_lengths(pieces: torch.Tensor, samples: torch.Tensor, tokens: int) -> torch.Tensor:
    """The length of the sample that every token of a packed row belongs to [tokens].

    `pieces` [S+1] are the cumulative lengths of the pieces in the row, `samples` [S+1] those with
    the prefixes that stand in the row once for several samples.
    """
    return samples.diff().repeat_interleave(pieces.diff(), output_size=tokens)
