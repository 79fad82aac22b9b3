"""Pages of the independent generator: its own palettes, sizes and ways to place objects, judged by the drawn pixels.

Places and order come from what was really drawn: the bounding box of each silhouette. Pages where a rule would be a
matter of luck (a centre within 4 % of a grid line, a tie inside one cell) are thrown away and drawn anew.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drawing import cover

FORMS = ["triangle", "cross", "heart", "circle", "star", "square", "diamond"]
INKS = {
    "red": ["#ff0000", "#d62728", "#f44336", "#dc2626", "#c00000", "#e60000"],
    "orange": ["#ffa500", "#ff7f0e", "#ff9800", "#f97316", "#ff8c00"],
    "yellow": ["#ffff00", "#ffeb3b", "#ffd700", "#facc15", "#fde047"],
    "green": ["#008000", "#00ff00", "#2ca02c", "#4caf50", "#16a34a", "#228b22", "#00aa00"],
    "blue": ["#0000ff", "#1f77b4", "#2196f3", "#2563eb", "#4169e1", "#0000cd"],
    "purple": ["#800080", "#9467bd", "#7e22ce", "#6a0dad", "#8e24aa"],
    "pink": ["#ffc0cb", "#ff69b4", "#f78fb3", "#ff1493", "#f472b6"],
    "black": ["#000000", "#111111", "#1a1a1a"],
    "white": ["#ffffff", "#fafafa"],
}
PAPERS = {
    "white": ["#ffffff", "#fdfdfd", "#f7f7f7"], "grey": ["#d3d3d3", "#808080", "#a9a9a9", "#555555"], "black": ["#000000", "#141414"],
    "blue": ["#cfe2ff", "#000080", "#1e3a8a", "#bbdefb"], "green": ["#90ee90", "#006400", "#c8e6c9", "#14532d"], "yellow": ["#fff3b0", "#ffee58", "#fff59d"],
    "pink": ["#ffc0cb", "#fce4ec", "#ffb6c1"], "purple": ["#d8c9f0", "#4b0082", "#e0ccff"], "orange": ["#ffa726", "#ff9100"], "red": ["#b71c1c", "#e53935"],
    "brown": ["#6b4226", "#5c3a1e"], "beige": ["#f5e6c8", "#f3e5d0"],
}
LINE_MARGIN = 0.04
TIE_MARGIN = 0.08


def rgb(code: str) -> np.ndarray:
    return np.array([int(code[i:i + 2], 16) for i in (1, 3, 5)], float)


@dataclass
class Item:
    """One drawn object; ``x`` and ``y`` are the centre of its drawn bounding box as fractions."""

    form: str
    ink: str
    hollow: bool
    x: float
    y: float

    @property
    def column(self) -> int:
        return int(self.x * 3)

    @property
    def row(self) -> int:
        return int(self.y * 3)


@dataclass
class Page:
    """Pixels with what is on them, in listing order. ``items`` is None for a page that shows no plain shapes."""

    pixels: np.ndarray
    items: list[Item] | None
    paper: str


def spots(count: int, rng: np.random.Generator) -> np.ndarray:
    """Centres, by one of six habits of people who draw."""
    habit = rng.integers(6)
    if habit == 0:  # a lattice with empty fields
        columns, rows = [(2, 2), (3, 2), (2, 3), (3, 3), (4, 1), (1, 4), (4, 2), (5, 3)][rng.integers(8)]
        fields = [((i + 0.5) / columns, (j + 0.5) / rows) for i in range(columns) for j in range(rows)]
        if len(fields) < count:
            return rng.uniform(0.1, 0.9, (count, 2))
        chosen = rng.permutation(len(fields))[:count]
        return np.array(fields)[chosen] + rng.normal(0, 0.02, (count, 2))
    if habit == 1:  # around the middle
        angle = rng.uniform(0, 2 * np.pi) + np.arange(count) * 2 * np.pi / count
        return 0.5 + rng.uniform(0.22, 0.4) * np.stack([np.cos(angle), np.sin(angle)], 1)
    if habit == 2:  # a line at any angle
        angle = rng.choice([0.0, np.pi / 2, rng.uniform(0, np.pi)])
        at = np.linspace(-0.38, 0.38, count) if count > 1 else np.zeros(1)
        line = np.stack([np.cos(angle) * at, np.sin(angle) * at], 1)
        return rng.uniform(0.35, 0.65, 2) + line
    if habit == 3:  # a walk from object to object
        points = [rng.uniform(0.15, 0.85, 2)]
        while len(points) < count:
            angle = rng.uniform(0, 2 * np.pi)
            points.append(points[-1] + rng.uniform(0.2, 0.45) * np.array([np.cos(angle), np.sin(angle)]))
        return np.array(points)
    if habit == 4:  # mirrored pairs
        half = rng.uniform([0.1, 0.1], [0.4, 0.9], ((count + 1) // 2, 2))
        return np.concatenate([half, half * [-1, 1] + [1, 0]])[:count]
    return rng.uniform(0.08, 0.92, (count, 2))


def page_size(rng: np.random.Generator, small: bool) -> tuple[int, int]:
    sizes = [(96, 96), (128, 96), (96, 128), (120, 80), (160, 64), (72, 144), (100, 100)] if small else [
        (320, 240), (240, 320), (256, 256), (300, 200), (400, 200), (180, 360), (224, 224), (200, 150), (384, 160), (128, 128), (160, 120), (333, 271)]
    return sizes[rng.integers(len(sizes))]


def draw_page(count: int, rng: np.random.Generator, noise: float, small: bool) -> Page | None:
    """One try; None if the page came out crowded, cut off or ambiguous."""
    width, height = page_size(rng, small)
    short = min(width, height)
    paper = list(PAPERS)[rng.choice(12, p=np.array([7, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 2]) / 29)]
    base = rgb(rng.choice(PAPERS[paper]))
    pixels = np.broadcast_to(base, (height, width, 3)).copy()
    items: list[Item] = []
    taken = np.zeros((height, width), bool)
    stretch = max(width, height) / short
    few = rng.random() < 0.4
    forms = rng.permutation(FORMS)[: rng.integers(1, 4)] if few else FORMS
    for cx, cy in spots(count, rng) if count else ():
        form = str(rng.choice(forms))
        ink = str(rng.choice([i for i in INKS if i != paper]))
        tone = rgb(rng.choice(INKS[ink]))
        if np.abs(tone - base).max() < 110 and np.abs(tone - base).sum() < 170:
            return None
        radius = short * rng.uniform(0.082 * stretch, max(0.1 * stretch, 0.34 / count**0.4))
        hollow = bool(rng.random() < 0.33) and radius / max(width, height) > (0.125 if form in ("cross", "star") else 0.085)
        line = max(0.03 * max(width, height), radius * rng.uniform(0.12, 0.15 if form in ("cross", "star") else 0.26)) if hollow else None
        degrees = {"triangle": 360, "star": 72, "circle": 1, "square": 12, "diamond": 6, "heart": 16, "cross": 14}[form]
        degrees = rng.uniform(-degrees, degrees) / (stretch if form in ("square", "diamond", "cross") else 1) if rng.random() < 0.5 else 0.0
        amount, body = cover(form, (cx * width, cy * height), radius, degrees, line, rng.random(), (width, height))
        if hollow and (amount > 0.5).sum() > 0.72 * body.sum():
            return None  # an outline without a visible hole
        grown = body.copy()
        reach = max(1, round(0.012 * max(width, height)))
        for axis in (0, 1):
            grown |= np.roll(grown, reach, axis) | np.roll(grown, -reach, axis)
        if (grown & taken).any() or not body.any():
            return None
        ys, xs = np.nonzero(body)
        if xs.min() < 1 or ys.min() < 1 or xs.max() > width - 2 or ys.max() > height - 2:
            return None
        taken |= body
        pixels += amount[..., None] * (tone - pixels)
        items.append(Item(form, ink, hollow, (xs.min() + xs.max() + 1) / 2 / width, (ys.min() + ys.max() + 1) / 2 / height))
    for item in items:
        if min(abs(v - line) for v in (item.x, item.y) for line in (1 / 3, 2 / 3)) < LINE_MARGIN:
            return None
    items.sort(key=lambda i: (i.row, i.column, i.x + i.y))
    for a, b in zip(items, items[1:]):
        if (a.row, a.column) == (b.row, b.column) and b.x + b.y - a.x - a.y < TIE_MARGIN:
            return None
    if noise:
        pixels += rng.normal(0, noise, pixels.shape)
    return Page(np.clip(np.round(pixels), 0, 255).astype(np.uint8), items, paper)


def unreadable_page(rng: np.random.Generator) -> Page:
    """Static, a spectrum like a photograph's, bars, or a wall of letter-like strokes."""
    kind, side = rng.integers(4), 96
    if kind == 0:
        pixels = rng.integers(0, 256, (side, side, 3))
    elif kind == 1:
        fy, fx = np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side)[None]
        falloff = 1 / np.maximum(np.hypot(fy, fx), 1 / side) ** rng.uniform(1.2, 1.7)
        layers = [np.real(np.fft.ifft2(np.fft.fft2(rng.normal(size=(side, side))) * falloff)) for _ in range(3)]
        shared = layers[0]
        pixels = np.stack([shared + 0.5 * layer for layer in layers], -1)
        pixels = 128 + 55 * (pixels - pixels.mean()) / pixels.std() + rng.uniform(-30, 30, 3)
    elif kind == 2:
        angle, period = rng.uniform(0, np.pi), rng.uniform(9, 20)
        ys, xs = np.mgrid[0:side, 0:side]
        wave = np.sin((xs * np.cos(angle) + ys * np.sin(angle)) * 2 * np.pi / period) > 0
        one, two = rng.integers(0, 120, 3), rng.integers(140, 256, 3)
        pixels = np.where(wave[..., None], one, two)
    else:
        pixels = np.full((side, side, 3), 245)
        for top in range(4, side - 8, 12):
            left = 4
            while left < side - 7:
                glyph = rng.random((7, 4)) < 0.5
                pixels[top:top + 7, left:left + 4][glyph] = 30
                left += 6 if rng.random() < 0.85 else 11
    return Page(np.clip(pixels, 0, 255).astype(np.uint8), None, "")


def make_page(rng: np.random.Generator, noise_share: float = 0.3) -> Page:
    """A page: mostly one to four objects, a few empty, a few unreadable."""
    draw = rng.random()
    if draw < 0.05:
        return unreadable_page(rng)
    count = 0 if draw < 0.1 else int(rng.choice([1, 2, 3, 4], p=[0.2, 0.25, 0.28, 0.27]))
    noisy = rng.random() < noise_share
    while True:
        page = draw_page(count, rng, rng.uniform(2, 9) if noisy else 0.0, noisy)
        if page is not None:
            return page
