"""Draws a scene with Pillow at its own size, as somebody with a paint program would, and squashes it to 64x64.

The squash is the very call that the transformers image processor makes (torchvision, uint8, antialiased bilinear).
"""

from __future__ import annotations

import io
import math
import random

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from torchvision.transforms.v2 import functional as tv

from scenes import Scene, Thing

SIDE = 64
OWNER_SIDE = 32

_NOISE = np.random.default_rng(7).normal(0, 1, (900, 900, 3)).astype(np.float32)
_CIRCLE = [(math.cos(a), math.sin(a)) for a in np.linspace(0, 2 * math.pi, 40, endpoint=False)]
_HEART = [
    (16 * math.sin(t) ** 3, -(13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)))
    for t in np.linspace(0, 2 * math.pi, 36, endpoint=False)
]


def outline_points(shape: str, aspect: float, outlined: bool, rng: random.Random) -> list[tuple[float, float]]:
    """The corners of a shape in its own frame, already turned; scale and position are set afterwards."""
    level = rng.random() < 0.45  # many pictures are drawn straight
    tilt = 0.0 if level else rng.uniform(-18, 18) / max(aspect, 1 / aspect)
    if shape == "circle":
        points, tilt = _CIRCLE, 0.0
    elif shape == "square":
        stretch = math.exp(rng.uniform(-0.25, 0.25)) if rng.random() < 0.3 else 1.0
        points = [(-stretch, -1), (stretch, -1), (stretch, 1), (-stretch, 1)]
    elif shape == "triangle":
        tilt = 0.0 if level else rng.uniform(0, 360)
        apex, tall = (0.0 if rng.random() < 0.7 else rng.uniform(-0.8, 0.8)), rng.uniform(1.4, 2.1)
        points = [(apex, -tall / 2), (1, tall / 2), (-1, tall / 2)]
    elif shape == "star":
        tilt = 0.0 if level else rng.uniform(0, 72)
        inner = rng.uniform(0.36, 0.5)
        points = []
        for i in range(10):
            length, angle = (1.0 if i % 2 == 0 else inner), math.pi * i / 5
            points.append((length * math.sin(angle), -length * math.cos(angle)))
    elif shape == "heart":
        tilt *= 1.4
        points = _HEART
    elif shape == "diamond":
        tilt *= 0.5
        wide = 1.0 if rng.random() < 0.4 else math.exp(rng.uniform(-0.5, 0.3))
        points = [(0, -1), (wide, 0), (0, 1), (-wide, 0)]
    else:
        tilt *= 1.2
        if rng.random() < 0.12:
            tilt += 45
        a = rng.uniform(0.36, 0.48) if outlined else rng.uniform(0.24, 0.42)
        points = [(-a, -1), (a, -1), (a, -a), (1, -a), (1, a), (a, a), (a, 1), (-a, 1), (-a, a), (-1, a), (-1, -a), (-a, -a)]
    if tilt:
        c, s = math.cos(math.radians(tilt)), math.sin(math.radians(tilt))
        points = [(x * c - y * s, x * s + y * c) for x, y in points]
    return points


def fit_points(points: list[tuple[float, float]], thing: Thing, width: float, height: float) -> list[tuple[float, float]]:
    """Scales points into the thing's box without bending them and centres their bounding box on the thing."""
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    x0, x1, y0, y1 = min(xs), max(xs), min(ys), max(ys)
    scale = min(2 * thing.half_x * width / (x1 - x0), 2 * thing.half_y * height / (y1 - y0))
    mx, my = (x0 + x1) / 2, (y0 + y1) / 2
    cx, cy = thing.x * width, thing.y * height
    return [((x - mx) * scale + cx, (y - my) * scale + cy) for x, y in points]


def draw_thing(draw: ImageDraw.ImageDraw, thing: Thing, points: list, width: int, height: int, rng: random.Random) -> None:
    """Fills or outlines one thing."""
    if not thing.outlined:
        draw.polygon(points, fill=thing.rgb)
        return
    # A line must survive the squash: about two pixels of sixty-four, less than a third of the shape.
    thin = 0.026 * max(width, height)
    share = 0.17 if thing.shape in ("cross", "star") else 0.36
    thick = max(thin, share * min(thing.half_x * width, thing.half_y * height))
    pen = max(1, round(rng.uniform(thin, min(thick, thin * 2.2))))
    if thing.shape == "circle":
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        draw.ellipse((min(xs), min(ys), max(xs), max(ys)), outline=thing.rgb, width=pen)
        return
    # Pull the line inside the silhouette, so that the drawn box stays the thing's box.
    mx, my = sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)
    reach = max(abs(points[0][0] - mx), abs(points[0][1] - my), 1.0)
    shrink = max(0.6, 1 - pen / 2 / reach)
    inner = [((x - mx) * shrink + mx, (y - my) * shrink + my) for x, y in points]
    joint = "curve" if len(points) <= 12 else None
    draw.line([*inner, inner[0], inner[1]], fill=thing.rgb, width=pen, joint=joint)


def paint_background(scene: Scene, width: int, height: int, rng: random.Random) -> Image.Image:
    """A plain page, sometimes with a slight gradient."""
    if rng.random() > 0.1:
        return Image.new("RGB", (width, height), scene.background_rgb)
    drop = rng.randint(8, 26) * rng.choice((-1, 1))
    ramp = np.linspace(0, drop, height if rng.random() < 0.5 else width)
    field = ramp[:, None] if len(ramp) == height and height != width else ramp[None, :]
    page = np.asarray(scene.background_rgb, np.float32)[None, None] + np.broadcast_to(field, (height, width))[..., None]
    return Image.fromarray(np.clip(page, 0, 255).astype(np.uint8))


def render(scene: Scene, rng: random.Random) -> tuple[Image.Image, np.ndarray]:
    """Draws a readable scene. Also gives the owner map: which thing (1-based) covers each of 32x32 fields, 0 for none."""
    width, height = scene.width, scene.height
    fine = 2 if max(width, height) < 130 and rng.random() < 0.85 else 1
    page = paint_background(scene, width * fine, height * fine, rng)
    owner = Image.new("L", (OWNER_SIDE, OWNER_SIDE), 0)
    draw, mark = ImageDraw.Draw(page), ImageDraw.Draw(owner)
    aspect = width / height
    for index in rng.sample(range(len(scene.things)), len(scene.things)):
        thing = scene.things[index]
        points = fit_points(outline_points(thing.shape, aspect, thing.outlined, rng), thing, width * fine, height * fine)
        draw_thing(draw, thing, points, width * fine, height * fine, rng)
        kx, ky = OWNER_SIDE / (width * fine), OWNER_SIDE / (height * fine)
        mark.polygon([(x * kx - 0.5, y * ky - 0.5) for x, y in points], fill=index + 1)
    if fine > 1:
        page = page.reduce(fine)
    return degrade(page, rng), np.asarray(owner)


def degrade(page: Image.Image, rng: random.Random) -> Image.Image:
    """Adds what real files have: light noise, JPEG traces, a little blur."""
    draw = rng.random()
    if draw < 0.3:
        width, height = page.size
        oy, ox = rng.randrange(900 - min(height, 880)), rng.randrange(900 - min(width, 880))
        grain = _NOISE[oy:oy + height, ox:ox + width] * rng.uniform(2, 12)
        page = Image.fromarray(np.clip(np.asarray(page, np.float32) + grain, 0, 255).astype(np.uint8))
    elif draw < 0.34:
        page = page.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.9)))
    if rng.random() < 0.16:
        store = io.BytesIO()
        page.save(store, "JPEG", quality=rng.randint(40, 95))
        page = Image.open(store).convert("RGB")
    return page


def smooth_field(cells: int, rng: np.random.Generator) -> np.ndarray:
    """Coloured clouds of one size, 96x96."""
    seed = Image.fromarray(rng.integers(0, 256, (cells, cells, 3), np.uint8))
    return np.asarray(seed.resize((96, 96), Image.Resampling.BICUBIC), np.float32)


def render_unreadable(rng: random.Random) -> Image.Image:
    """A picture without plain shapes: noise, clouds like a photograph, writing, stripes, scribble."""
    numbers = np.random.default_rng(rng.getrandbits(32))
    kind = rng.randrange(6)
    if kind == 0:
        spread = rng.uniform(45, 110)
        base = numbers.integers(40, 216, 3) if rng.random() < 0.7 else np.full(3, 128)
        grain = numbers.normal(0, spread, (64, 64, 3 if rng.random() < 0.7 else 1))
        page = Image.fromarray(np.clip(base + grain, 0, 255).astype(np.uint8))
        return page if rng.random() < 0.6 else page.resize((128, 128), Image.Resampling.NEAREST)
    if kind in (1, 2):
        total = np.zeros((96, 96, 3), np.float32)
        for cells, weight in ((rng.randint(2, 4), 1.0), (rng.randint(5, 9), 0.6), (rng.randint(12, 24), 0.4), (48, rng.uniform(0, 0.4))):
            total += (smooth_field(cells, numbers) - 128) * weight
        if kind == 2:  # few colours, like foliage, sky or skin
            total = total.mean(2, keepdims=True) * numbers.uniform(0.3, 1.2, 3)
        total = total * rng.uniform(0.7, 1.4) + numbers.integers(60, 200, 3)
        return Image.fromarray(np.clip(total, 0, 255).astype(np.uint8))
    width, height = rng.randint(80, 200), rng.randint(80, 200)
    light = rng.random() < 0.75
    paper = tuple(rng.randint(205, 255) if light else rng.randint(0, 60) for _ in range(3))
    page = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(page)
    ink = tuple(rng.randint(0, 110) if light else rng.randint(170, 255) for _ in range(3))
    if kind == 3:
        size = rng.randint(9, 26)
        font = ImageFont.load_default(size)
        y = rng.randint(0, 8)
        while y < height:
            line = "".join(rng.choice("etaoinshrdlucmfwypvbgkqjxzETAOIN   0123456789.,") for _ in range(60))
            draw.text((rng.randint(0, 6), y), line, fill=ink, font=font)
            y += round(size * rng.uniform(1.1, 1.5))
    elif kind == 4:
        step = rng.randint(6, 22)
        sideways, both = rng.random() < 0.5, rng.random() < 0.4
        for at in range(0, max(width, height), step * 2):
            if sideways or both:
                draw.rectangle((0, at, width, at + step - 1), fill=ink)
            if not sideways or both:
                draw.rectangle((at, 0, at + step - 1, height), fill=ink)
    else:
        for _ in range(rng.randint(14, 40)):
            ends = [(rng.randint(0, width), rng.randint(0, height)) for _ in range(rng.randint(2, 3))]
            colour = ink if rng.random() < 0.5 else tuple(rng.randint(0, 255) for _ in range(3))
            draw.line(ends, fill=colour, width=rng.randint(1, 4))
    return page


def squash(page: Image.Image) -> torch.Tensor:
    """The model's input before scaling: uint8 [3, 64, 64]."""
    pixels = torch.from_numpy(np.array(page)).permute(2, 0, 1)
    return tv.resize(pixels, [SIDE, SIDE], interpolation=tv.InterpolationMode.BILINEAR, antialias=True)
