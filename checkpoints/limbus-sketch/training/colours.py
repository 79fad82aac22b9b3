"""Which tints go by which name: boxes in hue, saturation and value, for things and for the paper behind them."""

from __future__ import annotations

import colorsys
import math
import random

Rgb = tuple[int, int, int]

# Hue in degrees, saturation and value in 0..1, one or more boxes for each name. Between two names lies a gap.
INKS = {
    "red": [(-8, 8, 0.78, 1.0, 0.7, 1.0), (-14, -6, 0.85, 0.95, 0.75, 0.95)],
    "orange": [(22, 39, 0.82, 1.0, 0.9, 1.0)],
    "yellow": [(49, 62, 0.65, 1.0, 0.88, 1.0)],
    "green": [(95, 150, 0.5, 1.0, 0.4, 1.0)],
    "blue": [(206, 245, 0.62, 1.0, 0.55, 1.0)],
    "purple": [(266, 286, 0.42, 1.0, 0.45, 0.95), (286, 302, 0.5, 1.0, 0.4, 0.65)],
    "pink": [(322, 350, 0.25, 0.66, 0.92, 1.0), (326, 332, 0.6, 0.92, 0.95, 1.0)],
    "black": [(0, 360, 0.0, 0.6, 0.0, 0.11)],
    "white": [(0, 360, 0.0, 0.03, 0.95, 1.0)],
    "brown": [(16, 32, 0.5, 0.88, 0.28, 0.55), (22, 30, 0.6, 0.8, 0.45, 0.62)],
    "grey": [(0, 360, 0.0, 0.06, 0.36, 0.76)],
    "turquoise": [(168, 186, 0.5, 1.0, 0.6, 0.95), (172, 182, 0.65, 1.0, 0.5, 1.0)],
}
PAPERS = {
    "white": [(0, 360, 0.0, 0.03, 0.95, 1.0)],
    "grey": [(0, 360, 0.0, 0.05, 0.3, 0.85)],
    "black": [(0, 360, 0.0, 0.5, 0.0, 0.11)],
    "blue": [(204, 235, 0.15, 0.4, 0.88, 1.0), (210, 240, 0.5, 1.0, 0.22, 0.5), (206, 240, 0.6, 1.0, 0.6, 1.0)],
    "green": [(95, 150, 0.15, 0.4, 0.82, 1.0), (105, 150, 0.5, 1.0, 0.2, 0.45), (95, 145, 0.5, 1.0, 0.5, 1.0)],
    "yellow": [(50, 62, 0.22, 1.0, 0.92, 1.0)],
    "pink": [(325, 352, 0.12, 0.5, 0.93, 1.0)],
    "purple": [(258, 286, 0.15, 0.4, 0.85, 1.0), (266, 288, 0.4, 1.0, 0.3, 0.85)],
    "orange": [(22, 38, 0.75, 1.0, 0.92, 1.0)],
    "red": [(-8, 8, 0.78, 1.0, 0.55, 1.0)],
    "brown": [(18, 32, 0.45, 0.85, 0.25, 0.52)],
    "turquoise": [(170, 184, 0.2, 0.45, 0.85, 1.0), (170, 184, 0.6, 1.0, 0.5, 0.9)],
    "beige": [(30, 44, 0.1, 0.28, 0.88, 0.97)],
}


def pick(boxes: list[tuple], rng: random.Random) -> Rgb:
    """Draws one tint from the boxes of a name; pure tints are likelier, because people type those."""
    h0, h1, s0, s1, v0, v1 = boxes[0] if len(boxes) == 1 or rng.random() < 0.6 else rng.choice(boxes)
    corner = rng.random() < 0.3
    saturation = s1 if corner else rng.uniform(s0, s1)
    value = v1 if corner and rng.random() < 0.6 else rng.uniform(v0, v1)
    red, green, blue = colorsys.hsv_to_rgb((rng.uniform(h0, h1) % 360) / 360, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def contrast(a: Rgb, b: Rgb) -> float:
    """A weighted distance of two tints; black to white is 765."""
    mean = (a[0] + b[0]) / 2
    dr, dg, db = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    return math.sqrt((2 + mean / 256) * dr * dr + 4 * dg * dg + (2 + (255 - mean) / 256) * db * db)


def shade(rgb: Rgb, by: float) -> Rgb:
    """Towards black for a negative ``by``, towards white for a positive one (-1..1)."""
    goal = 255 if by > 0 else 0
    return tuple(round(c + (goal - c) * abs(by)) for c in rgb)  # type: ignore[return-value]
