"""Draws a scene with Pillow at its own size, as somebody with a paint program would, and squashes it to the model's input.

The squash is the very call that the transformers image processor makes (torchvision, uint8, antialiased bilinear).
"""

from __future__ import annotations

import io
import math
import random
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFilter
from torchvision.transforms.v2 import functional as tv

from fonts import Faces
from lettering import print_text, write_text
from outlines import DRAWINGS, TURNS, Part
from papers import paint_paper
from pen import Ink, draw_parts
from scenes import Scene, Thing, listing_key

OWNER_SIDE = 48
"""The owner maps' side: a quarter of a patch or finer at every size of input."""
_NOISE = np.random.default_rng(7).normal(0, 1, (900, 900, 3)).astype(np.float32)


@dataclass
class Drawn:
    """A picture and who covers what, [OWNER_SIDE, OWNER_SIDE] each.

    ``owner``: 1-based index of the thing, 0 for the paper. ``letter``: 1-based place of the character in its text.
    """

    page: Image.Image
    owner: np.ndarray
    letter: np.ndarray


def fit_parts(parts: list[Part], thing: Thing, aspect: float, width: float, height: float, rng: random.Random) -> None:
    """Turns the parts and fits them into the thing's box; sets the box to what is drawn."""
    limit = TURNS.get(thing.kind, 10)
    if limit and rng.random() > 0.45:
        angle = math.radians(rng.uniform(-limit, limit) / (1.0 if limit >= 90 else max(aspect, 1 / aspect)))
        c, s = math.cos(angle), math.sin(angle)
        for part in parts:
            part.points = [(x * c - y * s, x * s + y * c) for x, y in part.points]
    xs = [p[0] for part in parts for p in part.points]
    ys = [p[1] for part in parts for p in part.points]
    x0, x1, y0, y1 = min(xs), max(xs), min(ys), max(ys)
    scale = min(2 * thing.half_x * width / (x1 - x0), 2 * thing.half_y * height / (y1 - y0))
    mx, my = (x0 + x1) / 2, (y0 + y1) / 2
    cx, cy = thing.x * width, thing.y * height
    for part in parts:
        part.points = [((x - mx) * scale + cx, (y - my) * scale + cy) for x, y in part.points]
    thing.half_x, thing.half_y = (x1 - x0) * scale / 2 / width, (y1 - y0) * scale / 2 / height


def pen_for(thing: Thing, width: int, height: int, rng: random.Random) -> float:
    """A line that survives the squash: about a sixtieth of the page or more, less than a third of the thing."""
    thin = 0.017 * max(width, height)
    thick = max(thin, (0.14 if thing.kind in ("cross", "star", "arrow") else 0.22) * min(thing.half_x * width, thing.half_y * height))
    return rng.uniform(thin, min(thick, thin * 2.6))


def hull(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The convex hull, by monotone chains."""
    points = sorted(set(points))
    if len(points) < 3:
        return points

    def chain(run):
        out: list[tuple[float, float]] = []
        for p in run:
            while len(out) > 1 and (out[-1][0] - out[-2][0]) * (p[1] - out[-2][1]) <= (out[-1][1] - out[-2][1]) * (p[0] - out[-2][0]):
                out.pop()
            out.append(p)
        return out[:-1]

    return chain(points) + chain(points[::-1])


def render(scene: Scene, faces: Faces, rng: random.Random) -> Drawn:
    """Draws a scene and sorts its things into the order in which they are listed."""
    width, height = scene.width, scene.height
    fine = 2 if max(width, height) < 170 and rng.random() < 0.8 else 1
    w, h = width * fine, height * fine
    page = paint_paper(scene, w, h, rng)
    scene.things.sort(key=listing_key)
    owner, letter = Image.new("L", (OWNER_SIDE, OWNER_SIDE), 0), Image.new("L", (OWNER_SIDE, OWNER_SIDE), 0)
    mark, mark_letter = ImageDraw.Draw(owner), ImageDraw.Draw(letter)
    kx, ky = OWNER_SIDE / w, OWNER_SIDE / h
    wobble = 0.0 if rng.random() < 0.5 else rng.uniform(0.2, 1.0)
    natural = rng.random() < 0.4
    for index in rng.sample(range(len(scene.things)), len(scene.things)):
        thing = scene.things[index]
        if thing.kind == "text":
            if thing.style == "hand":
                thick = 0.02 * max(w, h)
                boxes = write_text(page, thing, rng.uniform(thick, max(thick, 0.12 * thing.half_y * h)), rng)
            else:
                boxes = print_text(page, thing, faces, rng)
            for at, corners in enumerate(boxes):
                spots = [(x * kx - 0.5, y * ky - 0.5) for x, y in corners]
                mark.polygon(spots, fill=index + 1)
                if at < 255:
                    mark_letter.polygon(spots, fill=at + 1)
            continue
        parts = DRAWINGS[thing.kind](rng)
        fit_parts(parts, thing, width / height, w, h, rng)
        ink = Ink(thing.rgb, scene.paper, thing.style, pen_for(thing, w, h, rng), wobble, natural)
        draw_parts(page, parts, ink, rng)
        mark.polygon([(x * kx - 0.5, y * ky - 0.5) for x, y in hull([p for part in parts for p in part.points])], fill=index + 1)
    if fine > 1:
        page = page.reduce(fine)
    return Drawn(degrade(page, rng), np.asarray(owner), np.asarray(letter))


def degrade(page: Image.Image, rng: random.Random) -> Image.Image:
    """Adds what real files have: light noise, JPEG traces, a little blur."""
    draw = rng.random()
    if draw < 0.2:
        width, height = page.size
        oy, ox = rng.randrange(900 - min(height, 880)), rng.randrange(900 - min(width, 880))
        grain = _NOISE[oy:oy + height, ox:ox + width] * rng.uniform(2, 12)
        page = Image.fromarray(np.clip(np.asarray(page, np.float32) + grain, 0, 255).astype(np.uint8))
    elif draw < 0.26:
        page = page.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.9)))
    if rng.random() < 0.16:
        store = io.BytesIO()
        page.save(store, "JPEG", quality=rng.randint(40, 95))
        page = Image.open(store).convert("RGB")
    return page


def squash(page: Image.Image, side: int) -> torch.Tensor:
    """The model's input before scaling: uint8 [3, side, side]."""
    pixels = torch.from_numpy(np.array(page)).permute(2, 0, 1)
    return tv.resize(pixels, [side, side], interpolation=tv.InterpolationMode.BILINEAR, antialias=True)
