"""Pictures that show nothing the model knows: static, clouds of colour as in photographs, stripes, tangled lines."""

from __future__ import annotations

import random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def smooth_field(cells: int, numbers: np.random.Generator, side: int) -> np.ndarray:
    """Coloured clouds of one size."""
    seed = Image.fromarray(numbers.integers(0, 256, (cells, cells, 3), np.uint8))
    return np.asarray(seed.resize((side, side), Image.Resampling.BICUBIC), np.float32)


def photograph(numbers: np.random.Generator, rng: random.Random) -> Image.Image:
    """Layers of clouds, blobs with shading, a horizon: what a photograph looks like once it is small."""
    side = 96
    total = np.zeros((side, side, 3), np.float32)
    for cells, weight in ((rng.randint(2, 4), 1.0), (rng.randint(5, 9), 0.6), (rng.randint(12, 24), 0.4), (48, rng.uniform(0, 0.4))):
        total += (smooth_field(cells, numbers, side) - 128) * weight
    if rng.random() < 0.5:  # few colours, like foliage, sky or skin
        total = total.mean(2, keepdims=True) * numbers.uniform(0.3, 1.2, 3)
    total = total * rng.uniform(0.6, 1.4) + numbers.integers(60, 200, 3)
    ys, xs = np.mgrid[0:side, 0:side] / side
    if rng.random() < 0.4:
        horizon = rng.uniform(0.3, 0.7) + rng.uniform(-0.1, 0.1) * xs
        total[ys < horizon] = total[ys < horizon] * 0.3 + numbers.integers(120, 230, 3) * 0.8
    for _ in range(rng.choice((0, 0, 1, 2, 4, 7))):
        cx, cy, rx, ry = rng.random(), rng.random(), rng.uniform(0.05, 0.35), rng.uniform(0.05, 0.35)
        inside = np.clip(1.3 - np.hypot((xs - cx) / rx, (ys - cy) / ry) * rng.uniform(0.9, 1.2), 0, 1)[..., None]
        inside = np.minimum(inside * rng.uniform(1.0, 4.0), 1.0)
        light = (0.6 + 0.8 * (1 - (xs - cx + ys - cy) / (rx + ry)) / 2)[..., None]
        total = total * (1 - inside) + numbers.integers(20, 235, 3) * light * inside + (total - total.mean()) * inside * 0.35
    page = Image.fromarray(np.clip(total, 0, 255).astype(np.uint8))
    return page.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 1.2))) if rng.random() < 0.4 else page


def static(numbers: np.random.Generator, rng: random.Random) -> Image.Image:
    """Noise of one grain or another."""
    base = numbers.integers(40, 216, 3) if rng.random() < 0.7 else np.full(3, 128)
    side = rng.choice((24, 48, 64, 96))
    grain = numbers.normal(0, rng.uniform(45, 110), (side, side, 3 if rng.random() < 0.7 else 1))
    page = Image.fromarray(np.clip(base + grain, 0, 255).astype(np.uint8))
    return page if rng.random() < 0.5 else page.resize((128, 128), Image.Resampling.NEAREST)


def stripes(rng: random.Random) -> Image.Image:
    """Bars or a chessboard over the whole page."""
    width, height = rng.randint(80, 200), rng.randint(80, 200)
    one, two = ([rng.randint(0, 255) for _ in range(3)] for _ in range(2))
    page = Image.new("RGB", (width, height), tuple(one))
    draw = ImageDraw.Draw(page)
    step = rng.randint(6, 22)
    sideways, both, slope = rng.random() < 0.5, rng.random() < 0.4, rng.choice((0, 0, rng.randint(-80, 80)))
    for at in range(-100, max(width, height) + 100, step * 2):
        if sideways or both:
            draw.polygon([(0, at), (width, at + slope), (width, at + step + slope), (0, at + step)], fill=tuple(two))
        if not sideways or both:
            draw.polygon([(at, 0), (at + slope, height), (at + step + slope, height), (at + step, 0)], fill=tuple(two))
    return page


def tangle(rng: random.Random) -> Image.Image:
    """Lines across the page that make up nothing."""
    width, height = rng.randint(80, 200), rng.randint(80, 200)
    light = rng.random() < 0.75
    page = Image.new("RGB", (width, height), tuple(rng.randint(205, 255) if light else rng.randint(0, 60) for _ in range(3)))
    draw = ImageDraw.Draw(page)
    ink = tuple(rng.randint(0, 110) if light else rng.randint(170, 255) for _ in range(3))
    if rng.random() < 0.4:  # one long scribble
        x, y, angle, points = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0, 6.3), []
        for _ in range(rng.randint(40, 160)):
            angle += rng.gauss(0, 0.7)
            x, y = min(max(x + 9 * np.cos(angle), 0), width), min(max(y + 9 * np.sin(angle), 0), height)
            points.append((x, y))
        draw.line(points, fill=ink, width=rng.randint(1, 4))
        return page
    for _ in range(rng.randint(14, 40)):
        ends = [(rng.randint(0, width), rng.randint(0, height)) for _ in range(rng.randint(2, 3))]
        draw.line(ends, fill=ink if rng.random() < 0.5 else tuple(rng.randint(0, 255) for _ in range(3)), width=rng.randint(1, 4))
    return page


def render_unclear(rng: random.Random) -> Image.Image:
    """One picture without anything that the model knows."""
    numbers = np.random.default_rng(rng.getrandbits(32))
    draw = rng.random()
    if draw < 0.45:
        return photograph(numbers, rng)
    if draw < 0.65:
        return static(numbers, rng)
    return stripes(rng) if draw < 0.8 else tangle(rng)
