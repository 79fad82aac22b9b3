"""How each kind is drawn: a few closed bodies and open lines in a frame of about -1..1, y downwards.

Every call draws the kind a little differently: proportions, number of parts, which details are there.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

Point = tuple[float, float]


@dataclass
class Part:
    """One piece of a drawing.

    ``role``: "body" is filled with the thing's colour, "line" is stroked with it, "detail" stands on a body and is drawn
    in another tint when the body is filled. A closed part is a polygon. ``smooth`` parts have no corners.
    """

    points: list[Point]
    role: str = "body"
    closed: bool = True
    smooth: bool = False


def arc(cx: float, cy: float, rx: float, ry: float, start: float = 0.0, stop: float = 360.0, n: int = 28) -> list[Point]:
    """Points of an ellipse from ``start`` to ``stop`` degrees (0 is right, 90 is down); a full turn is not closed twice."""
    full = abs(stop - start) >= 360
    steps = n if full else n - 1
    return [
        (cx + rx * math.cos(math.radians(start + (stop - start) * i / steps)), cy + ry * math.sin(math.radians(start + (stop - start) * i / steps)))
        for i in range(n)
    ]


def disc(cx: float, cy: float, r: float, role: str = "body", ry: float | None = None) -> Part:
    """A circle or an upright ellipse."""
    return Part(arc(cx, cy, r, r if ry is None else ry), role, smooth=True)


def box(x0: float, y0: float, x1: float, y1: float, role: str = "body") -> Part:
    """An upright rectangle."""
    return Part([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], role)


def line(*points: Point, role: str = "line", smooth: bool = False) -> Part:
    """An open line."""
    return Part(list(points), role, closed=False, smooth=smooth)


def flipped(parts: list[Part], rng: random.Random) -> list[Part]:
    """Half of the time the mirror image."""
    if rng.random() < 0.5:
        for part in parts:
            part.points = [(-x, y) for x, y in part.points]
    return parts


def circle(rng: random.Random) -> list[Part]:
    return [disc(0, 0, 1)]


def square(rng: random.Random) -> list[Part]:
    stretch = math.exp(rng.uniform(-0.25, 0.25)) if rng.random() < 0.3 else 1.0
    return [box(-stretch, -1, stretch, 1)]


def triangle(rng: random.Random) -> list[Part]:
    apex, tall = (0.0 if rng.random() < 0.7 else rng.uniform(-0.8, 0.8)), rng.uniform(1.4, 2.1)
    return [Part([(apex, -tall / 2), (1, tall / 2), (-1, tall / 2)])]


def star(rng: random.Random) -> list[Part]:
    inner = rng.uniform(0.36, 0.5)
    tips = 5 if rng.random() < 0.88 else 6
    points = []
    for i in range(2 * tips):
        length, angle = (1.0 if i % 2 == 0 else inner), math.pi * i / tips
        points.append((length * math.sin(angle), -length * math.cos(angle)))
    return [Part(points)]


def heart(rng: random.Random) -> list[Part]:
    points = []
    for i in range(30):
        t = 2 * math.pi * i / 30
        points.append((math.sin(t) ** 3, -(13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)) / 16))
    return [Part(points, smooth=True)]


def diamond(rng: random.Random) -> list[Part]:
    wide = 1.0 if rng.random() < 0.4 else math.exp(rng.uniform(-0.5, 0.3))
    return [Part([(0, -1), (wide, 0), (0, 1), (-wide, 0)])]


def cross(rng: random.Random) -> list[Part]:
    a = rng.uniform(0.26, 0.44)
    return [Part([(-a, -1), (a, -1), (a, -a), (1, -a), (1, a), (a, a), (a, 1), (-a, 1), (-a, a), (-1, a), (-1, -a), (-a, -a)])]


def arrow(rng: random.Random) -> list[Part]:
    shaft, head, wide = rng.uniform(0.14, 0.28), rng.uniform(0.5, 0.95), rng.uniform(0.5, 0.75)
    if rng.random() < 0.35:  # of lines
        return [line((-1, 0), (1, 0)), line((1 - head * 0.7, -wide * 0.8), (1, 0), (1 - head * 0.7, wide * 0.8))]
    neck = 1 - head
    return [Part([(-1, -shaft), (neck, -shaft), (neck, -wide), (1, 0), (neck, wide), (neck, shaft), (-1, shaft)])]


def house(rng: random.Random) -> list[Part]:
    wall, eaves = rng.uniform(0.7, 0.9), rng.uniform(-0.3, 0.1)
    over = wall if rng.random() < 0.3 else min(1.0, wall + 0.15)
    parts = [box(-wall, eaves, wall, 1), Part([(-over, eaves), (0, -1), (over, eaves)])]
    if rng.random() < 0.75:
        x, half = rng.choice((0.0, 0.0, -0.35, 0.35)), rng.uniform(0.12, 0.2)
        parts.append(box(x - half, rng.uniform(0.3, 0.5), x + half, 1, "detail"))
        spots = [s for s in (-0.45, 0.45, 0.0) if abs(s - x) > 0.4]
    else:
        spots = [-0.4, 0.4]
    for at in spots:
        if rng.random() < 0.65:
            half, y = rng.uniform(0.12, 0.19), rng.uniform(0.3, 0.45)
            parts.append(box(at - half, y - half, at + half, y + half, "detail"))
    if rng.random() < 0.35:
        x = rng.choice((-1, 1)) * rng.uniform(0.35, 0.55)
        parts.insert(0, box(x - 0.11, -0.95, x + 0.11, -0.3))
    return parts


def tree(rng: random.Random) -> list[Part]:
    half = rng.uniform(0.1, 0.17)
    look = rng.random()
    if look < 0.42:
        top = rng.uniform(0.55, 0.68)
        crown = [disc(0, -1 + top, rng.uniform(0.6, 0.75), ry=top)]
        foot = -1 + 2 * top - 0.08
    elif look < 0.62:
        crown, foot = [bumpy(0, -0.35, 0.75, 0.6, rng.choice((6, 7, 8)))], 0.2
    else:
        tiers = rng.choice((1, 2, 3))
        crown, foot = [], 0.5
        for i in range(tiers):
            y0, y1 = -1 + i * 1.1 / tiers, -1 + (i + 1.25) * 1.5 / (tiers + 0.25)
            wide = 0.75 * (0.6 + 0.4 * (i + 1) / tiers)
            crown.append(Part([(0, y0), (wide, min(y1, foot)), (-wide, min(y1, foot))]))
    return [Part([(-half, foot), (half, foot), (half, 1), (-half, 1)], "trunk"), *crown]


def bumpy(cx: float, cy: float, rx: float, ry: float, bumps: int, start: float = 0.0, stop: float = 360.0) -> Part:
    """A round outline of arcs, as clouds and tree tops are drawn."""
    points = []
    for i in range(bumps):
        middle = start + (stop - start) * (i + 0.5) / bumps
        mx, my = cx + rx * 0.72 * math.cos(math.radians(middle)), cy + ry * 0.72 * math.sin(math.radians(middle))
        r = abs(stop - start) / 360 * 3.6 / bumps
        points += arc(mx, my, rx * r * 0.82, ry * r * 0.95, middle - 85, middle + 85, 7)
    return Part(points)


def sun(rng: random.Random) -> list[Part]:
    rays, core = rng.choice((8, 8, 10, 12, 7)), rng.uniform(0.45, 0.6)
    turn = rng.uniform(0, 360 / rays)
    spiky = rng.random() < 0.35
    parts = [disc(0, 0, core)]
    for i in range(rays):
        angle = math.radians(turn + 360 * i / rays)
        ux, uy = math.cos(angle), math.sin(angle)
        near, far = core + rng.uniform(0.06, 0.14), 1.0
        if spiky:
            w = core * math.pi / rays * 0.62
            parts.append(Part([(ux * near - uy * w, uy * near + ux * w), (ux * far, uy * far), (ux * near + uy * w, uy * near - ux * w)]))
        else:
            parts.append(line((ux * near, uy * near), (ux * far, uy * far)))
    if rng.random() < 0.15:
        parts += face(0, 0, core)
    return parts


def face(cx: float, cy: float, r: float) -> list[Part]:
    """Two eyes and a smile on a disc."""
    return [
        disc(cx - 0.36 * r, cy - 0.25 * r, 0.11 * r, "detail"), disc(cx + 0.36 * r, cy - 0.25 * r, 0.11 * r, "detail"),
        Part(arc(cx, cy + 0.05 * r, 0.55 * r, 0.5 * r, 20, 160, 12), "detail", closed=False, smooth=True),
    ]


def flower(rng: random.Random) -> list[Part]:
    petals = rng.choice((5, 5, 6, 7, 8))
    stem = rng.random() < 0.75
    cy, reach = (-0.42, 0.58) if stem else (0.0, 1.0)
    ring = reach * 0.6
    r = min(reach - ring, ring * math.sin(math.pi / petals) * 1.1)
    turn = rng.uniform(0, 360 / petals)
    parts: list[Part] = []
    if stem:
        parts.append(Part([(0, cy + reach * 0.5), (rng.uniform(-0.08, 0.08), 1)], "stem", closed=False))
        for side in (-1, 1):
            if rng.random() < 0.6:
                y = rng.uniform(0.45, 0.7)
                parts.append(Part(leaf(side * 0.02, y, side * 0.5, y - rng.uniform(0.1, 0.3)), "leaf", smooth=True))
    for i in range(petals):
        angle = math.radians(turn + 360 * i / petals)
        parts.append(disc(ring * math.cos(angle), cy + ring * math.sin(angle), r))
    parts.append(disc(0, cy, reach * rng.uniform(0.24, 0.32), "heart"))
    return parts


def leaf(x0: float, y0: float, x1: float, y1: float) -> list[Point]:
    """A pointed oval from one point to another."""
    dx, dy = x1 - x0, y1 - y0
    bulge = (0.0, 0.16, 0.22, 0.16, 0.0, -0.16, -0.22, -0.16)
    along = (0.0, 0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25)
    return [(x0 + dx * t - dy * b, y0 + dy * t + dx * b) for t, b in zip(along, bulge)]


def fish(rng: random.Random) -> list[Part]:
    tall, tail = rng.uniform(0.42, 0.58), rng.uniform(0.35, 0.5)
    parts = [disc(0.25, 0, 0.75, ry=tall), Part([(-0.35, 0), (-1, -tail), (-0.85, 0), (-1, tail)])]
    if rng.random() < 0.5:
        parts.append(Part([(0.05, -tall * 0.85), (0.35, -tall - 0.28), (0.5, -tall * 0.8)]))
    parts.append(disc(0.65, -tall * 0.3, 0.09, "detail"))
    if rng.random() < 0.4:
        parts.append(Part(arc(0.28, 0, 0.2, tall * 0.7, -70, 70, 8), "detail", closed=False, smooth=True))
    return flipped(parts, rng)


def car(rng: random.Random) -> list[Part]:
    roof, hood = rng.uniform(-0.62, -0.45), rng.uniform(-0.08, 0.06)
    a, b = rng.uniform(0.3, 0.5), rng.uniform(0.35, 0.6)
    body = Part([(-1, hood), (-a - 0.2, hood), (-a, roof), (b - 0.15, roof), (b + 0.12, hood), (1, hood + 0.06), (1, 0.42), (-1, 0.42)])
    r = rng.uniform(0.2, 0.27)
    parts = [body, disc(-0.52, 0.42, r, "wheel"), disc(0.52, 0.42, r, "wheel")]
    if rng.random() < 0.8:
        y0, y1 = roof + 0.1, hood - 0.02
        parts.append(Part([(-a - 0.08, y1), (-a + 0.06, y0), (-0.03, y0), (-0.03, y1)], "detail"))
        parts.append(Part([(0.06, y1), (0.06, y0), (b - 0.2, y0), (b - 0.03, y1)], "detail"))
    return flipped(parts, rng)


def cat(rng: random.Random) -> list[Part]:
    parts = [
        Part([(-0.78, -0.3), (-0.8, -1), (-0.2, -0.62)]), Part([(0.78, -0.3), (0.8, -1), (0.2, -0.62)]),
        disc(0, 0.1, 0.85, ry=rng.uniform(0.72, 0.85)),
        disc(-0.33, -0.08, rng.uniform(0.08, 0.13), "detail"), disc(0.33, -0.08, rng.uniform(0.08, 0.13), "detail"),
        Part([(-0.1, 0.2), (0.1, 0.2), (0, 0.31)], "detail"),
    ]
    for side in (-1, 1):
        for dy in (-0.1, 0.04, 0.18)[: rng.choice((2, 3, 3))]:
            parts.append(line((side * 0.3, 0.3 + dy * 0.3), (side * 1.0, 0.25 + dy), role="detail"))
    if rng.random() < 0.5:
        parts.append(line((-0.2, 0.5), (0, 0.4), (0.2, 0.5), role="detail", smooth=True))
    return parts


def smiley(rng: random.Random) -> list[Part]:
    return [disc(0, 0, 1), *face(0, 0, 1)]


def moon(rng: random.Random) -> list[Part]:
    cut = rng.uniform(0.25, 0.5)
    outer = arc(0, 0, 1, 1, 60, 300, 22)
    inner = arc(0.5, 0, 0.5 + cut * 0.3, 0.866, 270, 90, 14)
    return flipped([Part([(x + 0.25, y) for x, y in outer + inner])], rng)


def cloud(rng: random.Random) -> list[Part]:
    bumps = rng.choice((3, 4, 4, 5))
    discs = [(-0.6, 0.15, 0.38), (0.6, 0.15, 0.38)]
    for i in range(bumps - 2):
        x = 0.0 if bumps == 3 else (-0.5 + i / (bumps - 3)) * (0.5 if bumps == 4 else 0.75)
        discs.append((x + rng.uniform(-0.05, 0.05), -0.15, rng.uniform(0.4, 0.52)))
    return [Part(hull_of_discs(discs, 0.45, 44))]


def hull_of_discs(discs: list[tuple[float, float, float]], floor: float, n: int) -> list[Point]:
    """The outer edge of overlapping discs, seen from their middle, cut off below ``floor``."""
    points = []
    for i in range(n):
        ux, uy = math.cos(2 * math.pi * i / n), math.sin(2 * math.pi * i / n)
        far = 0.3
        for x, y, r in discs:
            along = x * ux + y * uy
            inside = r * r - (x * x + y * y - along * along)
            if inside > 0:
                far = max(far, along + math.sqrt(inside))
        if uy > 0.01 and far * uy > floor:
            far = floor / uy
        points.append((far * ux, far * uy))
    return points


def boat(rng: random.Random) -> list[Part]:
    deck = rng.uniform(0.3, 0.45)
    parts = [Part([(-1, deck), (1, deck), (rng.uniform(0.55, 0.75), 1), (-rng.uniform(0.55, 0.75), 1)]), line((0, deck), (0, -1))]
    parts.append(Part([(0.08, -0.95), (0.08, deck - 0.15), (rng.uniform(0.6, 0.85), deck - 0.15)], "body"))
    if rng.random() < 0.55:
        parts.append(Part([(-0.08, -0.8), (-0.08, deck - 0.15), (-rng.uniform(0.4, 0.7), deck - 0.15)], "body"))
    return flipped(parts, rng)


def apple(rng: random.Random) -> list[Part]:
    points = []
    for i in range(32):
        t = 2 * math.pi * i / 32
        dip = 0.2 * math.exp(-((math.sin((t + math.pi / 2) / 2)) ** 2) * 14)
        r = 0.82 + 0.05 * math.cos(3 * t + math.pi / 2)
        points.append((r * 1.05 * math.cos(t), 0.17 + (r - dip) * math.sin(t)))
    parts = [Part(points, smooth=True), line((0, -0.5), (rng.uniform(-0.1, 0.15), -0.98))]
    if rng.random() < 0.75:
        side = rng.choice((-1, 1))
        parts.append(Part(leaf(0.03, -0.62, side * 0.5, -0.95), "leaf", smooth=True))
    return parts


def snowman(rng: random.Random) -> list[Part]:
    if rng.random() < 0.6:
        parts, head, r = [disc(0, 0.6, 0.4), disc(0, 0.02, 0.3)], -0.42, 0.22
    else:
        parts, head, r = [disc(0, 0.5, 0.5)], -0.25, 0.33
    parts.append(disc(0, head, r))
    for side in (-1, 1):
        parts.append(disc(side * 0.36 * r, head - 0.2 * r, 0.14 * r, "detail"))
        if rng.random() < 0.5:
            parts.append(line((side * 0.28, 0.0), (side * 0.75, -0.25)))
    if rng.random() < 0.7:
        parts.append(box(-r * 0.7, head - r - 0.26, r * 0.7, head - r * 0.75, "hat"))
        parts.append(line((-r * 1.2, head - r * 0.75), (r * 1.2, head - r * 0.75), role="hat"))
    for i in range(rng.randint(0, 3)):
        parts.append(disc(0, 0.0 + 0.2 * i, 0.05, "detail"))
    return parts


def mushroom(rng: random.Random) -> list[Part]:
    half, rim = rng.uniform(0.2, 0.32), rng.uniform(-0.1, 0.1)
    cap = Part(arc(0, rim, 1, rim + 1, 180, 360, 20))
    stem = Part([(-half, rim), (half, rim), (half * 1.25, 1), (-half * 1.25, 1)], "pale")
    parts = [stem, cap]
    for x, y, r in ((-0.45, 0.45, 0.13), (0.1, 0.68, 0.15), (0.5, 0.35, 0.12))[: rng.randint(0, 3)]:
        parts.append(disc(x, rim - y * (rim + 1), r, "detail"))
    return parts


def umbrella(rng: random.Random) -> list[Part]:
    rim, lobes = rng.uniform(-0.05, 0.1), rng.choice((3, 4))
    edge: list[Point] = []
    for i in range(lobes):
        x1, x0 = 1 - 2 * i / lobes, 1 - 2 * (i + 1) / lobes
        edge += arc((x0 + x1) / 2, rim, (x1 - x0) / 2, 0.16, 0, -180, 7)
    canopy = Part(arc(0, rim, 1, rim + 0.95, 180, 360, 20) + edge[1:-1])
    hook = 0.16
    stick = [(0, rim - 0.1), (0, 0.8), *arc(hook, 0.8, hook, 0.18, 180, 20, 8)]
    return flipped([line(*stick), canopy, line((0, rim - 0.9), (0, -1))], rng)


def person(rng: random.Random) -> list[Part]:
    r = rng.uniform(0.2, 0.28)
    neck, hip = -1 + 2 * r, rng.uniform(0.2, 0.35)
    hands, spread = rng.uniform(-0.45, 0.2), rng.uniform(0.3, 0.45)
    shoulder = neck + 0.15
    arms = line((-0.6, hands), (0, shoulder), (0.6, hands if rng.random() < 0.7 else -hands))
    parts = [disc(0, -1 + r, r), line((0, neck), (0, hip)), arms, line((-spread, 1), (0, hip), (spread, 1))]
    if rng.random() < 0.25:
        parts.append(Part([(0, shoulder + 0.05), (0.38, hip + 0.15), (-0.38, hip + 0.15)]))
    if r > 0.24 and rng.random() < 0.3:
        parts += face(0, -1 + r, r)
    return parts


DRAWINGS = {f.__name__: f for f in (
    circle, square, triangle, star, heart, diamond, cross, arrow, house, tree, sun, flower, fish, car, cat, smiley,
    moon, cloud, boat, apple, snowman, mushroom, umbrella, person,
)}
"""Every kind of ``kinds.py``."""

TURNS = {
    "circle": 0, "square": 18, "triangle": 180, "star": 180, "heart": 25, "diamond": 9, "cross": 20, "arrow": 180,
    "sun": 30, "moon": 40, "fish": 25, "flower": 15, "umbrella": 25, "smiley": 15, "cat": 12, "apple": 15, "cloud": 6,
}
"""By how many degrees a kind may be turned either way; 10 where it does not say."""
