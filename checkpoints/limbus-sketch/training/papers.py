"""The page behind the things: plain, shaded, ruled, checked, dotted, grainy, or softly coloured."""

from __future__ import annotations

import random

import numpy as np
from PIL import Image, ImageDraw

from colours import shade
from scenes import Scene


def paint_paper(scene: Scene, width: int, height: int, rng: random.Random) -> Image.Image:
    """The page of a scene, at the size in which it is drawn."""
    draw = rng.random()
    if draw < 0.66:
        return Image.new("RGB", (width, height), scene.paper)
    if draw < 0.8:
        return shaded(scene, width, height, rng)
    page = Image.new("RGB", (width, height), scene.paper)
    pen = ImageDraw.Draw(page)
    dark = sum(scene.paper) < 300
    tint = shade(scene.paper, rng.uniform(0.06, 0.22) if dark else -rng.uniform(0.05, 0.2))
    if draw < 0.84 and not dark:
        tint = (170, 200, 235)
    step = max(5, round(min(width, height) / rng.uniform(5, 16)))
    if draw < 0.95:
        across, down = rng.choice(((True, False), (True, True), (False, True)))
        thick = 1 if rng.random() < 0.8 else 2
        if across:
            for y in range(rng.randrange(step), height, step):
                pen.line((0, y, width, y), fill=tint, width=thick)
        if down:
            for x in range(rng.randrange(step), width, step):
                pen.line((x, 0, x, height), fill=tint, width=thick)
    elif draw < 0.98:
        r = max(1, step // 8)
        for y in range(step // 2, height, step):
            for x in range(step // 2, width, step):
                pen.ellipse((x - r, y - r, x + r, y + r), fill=tint)
    else:
        inset = round(min(width, height) * rng.uniform(0.01, 0.03))
        pen.rectangle((inset, inset, width - 1 - inset, height - 1 - inset), outline=tint, width=2)
    return page


def shaded(scene: Scene, width: int, height: int, rng: random.Random) -> Image.Image:
    """Lighter at one side, or with soft clouds in it, or darker towards the corners, as a photographed sheet is."""
    kind = rng.random()
    if kind < 0.45:
        angle, drop = rng.uniform(0, 6.28), rng.uniform(8, 30)
        ys, xs = np.mgrid[0:8, 0:8] / 7.0 - 0.5
        field = (np.cos(angle) * xs + np.sin(angle) * ys) * drop
    elif kind < 0.75:
        n = rng.randint(3, 7)
        field = (np.random.default_rng(rng.getrandbits(32)).random((n, n)) - 0.5) * rng.uniform(8, 26)
    else:
        ys, xs = np.mgrid[0:8, 0:8] / 3.5 - 1.0
        field = -(xs**2 + ys**2) * rng.uniform(5, 16)
    ramp = Image.fromarray(field.astype(np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    base = np.asarray(scene.paper, np.float32)[None, None]
    return Image.fromarray(np.clip(base + np.asarray(ramp)[..., None], 0, 255).astype(np.uint8))
