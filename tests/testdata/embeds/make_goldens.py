"""Makes embeds.safetensors, a file of precomputed rows as a client would send it, and what is in it.

    python make_goldens.py
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

HERE = Path(__file__).parent

torch.manual_seed(0)
tensors = {
    "single": torch.randn(2, 3),
    "half": torch.randn(1, 2, 3).half(),
    "brain": torch.randn(4).bfloat16(),
    "grid": torch.tensor([[1, 4, 6]]),
    "small": torch.tensor([-5, 7], dtype=torch.int32),
    "empty": torch.zeros(0, 3),
}
save_file(tensors, HERE / "embeds.safetensors", metadata={"format": "pt"})
names = {torch.int64: "int64", torch.int32: "int32"}
goldens = {
    name: {"type": names.get(t.dtype, "float32"), "dims": list(t.shape), "values": t.flatten().tolist()}
    for name, t in tensors.items()
}
(HERE / "goldens.json").write_text(json.dumps(goldens) + "\n")
