"""What the tower learns to write into each of its 64 patches: the facts that answers are made of.

Every patch that belongs to an object carries its shape, colour, style, cell, rank in the listing, and how many objects
share its shape or its colour. Every patch, object or not, carries the number of objects and the background.
"""

from __future__ import annotations

import numpy as np

from scenes import BACKGROUNDS, COLOURS, LISTED, SHAPES, Scene

IGNORE = -100
HEADS = {
    "shape": len(SHAPES) + 1,
    "colour": len(COLOURS) + 1,
    "style": 2,
    "cell": 9,
    "rank": 6,
    "same_shape": 6,
    "same_colour": 6,
    "same_both": 6,
    "count": LISTED + 3,
    "background": len(BACKGROUNDS) + 1,
}
NAMES = tuple(HEADS)
UNREADABLE_COUNT = LISTED + 2


def patch_owners(owner: np.ndarray) -> np.ndarray:
    """For each patch the thing (1-based) that covers most of it, 0 where none covers an eighth."""
    fields = owner.reshape(8, 4, 8, 4).transpose(0, 2, 1, 3).reshape(64, 16)
    counts = np.stack([(fields == k).sum(1) for k in range(1, 7)], 1)
    best = counts.argmax(1)
    return np.where(counts.max(1) >= 2, best + 1, 0)


def patch_labels(scene: Scene | None, owner: np.ndarray | None) -> np.ndarray:
    """Labels [64, heads]; ``None`` stands for an unreadable picture."""
    labels = np.full((64, len(NAMES)), IGNORE, np.int64)
    column = {name: i for i, name in enumerate(NAMES)}
    labels[:, column["shape"]] = len(SHAPES)
    labels[:, column["colour"]] = len(COLOURS)
    if scene is None:
        labels[:, column["count"]] = UNREADABLE_COUNT
        labels[:, column["background"]] = len(BACKGROUNDS)
        return labels
    things = scene.things
    labels[:, column["count"]] = min(len(things), LISTED + 1)
    labels[:, column["background"]] = BACKGROUNDS.index(scene.background)
    owners = patch_owners(owner)
    for rank, thing in enumerate(things):
        mine = owners == rank + 1
        labels[mine, : len(NAMES) - 2] = (
            SHAPES.index(thing.shape),
            COLOURS.index(thing.colour),
            int(thing.outlined),
            thing.cell,
            rank,
            sum(t.shape == thing.shape for t in things) - 1,
            sum(t.colour == thing.colour for t in things) - 1,
            sum(t.shape == thing.shape and t.colour == thing.colour for t in things) - 1,
        )
    return labels
