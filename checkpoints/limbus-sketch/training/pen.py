"""Draws one thing with Pillow: filled, outlined or scribbled, with a steady hand or as with a mouse."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from colours import Rgb, contrast, shade
from outlines import Part, Point


@dataclass
class Ink:
    """How a thing is drawn. ``pen`` is the width of its lines in pixels, ``wobble`` how unsteady the hand is (0..1)."""

    rgb: Rgb
    paper: Rgb
    style: str
    pen: float
    wobble: float = 0.0
    natural: bool = False
    """Trunks brown, leaves green, wheels black, windows pale: as people paint. Else everything in one colour."""


NATURAL = {"trunk": (110, 70, 35), "stem": (40, 130, 50), "leaf": (50, 150, 60), "wheel": (35, 35, 40), "pale": (240, 228, 205), "hat": (30, 30, 30), "heart": (250, 205, 50)}
LINES = ("line", "stem")
COVERS = ("body", "trunk", "leaf", "wheel", "pale", "hat", "heart")


_NORMAL = np.random.default_rng(11).normal(0, 1, (20000, 2))
"""Drawn once: a slice from a random place is cheaper than fresh numbers."""


def unsteady(points: list[Point], closed: bool, reach: float, rng: random.Random) -> list[Point]:
    """The line as a hand on a mouse draws it: resampled, bent by slow waves, its ends not quite meeting."""
    ring = np.array(points + points[:1] if closed else points)
    steps = np.diff(ring, axis=0)
    passed = np.concatenate(([0.0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))))
    total = passed[-1] or 1.0
    count = max(6, min(48, round(total / max(reach * 0.9, 3.0))))
    start, stop = (rng.uniform(-0.03, 0.03), 1 + rng.uniform(-0.04, 0.05)) if closed else (0.0, 1.0)
    t = start + (stop - start) / count * np.arange(count + 1)
    along = (t % 1.0 if closed else np.clip(t, 0.0, 1.0)) * total
    bent = np.stack((np.interp(along, passed, ring[:, 0]), np.interp(along, passed, ring[:, 1])), 1)
    for k in range(1, 5):
        angle = rng.uniform(0, 6.28) + k * 6.28 * t
        bent[:, 0] += rng.gauss(0, 1) * reach / k * np.sin(angle)
        bent[:, 1] += rng.gauss(0, 1) * reach / k * np.cos(angle)
    at = rng.randrange(len(_NORMAL) - count)
    bent += _NORMAL[at:at + count + 1] * (reach * 0.12)
    return [tuple(p) for p in bent.tolist()]


def stroke(draw: ImageDraw.ImageDraw, points: list[Point], rgb: Rgb, pen: float) -> None:
    """A line with round joints and ends."""
    width = max(1, round(pen))
    draw.line(points, fill=rgb, width=width, joint="curve" if width > 2 else None)
    if width > 3:
        r = width / 2 - 0.5
        for x, y in (points[0], points[-1]):
            draw.ellipse((x - r, y - r, x + r, y + r), fill=rgb)


def hatch(size: tuple[int, int], polygon: list[Point], pen: float, rng: random.Random) -> Image.Image:
    """A mask of a zigzag inside a polygon, as somebody fills a drawing in a hurry."""
    xs, ys = [p[0] for p in polygon], [p[1] for p in polygon]
    cx, cy = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    reach = math.hypot(max(xs) - min(xs), max(ys) - min(ys)) / 2
    angle = rng.choice((0.0, 0.8, -0.8, 0.5, 1.57)) + rng.gauss(0, 0.15)
    ux, uy = math.cos(angle), math.sin(angle)
    gap = pen * rng.uniform(1.7, 2.6)
    points, at, side = [], -reach, 1
    while at < reach:
        swing = side * reach * rng.uniform(0.85, 1.05)
        points.append((cx + ux * swing - uy * at, cy + uy * swing + ux * at))
        side, at = -side, at + gap * rng.uniform(0.75, 1.25)
    inside, lines = Image.new("L", size, 0), Image.new("L", size, 0)
    ImageDraw.Draw(inside).polygon(polygon, fill=255)
    if len(points) > 1:
        ImageDraw.Draw(lines).line(points, fill=255, width=max(1, round(pen)))
    return ImageChops.multiply(inside, lines)


def draw_parts(page: Image.Image, parts: list[Part], ink: Ink, rng: random.Random) -> None:
    """Draws the parts, already in pixel coordinates, in their order."""
    draw = ImageDraw.Draw(page)
    pen = ink.pen
    reach = ink.wobble * pen * 1.1
    light = contrast(ink.rgb, (255, 255, 255)) > contrast(ink.rgb, (0, 0, 0))
    if rng.random() < 0.45 and contrast(ink.paper, ink.rgb) > 150:
        on_body = ink.paper
    else:
        on_body = shade(ink.rgb, rng.uniform(0.6, 1.0) if light else -rng.uniform(0.6, 1.0))
    edge = shade(ink.rgb, -0.45) if ink.style == "filled" and rng.random() < 0.18 else None
    has_details = any(p.role == "detail" for p in parts)
    for part in parts:
        points = part.points
        if reach:
            xs, ys = [p[0] for p in points], [p[1] for p in points]
            extent = max(max(xs) - min(xs), max(ys) - min(ys))  # a small part is drawn with a smaller movement
            points = unsteady(points, part.closed, min(reach, extent * 0.05), rng)
        if part.closed and not reach:
            around = points + points[:2]
        else:
            around = points
        tint = NATURAL.get(part.role, ink.rgb) if ink.natural and contrast(NATURAL.get(part.role, ink.rgb), ink.paper) > 90 else ink.rgb
        if ink.style == "filled":
            if part.role == "detail":
                if part.closed:
                    draw.polygon(points, fill=on_body)
                else:
                    stroke(draw, points, on_body, pen * 0.7)
            elif part.closed:
                if part.role == "heart" and not ink.natural:
                    tint = on_body
                draw.polygon(points, fill=tint)
                if edge:
                    stroke(draw, around, edge, max(1.0, pen * 0.4))
            else:
                stroke(draw, points, tint, pen)
            continue
        if part.closed and ink.style == "scribbled" and part.role in COVERS:
            fine = has_details and rng.random() < 0.8  # a face must show through
            page.paste(shade(tint, 0.35) if fine and light else tint, (0, 0), hatch(page.size, points, pen * (0.6 if fine else 1.0), rng))
        elif part.closed and part.role in COVERS and not ink.wobble:
            draw.polygon(points, fill=ink.paper)  # what stands in front hides what is behind
        if part.role == "detail" and part.closed and max(p[0] for p in points) - min(p[0] for p in points) < pen * 2.2:
            draw.polygon(points, fill=tint)  # an eye is a dot
        else:
            stroke(draw, around, tint, pen * (0.75 if part.role == "detail" else 1.0))
