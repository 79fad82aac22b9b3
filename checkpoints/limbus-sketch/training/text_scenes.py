"""Pictures with something to read: one text, one text among things, a page of letters to learn from, and text that is
too long or too small to be read."""

from __future__ import annotations

import random

from scenes import Scene, Thing, empty_scene, fits, ink_for, off_grid_lines, style_for
from kinds import COLOURS, KINDS
from words import pick_text

LONGEST = 8
PITCH = 0.075
"""The narrowest character that is read, as a share of the picture's width; below ``BLURRED`` it is said to be too small."""
BLURRED = 0.035
HAND_LONGEST = 4
HAND_PITCH = 0.13
"""The same for a character written by hand."""


def text_thing(scene: Scene, text: str, x: float, y: float, hx: float, hy: float, hand: bool, rng: random.Random) -> Thing:
    """A text in a colour that can be seen."""
    wanted = ["black", "white"] if rng.random() < 0.35 else list(COLOURS)
    colour, rgb = ink_for(scene.background, scene.paper, wanted, rng, 220)
    return Thing("text", colour, "hand" if hand else "printed", x, y, hx, hy, rgb, text)


def reading_scene(rng: random.Random) -> Scene:
    """One text, large enough to be read, anywhere on the page."""
    scene = empty_scene(rng)
    hand = rng.random() < 0.25
    text = pick_text(rng, HAND_LONGEST if hand else LONGEST, hand)
    least = max(0.07, len(text) * (HAND_PITCH if hand else PITCH) / 2)
    hx = min(0.49, rng.uniform(least, max(least, 0.49) if rng.random() < 0.6 else min(0.49, least * 1.5)))
    hy = rng.uniform(0.09, 0.48) if rng.random() < 0.75 else 0.48
    if hand:
        hy = max(hy, 0.25)
    while True:
        x, y = rng.uniform(hx, 1 - hx), rng.uniform(hy, 1 - hy)
        if rng.random() < 0.3:
            x, y = 0.5, 0.5
        if off_grid_lines(x) and off_grid_lines(y):
            break
    scene.things.append(text_thing(scene, text, x, y, hx, hy, hand, rng))
    return scene


def mixed_scene(rng: random.Random) -> Scene:
    """A short text and one or two things."""
    scene = empty_scene(rng)
    text = pick_text(rng, 6)
    least = max(0.1, len(text) * PITCH / 2)
    for _ in range(60):
        hx, hy = rng.uniform(least, max(least, 0.4)), rng.uniform(0.08, 0.2)
        x, y = rng.uniform(hx, 1 - hx) if hx < 0.5 else 0.5, rng.choice((rng.uniform(hy, 0.3), rng.uniform(0.7, 1 - hy)))
        placed = [(x, y, hx, hy)]
        if not (off_grid_lines(x) and off_grid_lines(y)):
            continue
        for _ in range(rng.choice((1, 1, 2))):
            for _ in range(12):
                radius = rng.uniform(0.1, 0.3)
                aspect = scene.width / scene.height
                tx, ty = (radius / aspect, radius) if aspect > 1 else (radius, radius * aspect)
                if min(tx, ty) < 0.08:
                    continue
                spot = (rng.uniform(tx, 1 - tx), rng.uniform(ty, 1 - ty), tx, ty)
                apart = all(abs(spot[0] - p[0]) > spot[2] + p[2] or abs(spot[1] - p[1]) > spot[3] + p[3] for p in placed)
                if apart and fits(*spot, placed, 0.5):
                    placed.append(spot)
                    break
        if len(placed) > 1:
            break
    else:
        return reading_scene(rng)
    scene.things.append(text_thing(scene, text, *placed[0], False, rng))
    for spot in placed[1:]:
        kind = rng.choice(KINDS)
        colour, rgb = ink_for(scene.background, scene.paper, list(COLOURS), rng)
        scene.things.append(Thing(kind, colour, style_for(kind, min(spot[2:]), rng), *spot, rgb))
    return scene


def letters_scene(rng: random.Random) -> Scene:
    """A page of unrelated texts, to learn letters from: nobody asks about it."""
    scene = empty_scene(rng)
    scene.state = "letters"
    columns = rng.choice((1, 2, 2, 3))
    rows = rng.randint(2, 6)
    hand = rng.random() < 0.25
    pitch = HAND_PITCH if hand else PITCH
    longest = min(LONGEST, int(1 / columns / pitch))
    for row in range(rows):
        for column in range(columns):
            text = pick_text(rng, longest, hand)
            hx = max(len(text) * pitch / 2, rng.uniform(0.5, 0.98) * 0.5 / columns)
            hx = min(hx, 0.5 / columns)
            hy = rng.uniform(0.75, 1.0) * 0.5 / rows
            x, y = (column + 0.5) / columns, (row + 0.5) / rows
            scene.things.append(text_thing(scene, text, x, y, hx, hy, hand, rng))
    return scene


def unread_scene(rng: random.Random) -> Scene:
    """Text that is not read: a longer word, a sentence, a page of lines, or one word too small."""
    scene = empty_scene(rng)
    if rng.random() < 0.4:
        scene.state = "small"
        text = pick_text(rng)
        while len(text) < 2:
            text = pick_text(rng)
        hx = len(text) * rng.uniform(0.012, BLURRED) / 2
        hy = rng.uniform(0.02, 0.05)
        lines = 1
    else:
        scene.state = "long"
        lines = rng.choice((1, 1, 1, 2, 3, 5, 8))
        hx, hy = rng.uniform(0.3, 0.49), rng.uniform(0.05, 0.3) / lines
        text = ""
    top = rng.uniform(hy, 1 - hy * (2 * lines - 1) * 1.2) if lines * hy * 2.4 < 1 else hy
    colour, rgb = ink_for(scene.background, scene.paper, ["black"], rng)
    x = rng.uniform(hx, 1 - hx)
    for i in range(lines):
        line = text or long_line(rng, lines)
        scene.things.append(Thing("text", colour, "printed", x, min(top + i * hy * 2.4, 1 - hy), hx, hy, rgb, line))
    return scene


def long_line(rng: random.Random, lines: int) -> str:
    """More than eight characters, mostly of words."""
    length = rng.randint(9, 14) if lines == 1 and rng.random() < 0.5 else rng.randint(12, 34)
    if lines == 1 and rng.random() < 0.2:
        return "".join(rng.choice("0123456789") for _ in range(length))
    words = pick_text(rng)
    while len(words) < length:
        words += ("" if rng.random() < 0.1 else " ") + pick_text(rng)
    return words
