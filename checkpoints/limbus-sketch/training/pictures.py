"""The mixture of pictures that both stages are trained on."""

from __future__ import annotations

import random

import numpy as np
import torch

from fonts import Faces
from labels import patch_labels
from network import SIDE
from rendering import Drawn, render, squash
from scenes import Scene, make_scene
from text_scenes import letters_scene, mixed_scene, reading_scene, unread_scene
from unclear import render_unclear

FULL_SHARES = {"dense": 40, "things": 6, "letters": 36, "reading": 6, "mixed": 4, "unread": 4, "unclear": 4}
"""Sorts of pictures while the tower learns what things and letters look like: few patches are empty."""
TOWER_SHARES = {"dense": 24, "things": 18, "letters": 24, "reading": 18, "mixed": 6, "unread": 5, "unclear": 5}
"""And later, and in every measurement."""
SCENES = {
    "dense": lambda rng: make_scene(rng, dense=True), "things": make_scene, "few": lambda rng: make_scene(rng, few=True),
    "letters": letters_scene, "reading": reading_scene, "mixed": mixed_scene, "unread": unread_scene,
}


def draw_picture(sort: str, faces: Faces, rng: random.Random) -> tuple[torch.Tensor, Scene | None, Drawn | None]:
    """One picture of a sort as the model sees it, uint8 [3, SIDE, SIDE], with what is on it."""
    if sort == "unclear":
        return squash(render_unclear(rng), SIDE), None, None
    scene = SCENES[sort](rng)
    drawn = render(scene, faces, rng)
    return squash(drawn.page, SIDE), scene, drawn


def labelled_batch(size: int, faces: Faces, rng: random.Random, shares: dict[str, int] = TOWER_SHARES) -> tuple[torch.Tensor, torch.Tensor]:
    """Fresh pictures [size, 3, SIDE, SIDE] and the labels of their patches [size * patches, heads], in one byte each."""
    pixels, labels = [], []
    for sort in rng.choices(list(shares), shares.values(), k=size):
        picture, scene, drawn = draw_picture(sort, faces, rng)
        pixels.append(picture)
        labels.append(patch_labels(scene, drawn))
    return torch.stack(pixels), torch.from_numpy(np.stack(labels).astype(np.int8)).flatten(0, 1)
