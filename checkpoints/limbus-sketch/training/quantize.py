"""Writes a copy of the folder whose matrices hold only the values that an int8 or int4 weight can have.

    python quantize.py --model .. --bits 4 --out DIR && deno task card --model DIR --set ...

Weights alone, symmetric: int8 with one scale for each row, int4 with one for every 32 numbers of a row, as the usual
formats for small devices have them. Norms, biases and positions stay as they are. The copy loads wherever the folder does, so its
accuracy is measured in the same way.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

GROUP = 32


def rounded(weight: torch.Tensor, bits: int) -> torch.Tensor:
    """The nearest values of a symmetric grid; ``weight`` is [rows, columns]."""
    most = 2 ** (bits - 1) - 1
    groups = weight.float().reshape(weight.shape[0], -1, weight.shape[1] if bits == 8 else GROUP)
    scale = groups.abs().amax(-1, keepdim=True).clamp_min(1e-12) / most
    return ((groups / scale).round().clamp(-most - 1, most) * scale).reshape(weight.shape)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--bits", type=int, choices=(8, 4), required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for file in (*args.model.glob("*.json"), *args.model.glob("*.jinja")):
        shutil.copy(file, args.out / file.name)
    weights = load_file(args.model / "model.safetensors")
    stored = 0.0
    for name, weight in weights.items():
        if weight.dim() == 2 and "position" not in name:
            weights[name] = rounded(weight, args.bits).to(weight.dtype)
            stored += weight.numel() * args.bits / 8 + weight.numel() / (weight.shape[1] if args.bits == 8 else GROUP) * 2
        else:
            stored += weight.numel() * 2
    save_file(weights, args.out / "model.safetensors", metadata={"format": "pt"})
    print(f"int{args.bits}: {stored / 1e6:.2f} MB if stored so")


if __name__ == "__main__":
    main()
