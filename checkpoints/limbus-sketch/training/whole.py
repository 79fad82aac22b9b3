"""All that answers in one module, and how it takes over the weights of a published folder."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import load_file
from torch import nn

from network import Speaker, Tower

PUBLISHED = {"vision_tower.": "tower.", "multi_modal_projector.": "speaker.multi_modal_projector.", "language_model.model.": "speaker.language_model."}
"""How the names of the published file begin, and those of the modules here."""


class Whole(nn.Module):
    """Tower, projector and decoder, trained as one but for the projector's first layer (see reader.py) and the tower's last norm, which nothing reads."""

    def __init__(self) -> None:
        super().__init__()
        self.tower, self.speaker = Tower(), Speaker()
        self.tower.post_layernorm.requires_grad_(False)


def begin_with_folder(whole: Whole, folder: Path) -> None:
    """Takes over the weights of a published folder."""
    weights = {}
    for name, weight in load_file(folder / "model.safetensors").items():
        for theirs, ours in PUBLISHED.items():
            if name.startswith(theirs):
                name = ours + name.removeprefix(theirs)
                break
        weights[name] = weight.float()
    whole.load_state_dict(weights)
