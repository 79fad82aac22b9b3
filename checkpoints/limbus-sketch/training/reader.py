"""The projector's first layer: the tower's training heads, kept.

The heads of stage 1 read kind, colour, cell, rank, character and so on off every patch. Set in front of the projector's GELU, with
an offset that lets only likely labels through, they hand the decoder nearly symbolic vectors: a sum of one code for each
label. Behind it the decoder learns to look things up many times faster than behind a random layer. The layer is
computed, not trained, so a tower that was trained further fits a decoder that was not.
"""

from __future__ import annotations

import torch

from labels import HEADS
from network import TEXT_WIDTH
from train_tower import LabelledTower

GAIN = 0.35
SHARP, SOFT = -0.8, 0.4
"""Every label once, so that only a sure one opens; those of ``DOUBTED`` once more, so that doubts show."""
DOUBTED = ("kind", "state", "count")


@torch.no_grad()
def reader(labelled: LabelledTower, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Weight and bias of the layer; ``features`` [n, WIDTH] are raw tower outputs for its scale."""
    norm, read = labelled.tower.post_layernorm, labelled.read
    blocks, offsets, doubted = [], [], []
    for name, weight, bias in zip(HEADS, read.weight.split(list(HEADS.values())), read.bias.split(list(HEADS.values()))):
        blocks.append(weight - weight.mean(0))  # a softmax does not see what its classes share
        offsets.append(bias - bias.mean())
        doubted += [name in DOUBTED] * len(bias)
    weight, bias = torch.cat(blocks), torch.cat(offsets)
    bias = bias + weight @ norm.bias
    weight = weight * norm.weight
    weight = (weight - weight.mean(1, keepdim=True)) / features.std(1).mean()  # the layer norm, its scale taken as constant
    again = torch.tensor(doubted)
    generator = torch.Generator().manual_seed(1)
    rest = torch.randn(TEXT_WIDTH - len(bias) - int(again.sum()), weight.shape[1], generator=generator)
    rest *= 0.3 / (features @ rest.T).std(0)[:, None]
    weights = torch.cat((weight * GAIN, weight[again] * GAIN, rest))
    biases = torch.cat((bias * GAIN + SHARP, bias[again] * GAIN + SOFT, -(rest @ features.mean(0))))
    return weights, biases
