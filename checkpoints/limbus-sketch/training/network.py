"""The model in plain torch: SigLIP tower, projector and Llama decoder, named as the transformers checkpoint names them.

Attention is spelled out as two matrix products and a softmax: at so few tokens that beats the fused CPU kernel.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn

from attention import causal_attention

WIDTH = 192
TOWER_LAYERS = 5
TOWER_HEADS = 4
TOWER_HIDDEN = 768
TEXT_WIDTH = 256
DECODER_LAYERS = 4
DECODER_HEADS = 8
KV_HEADS = 2
HEAD_DIM = 32
DECODER_HIDDEN = 640
PATCH = 8
SIDE = 96
GRID = SIDE // PATCH
IMAGE_TOKENS = GRID**2
VOCABULARY = 1280
ROPE_THETA = 10000.0


class TowerAttention(nn.Module):
    """Full self-attention over the patches."""

    def __init__(self) -> None:
        super().__init__()
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            setattr(self, name, nn.Linear(WIDTH, WIDTH))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, _ = x.shape

        def heads(y: torch.Tensor) -> torch.Tensor:
            return y.view(batch, length, TOWER_HEADS, -1).transpose(1, 2)

        q, k, v = heads(self.q_proj(x)), heads(self.k_proj(x)), heads(self.v_proj(x))
        scores = (q * (q.shape[-1] ** -0.5)) @ k.transpose(2, 3)
        mixed = scores.softmax(-1) @ v
        return self.out_proj(mixed.transpose(1, 2).reshape(batch, length, WIDTH))


class TowerMlp(nn.Module):
    """Two linear layers. Training may use the exact GELU, which is three times faster here; the checkpoint says tanh."""

    exact = False

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(WIDTH, TOWER_HIDDEN)
        self.fc2 = nn.Linear(TOWER_HIDDEN, WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc2(F.gelu(self.fc1(x), approximate="none" if TowerMlp.exact else "tanh"))


class TowerLayer(nn.Module):
    """One pre-norm block."""

    def __init__(self) -> None:
        super().__init__()
        self.layer_norm1 = nn.LayerNorm(WIDTH, eps=1e-6)
        self.self_attn = TowerAttention()
        self.layer_norm2 = nn.LayerNorm(WIDTH, eps=1e-6)
        self.mlp = TowerMlp()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.self_attn(self.layer_norm1(x))
        return x + self.mlp(self.layer_norm2(x))


class Embeddings(nn.Module):
    """Patches to vectors plus learned positions."""

    def __init__(self) -> None:
        super().__init__()
        self.patch_embedding = nn.Conv2d(3, WIDTH, PATCH, PATCH)
        self.position_embedding = nn.Embedding(IMAGE_TOKENS, WIDTH)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        batch = pixels.shape[0]
        patches = pixels.view(batch, 3, GRID, PATCH, GRID, PATCH).permute(0, 2, 4, 1, 3, 5).reshape(batch, IMAGE_TOKENS, -1)
        weight = self.patch_embedding.weight.view(WIDTH, -1)
        return F.linear(patches, weight, self.patch_embedding.bias) + self.position_embedding.weight


class Encoder(nn.Module):
    """The stack of blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(TowerLayer() for _ in range(TOWER_LAYERS))


class Tower(nn.Module):
    """The vision tower up to (not with) post_layernorm, as LLaVA reads it at vision_feature_layer -1."""

    def __init__(self) -> None:
        super().__init__()
        self.embeddings = Embeddings()
        self.encoder = Encoder()
        self.post_layernorm = nn.LayerNorm(WIDTH, eps=1e-6)
        for name, weight in self.named_parameters():
            if weight.dim() >= 2:
                nn.init.normal_(weight, std=0.02 if "embedding" in name else weight[0].numel() ** -0.5 * 0.7)
            elif name.endswith("bias"):
                nn.init.zeros_(weight)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        x = self.embeddings(pixels)
        for layer in self.encoder.layers:
            x = layer(x)
        return x


class Projector(nn.Module):
    """The two-layer connector."""

    def __init__(self) -> None:
        super().__init__()
        self.linear_1 = nn.Linear(WIDTH, TEXT_WIDTH)
        self.linear_2 = nn.Linear(TEXT_WIDTH, TEXT_WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear_2(F.gelu(self.linear_1(x)))


class RmsNorm(nn.Module):
    """Root mean square norm, the mean taken in f32."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(TEXT_WIDTH))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        level = x.float()
        return (level * torch.rsqrt(level.square().mean(-1, keepdim=True) + 1e-5)).to(x.dtype) * self.weight


def rotary(positions: torch.Tensor, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    """Cosine and sine tables [batch, length, 1, head_dim / 2]; both halves of a head turn by the same angles."""
    rates = ROPE_THETA ** (-torch.arange(0, HEAD_DIM, 2, dtype=torch.float32, device=positions.device) / HEAD_DIM)
    angles = positions[:, :, None, None].float() * rates
    return angles.cos().to(dtype), angles.sin().to(dtype)


def turn(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Applies the rotary embedding to [batch, length, heads, head_dim]."""
    low, high = x.chunk(2, -1)
    return torch.cat((torch.addcmul(low * cos, high, sin, value=-1), torch.addcmul(high * cos, low, sin)), -1)


class DecoderAttention(nn.Module):
    """Grouped-query attention with an additive mask."""

    def __init__(self) -> None:
        super().__init__()
        self.q_proj = nn.Linear(TEXT_WIDTH, DECODER_HEADS * HEAD_DIM, bias=False)
        self.k_proj = nn.Linear(TEXT_WIDTH, KV_HEADS * HEAD_DIM, bias=False)
        self.v_proj = nn.Linear(TEXT_WIDTH, KV_HEADS * HEAD_DIM, bias=False)
        self.o_proj = nn.Linear(DECODER_HEADS * HEAD_DIM, TEXT_WIDTH, bias=False)

    def forward(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        batch, length, _ = x.shape
        q = turn(self.q_proj(x).view(batch, length, DECODER_HEADS, HEAD_DIM), cos, sin).transpose(1, 2)
        k = turn(self.k_proj(x).view(batch, length, KV_HEADS, HEAD_DIM) * HEAD_DIM**-0.5, cos, sin).transpose(1, 2)
        v = self.v_proj(x).view(batch, length, KV_HEADS, HEAD_DIM).transpose(1, 2)
        if x.is_cuda:
            mixed = F.scaled_dot_product_attention(q, k, v, mask[:, None], scale=1.0, enable_gqa=True)
        else:
            mixed = causal_attention(q.unflatten(1, (KV_HEADS, -1)), k, v, mask).flatten(1, 2)
        mixed = mixed.transpose(1, 2)
        return self.o_proj(mixed.reshape(batch, length, -1))


class DecoderMlp(nn.Module):
    """The gated feed-forward part."""

    def __init__(self) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(TEXT_WIDTH, DECODER_HIDDEN, bias=False)
        self.up_proj = nn.Linear(TEXT_WIDTH, DECODER_HIDDEN, bias=False)
        self.down_proj = nn.Linear(DECODER_HIDDEN, TEXT_WIDTH, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class DecoderLayer(nn.Module):
    """One decoder block."""

    def __init__(self) -> None:
        super().__init__()
        self.input_layernorm = RmsNorm()
        self.self_attn = DecoderAttention()
        self.post_attention_layernorm = RmsNorm()
        self.mlp = DecoderMlp()

    def forward(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, mask)
        return x + self.mlp(self.post_attention_layernorm(x))


class Decoder(nn.Module):
    """The language model without its head: the head is the embedding table."""

    def __init__(self) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(VOCABULARY, TEXT_WIDTH)
        self.layers = nn.ModuleList(DecoderLayer() for _ in range(DECODER_LAYERS))
        self.norm = RmsNorm()

    def forward(self, x: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        cos, sin = rotary(positions, x.dtype)
        for layer in self.layers:
            x = layer(x, cos, sin, mask)
        return self.norm(x)


class Speaker(nn.Module):
    """Projector and decoder: what the second stage trains, but for the projector's first layer (see reader.py)."""

    def __init__(self) -> None:
        super().__init__()
        self.multi_modal_projector = Projector()
        self.language_model = Decoder()
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                scale = 0.05 if "embed" in name else weight.shape[1] ** -0.5 * 0.7
                if name.endswith(("o_proj.weight", "down_proj.weight")):
                    scale /= math.sqrt(2 * DECODER_LAYERS)
                nn.init.normal_(weight, std=scale)
            elif name.endswith("bias"):
                nn.init.zeros_(weight)
        self.multi_modal_projector.linear_1.requires_grad_(False)

    def forward(self, ids: torch.Tensor, image_at: torch.Tensor, features: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """``image_at`` marks the places of picture vectors, filled row by row from ``features`` [pictures * patches, WIDTH]."""
        x = self.language_model.embed_tokens(ids)
        x = x.masked_scatter(image_at[..., None], self.multi_modal_projector(features).to(x.dtype))
        return self.language_model(x, positions, mask)

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """Scores over the vocabulary."""
        return F.linear(hidden, self.language_model.embed_tokens.weight)


def to_input(pixels: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """uint8 pixels to the tower's input, as the image processor scales them: mean and deviation one half."""
    return ((pixels.float() - 127.5) / 127.5).to(dtype)
