"""Draws a text, printed or by hand, and says where each of its characters stands."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageDraw

import fonts
from handwriting import hand_glyph
from outlines import Point
from pen import stroke, unsteady
from scenes import Thing

CharacterBox = list[Point]
"""Four corners, in pixels of the page."""


def place(points: list[Point], angle: float, cx: float, cy: float) -> list[Point]:
    """Turns points by ``angle`` radians about 0, 0 and moves them."""
    c, s = math.cos(angle), math.sin(angle)
    return [(cx + x * c - y * s, cy + x * s + y * c) for x, y in points]


def print_text(page: Image.Image, thing: Thing, faces: fonts.Faces, rng: random.Random) -> list[CharacterBox]:
    """Prints a text as large as its box allows, upright or turned a little, and gives the box of each character.

    Also sets the thing's extents to what was drawn.
    """
    text = thing.text
    width, height = page.size
    path = faces.pick(rng, text != text.upper())
    probe = fonts.load(path, 40)
    spacing = 0.0 if rng.random() < 0.6 else rng.uniform(-0.02, 0.35) * 40
    advances = [probe.getlength(text[:i + 1]) for i in range(len(text))]
    left, top, right, bottom = probe.getbbox(text)
    right += spacing * (len(text) - 1)
    angle = 0.0 if rng.random() < 0.5 else math.radians(rng.gauss(0, 5))
    room_x, room_y = 2 * thing.half_x * width, 2 * thing.half_y * height
    wide, tall = max(1.0, right - left), max(1.0, bottom - top)
    c, s = abs(math.cos(angle)), abs(math.sin(angle))
    scale = min(room_x / (wide * c + tall * s), room_y / (wide * s + tall * c))
    size = max(5, int(40 * scale))
    font = fonts.load(path, size)
    k = size / 40
    mask = Image.new("L", (max(1, math.ceil(wide * k) + 4), max(1, math.ceil(tall * k) + 4)), 0)
    pen = ImageDraw.Draw(mask)
    ox, oy = 2 - left * k, 2 - top * k
    boxes: list[CharacterBox] = []
    x0, y0, x1, y1 = -wide * k / 2, -tall * k / 2, wide * k / 2, tall * k / 2
    if spacing:
        for i, character in enumerate(text):
            at = (advances[i - 1] if i else 0.0) + spacing * i
            pen.text((ox + at * k, oy), character, fill=255, font=font)
    else:
        pen.text((ox, oy), text, fill=255, font=font)
    cx, cy = thing.x * width, thing.y * height
    for i in range(len(text)):
        a = (advances[i - 1] if i else 0.0) + spacing * i - left
        b = advances[i] + spacing * i - left
        boxes.append(place([(x0 + a * k, y0), (x0 + b * k, y0), (x0 + b * k, y1), (x0 + a * k, y1)], angle, cx, cy))
    if angle:
        mask = mask.rotate(-math.degrees(angle), Image.Resampling.BILINEAR, expand=True)
    if rng.random() < 0.06:  # a shadow
        off = max(1, size // 14)
        page.paste(tuple(round(v * 0.55) for v in page.getpixel((min(width - 1, max(0, int(cx))), 0))), (round(cx - mask.width / 2) + off, round(cy - mask.height / 2) + off), mask)
    page.paste(thing.rgb, (round(cx - mask.width / 2), round(cy - mask.height / 2)), mask)
    thing.half_x = (x1 * c + y1 * s) / width
    thing.half_y = (x1 * s + y1 * c) / height
    return boxes


def write_text(page: Image.Image, thing: Thing, pen: float, rng: random.Random) -> list[CharacterBox]:
    """Writes digits and capitals by hand, as large as the box allows."""
    width, height = page.size
    glyphs = [hand_glyph(character, rng) for character in thing.text]
    gap = rng.uniform(0.12, 0.35)
    total = sum(w for _, w in glyphs) + gap * (len(glyphs) - 1)
    angle = math.radians(rng.gauss(0, 4))
    scale = min(2 * thing.half_x * width / total, 2 * thing.half_y * height / 1.1)
    pen = min(pen, 0.2 * scale)
    reach = pen * rng.uniform(0.1, 0.6)
    draw = ImageDraw.Draw(page)
    at, boxes = -total / 2, []
    cx, cy = thing.x * width, thing.y * height
    for parts, w in glyphs:
        dy, grow = rng.gauss(0, 0.04), math.exp(rng.gauss(0, 0.06))
        for part in parts:
            points = [((at + x * grow) * scale, (y - 0.5 + dy) * grow * scale) for x, y in part.points]
            points = unsteady(points, False, min(reach, scale * 0.03), rng)
            stroke(draw, place(points, angle, cx, cy), thing.rgb, pen)
        box = [(at * scale, -0.55 * scale), ((at + w) * scale, -0.55 * scale), ((at + w) * scale, 0.55 * scale), (at * scale, 0.55 * scale)]
        boxes.append(place(box, angle, cx, cy))
        at += w + gap
    thing.half_x, thing.half_y = total * scale / 2 / width, 0.55 * scale / height
    return boxes
