"""What the tower learns to write into each of its patches: the facts that answers are made of.

Every patch that belongs to a thing carries its kind, colour, style, cell, rank in the listing, ranks from the left, from the
top and by size, and how many things share its kind or colour. A patch of a text carries its character, the character's
place and the text's length as well. Every patch carries the state of the page, the number of things and the background.
"""

from __future__ import annotations

import numpy as np

from fonts import CHARACTERS
from kinds import BACKGROUNDS, COLOURS, KINDS, LISTED
from network import GRID
from rendering import OWNER_SIDE, Drawn
from scenes import Scene
from text_scenes import LONGEST

IGNORE = -100
STATES = ("things", "unclear", "long", "small")
STYLES = ("filled", "outlined", "scribbled", "printed", "hand")
TEXT, NOTHING = len(KINDS), len(KINDS) + 1
HEADS = {
    "kind": len(KINDS) + 2,
    "colour": len(COLOURS) + 1,
    "style": len(STYLES),
    "cell": 9,
    "rank": LISTED,
    "across": LISTED,
    "down": LISTED,
    "size": LISTED,
    "same_kind": LISTED,
    "same_colour": LISTED,
    "same_both": LISTED,
    "character": len(CHARACTERS),
    "place": LONGEST,
    "length": LONGEST,
    "state": len(STATES),
    "count": LISTED + 2,
    "background": len(BACKGROUNDS) + 1,
}
"""Classes of each head."""
NAMES = tuple(HEADS)
COLUMN = {name: i for i, name in enumerate(NAMES)}


def cover(field: np.ndarray, most: int) -> np.ndarray:
    """How many points of each patch hold each of the values 1..most: [patches, most]."""
    step = OWNER_SIDE // GRID
    cells = field.reshape(GRID, step, GRID, step).transpose(0, 2, 1, 3).reshape(GRID * GRID, step * step)
    return np.stack([(cells == k).sum(1) for k in range(1, most + 1)], 1)


def most_covering(field: np.ndarray, most: int) -> np.ndarray:
    """For each patch the value 1..most that covers most of it, 0 where none covers a ninth."""
    counts = cover(field, most)
    return np.where(counts.max(1) >= max(2, (OWNER_SIDE // GRID) ** 2 // 9), counts.argmax(1) + 1, 0)


def letters_of(field: np.ndarray, length: int, mine: np.ndarray) -> np.ndarray:
    """The same for the letters of one text in its own patches; a narrow letter that covers most of no patch gets the one it
    covers best, so that none is lost, unless that patch's letter would be."""
    counts = cover(field, length)
    owners = np.where(mine, most_covering(field, length), 0)
    for place in range(1, length + 1):
        if (owners == place).any():
            continue
        for patch in np.argsort(-counts[:, place - 1]):
            if counts[patch, place - 1] == 0:
                break
            if owners[patch] == 0 or (owners == owners[patch]).sum() > 1:
                owners[patch] = place
                break
    return owners


def order(values: list[float]) -> list[int]:
    """The rank of each value, the smallest first."""
    ranks = [0] * len(values)
    for rank, index in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        ranks[index] = rank
    return ranks


def patch_labels(scene: Scene | None, drawn: Drawn | None) -> np.ndarray:
    """Labels [patches, heads]; ``None`` stands for a picture that shows nothing known."""
    labels = np.full((GRID * GRID, len(NAMES)), IGNORE, np.int64)
    labels[:, COLUMN["kind"]] = NOTHING
    labels[:, COLUMN["colour"]] = len(COLOURS)
    if scene is None or drawn is None:
        labels[:, COLUMN["state"]] = STATES.index("unclear")
        labels[:, COLUMN["background"]] = len(BACKGROUNDS)
        return labels
    labels[:, COLUMN["background"]] = BACKGROUNDS.index(scene.background)
    if scene.state in STATES:
        labels[:, COLUMN["state"]] = STATES.index(scene.state)
    things = scene.things
    if not things:
        labels[:, COLUMN["count"]] = 0
        return labels
    owners = most_covering(drawn.owner, len(things))
    if scene.state != "things":
        return text_labels(labels, scene, owners, drawn)
    counted = [t for t in things if t.kind != "text"]
    labels[:, COLUMN["count"]] = min(len(counted), LISTED + 1)
    across, down = order([t.x for t in things]), order([t.y for t in things])
    size = order([-t.size if t.kind != "text" else 1.0 for t in things])
    for index, thing in enumerate(things):
        mine = owners == index + 1
        facts = {
            "kind": TEXT if thing.kind == "text" else KINDS.index(thing.kind), "colour": COLOURS.index(thing.colour),
            "style": STYLES.index(thing.style), "cell": thing.cell,
            "rank": index, "across": across[index], "down": down[index], "size": size[index],
            "same_kind": sum(t.kind == thing.kind for t in things) - 1,
            "same_colour": sum(t.colour == thing.colour for t in counted) - 1 if thing.kind != "text" else IGNORE,
            "same_both": sum(t.kind == thing.kind and t.colour == thing.colour for t in things) - 1,
        }
        for name, value in facts.items():
            labels[mine, COLUMN[name]] = value if value < HEADS[name] else IGNORE
    return text_labels(labels, scene, owners, drawn)


def text_labels(labels: np.ndarray, scene: Scene, owners: np.ndarray, drawn: Drawn) -> np.ndarray:
    """Adds what the texts of a picture say."""
    for index, thing in enumerate(scene.things):
        if thing.kind != "text":
            continue
        mine = owners == index + 1
        labels[mine, COLUMN["kind"]] = TEXT
        labels[mine, COLUMN["colour"]] = COLOURS.index(thing.colour)
        labels[mine, COLUMN["style"]] = STYLES.index(thing.style)
        if scene.state in ("long", "small"):
            continue
        labels[mine, COLUMN["length"]] = len(thing.text) - 1
        places = letters_of(np.where(drawn.owner == index + 1, drawn.letter, 0), len(thing.text), mine)
        for at, character in enumerate(thing.text):
            letter = places == at + 1
            labels[letter, COLUMN["kind"]] = TEXT
            labels[letter, COLUMN["character"]] = CHARACTERS.index(character)
            labels[letter, COLUMN["place"]] = at
    return labels
