"""Makes the checkpoint goldens: tensors written by the `safetensors` package, and what torch makes of them.

Run from this folder: python make_goldens.py
"""

import json
import struct
from pathlib import Path

import torch
from safetensors.torch import save_file

torch.manual_seed(7)
here = Path(__file__).parent


def special(dtype):
    """Values at the borders of bf16, f16 and f32, among plain ones."""
    borders = [0.0, -0.0, 1.0, -1.5, 65504.0, 65519.9, 65520.0, 1e-8, 5.96e-8, 2.98e-8, 6.1e-5, 3e38, float("inf"), float("-inf"), 0.1, 1 / 3]
    return torch.tensor(borders, dtype=torch.float32).to(dtype)


tensors = {
    "model.linear.weight": torch.randn(4, 3).to(torch.bfloat16),
    "model.linear.bias": torch.randn(4).to(torch.float16),
    "model.conv.weight": torch.randn(2, 3, 2, 2),
    "model.special.bf16": special(torch.bfloat16),
    "model.special.f16": special(torch.float16),
    "model.special.f32": special(torch.float32),
    "model.scalar": torch.tensor(2.5),
    "model.ids": torch.arange(5),
    "model.empty": torch.zeros(0, 3),
}

shards = {
    "model-00001-of-00002.safetensors": list(tensors)[:4],
    "model-00002-of-00002.safetensors": list(tensors)[4:],
}
(here / "sharded").mkdir(exist_ok=True)
weight_map = {}
for shard, names in shards.items():
    save_file({n: tensors[n] for n in names}, here / "sharded" / shard, metadata={"format": "pt"})
    weight_map.update({n: shard for n in names})
(here / "sharded" / "model.safetensors.index.json").write_text(
    json.dumps({"metadata": {"total_size": 0}, "weight_map": weight_map}, indent=1) + "\n"
)


def hexed(tensor, dtype):
    code = {torch.float32: "I", torch.float16: "H"}[dtype]
    bits = tensor.to(dtype).contiguous().view(torch.int32 if code == "I" else torch.int16).flatten().tolist()
    mask = 0xFFFFFFFF if code == "I" else 0xFFFF
    return b"".join(struct.pack("<" + code, b & mask) for b in bits).hex()


golden = {}
for name, t in tensors.items():
    if not t.is_floating_point():
        continue
    golden[name] = {
        "shape": list(t.shape),
        "dtype": {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}[t.dtype],
        "float32": hexed(t, torch.float32),
        "float16": hexed(t, torch.float16),
    }
# One matrix turned, and two tensors joined along the first axis.
t = tensors["model.linear.weight"]
golden["transposed"] = {"float32": hexed(t.T, torch.float32), "float16": hexed(t.T, torch.float16)}
(here / "goldens.json").write_text(json.dumps(golden, indent=1) + "\n")
