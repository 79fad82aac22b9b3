"""Causal attention of few key heads, row by row and in bands of queries, so that its scores stay in a core's memory.

The composed form writes and reads each score some ten times from main memory and spends most of a step there.
"""

from __future__ import annotations

import torch

BANDS = (144, 264, 384)
"""Where the bands of queries end: the picture's, then two of talks. A band sees no key behind its end."""


def bands(length: int) -> list[tuple[int, int]]:
    """Begin and end of each band of ``length`` queries."""
    ends = [*(end for end in BANDS if end < length), length]
    return list(zip([0, *ends[:-1]], ends))


class CausalAttention(torch.autograd.Function):
    """Queries [rows, key heads, group, length, head_dim], keys and values [rows, key heads, length, head_dim], mask [rows, length, length]."""

    @staticmethod
    def forward(ctx, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        out, kept = torch.empty_like(q), []
        for row in range(len(q)):
            for begin, end in bands(q.shape[3]):
                queries = q[row, :, :, begin:end]
                scores = queries.flatten(1, 2) @ k[row, :, :end].mT
                scores.view(*queries.shape[:3], end).add_(mask[row, begin:end, :end])
                shares = scores.softmax(-1)
                out[row, :, :, begin:end] = (shares @ v[row, :, :end]).view_as(queries)
                kept.append(shares)
        ctx.save_for_backward(q, k, v, *kept)
        return out

    @staticmethod
    def backward(ctx, gradient: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, None]:
        q, k, v, *kept = ctx.saved_tensors
        into_q, into_k, into_v = torch.empty_like(q), torch.zeros_like(k), torch.zeros_like(v)
        for row in range(len(q)):
            for begin, end in bands(q.shape[3]):
                shares = kept.pop(0)
                queries = q[row, :, :, begin:end]
                arriving = gradient[row, :, :, begin:end].flatten(1, 2)
                into_v[row, :, :end] += shares.mT @ arriving
                scores = torch._softmax_backward_data(arriving @ v[row, :, :end].mT, shares, -1, shares.dtype)
                into_q[row, :, :, begin:end] = (scores @ k[row, :, :end]).view_as(queries)
                into_k[row, :, :end] += scores.mT @ queries.flatten(1, 2)
        return into_q, into_k, into_v, None


causal_attention = torch.compiler.disable(CausalAttention.apply)
"""The attention as a function; a compiler is to leave its rows alone."""
