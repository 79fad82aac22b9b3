"""What may stand in a training picture: shapes, colours, places, and the rules that make them unambiguous.

All coordinates are fractions of the picture (x to the right, y down), because the model sees every picture squashed to
a square. Two rules keep answers a matter of rule and not of luck:

* a place is the cell of the 3x3 grid that holds the centre of the object's bounding box, and no centre lies within
  ``GRID_MARGIN`` of a grid line;
* objects are listed cell by cell in reading order; inside one cell by x + y, and no two differ there by less than
  ``ORDER_MARGIN``.
"""

from __future__ import annotations

import colorsys
import math
import random
from dataclasses import dataclass, field

SHAPES = ("circle", "square", "triangle", "star", "heart", "diamond", "cross")
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "black", "white")
BACKGROUNDS = (
    "white", "grey", "black", "blue", "green", "yellow", "pink", "purple", "orange", "red", "brown", "beige",
)
GRID_MARGIN = 0.02
ORDER_MARGIN = 0.05
LISTED = 4
"""The longest list the model gives; pictures with more objects are answered with one sentence."""

# Hue in degrees, saturation and value in 0..1, one or more boxes for each name.
COLOUR_BOXES = {
    "red": [(-8, 8, 0.78, 1.0, 0.72, 1.0), (-14, -6, 0.85, 0.95, 0.75, 0.95)],
    "orange": [(22, 39.5, 0.82, 1.0, 0.9, 1.0)],
    "yellow": [(49, 62, 0.65, 1.0, 0.88, 1.0)],
    "green": [(95, 150, 0.5, 1.0, 0.42, 1.0)],
    "blue": [(204, 245, 0.62, 1.0, 0.55, 1.0)],
    "purple": [(266, 286, 0.42, 1.0, 0.45, 0.95), (286, 302, 0.5, 1.0, 0.4, 0.65)],
    "pink": [(322, 350, 0.25, 0.66, 0.92, 1.0), (350, 352, 0.22, 0.4, 0.95, 1.0), (326, 332, 0.6, 0.92, 0.95, 1.0)],
    "black": [(0, 360, 0.0, 0.6, 0.0, 0.11)],
    "white": [(0, 360, 0.0, 0.03, 0.95, 1.0)],
}
BACKGROUND_BOXES = {
    "white": [(0, 360, 0.0, 0.03, 0.95, 1.0)],
    "grey": [(0, 360, 0.0, 0.05, 0.3, 0.85)],
    "black": [(0, 360, 0.0, 0.5, 0.0, 0.11)],
    "blue": [(200, 235, 0.15, 0.4, 0.88, 1.0), (210, 240, 0.5, 1.0, 0.22, 0.5), (204, 240, 0.6, 1.0, 0.6, 1.0)],
    "green": [(95, 150, 0.15, 0.4, 0.82, 1.0), (105, 150, 0.5, 1.0, 0.2, 0.45), (95, 145, 0.5, 1.0, 0.5, 1.0)],
    "yellow": [(50, 62, 0.22, 1.0, 0.92, 1.0)],
    "pink": [(325, 352, 0.12, 0.5, 0.93, 1.0)],
    "purple": [(258, 286, 0.15, 0.4, 0.85, 1.0), (266, 288, 0.4, 1.0, 0.3, 0.85)],
    "orange": [(22, 38, 0.75, 1.0, 0.92, 1.0)],
    "red": [(-8, 8, 0.78, 1.0, 0.55, 1.0)],
    "brown": [(18, 32, 0.45, 0.85, 0.25, 0.52)],
    "beige": [(30, 44, 0.1, 0.28, 0.88, 0.97)],
}


@dataclass
class Thing:
    """One object: what it is, where its bounding box is centred, and its half extents."""

    shape: str
    colour: str
    outlined: bool
    x: float
    y: float
    half_x: float
    half_y: float
    rgb: tuple[int, int, int] = (0, 0, 0)

    @property
    def cell(self) -> int:
        """The cell of the 3x3 grid, counted in reading order from 0."""
        return min(2, int(self.y * 3)) * 3 + min(2, int(self.x * 3))


@dataclass
class Scene:
    """A picture to draw: its size, its background and its things in the order in which they are listed."""

    width: int
    height: int
    background: str
    background_rgb: tuple[int, int, int]
    things: list[Thing] = field(default_factory=list)
    readable: bool = True


def pick_rgb(boxes: list[tuple], rng: random.Random) -> tuple[int, int, int]:
    """Draws one colour from a list of boxes in hue, saturation and value."""
    h0, h1, s0, s1, v0, v1 = boxes[0] if len(boxes) == 1 or rng.random() < 0.6 else rng.choice(boxes)
    corner = rng.random() < 0.3  # pure colours are what people type
    saturation = s1 if corner else rng.uniform(s0, s1)
    value = v1 if corner and rng.random() < 0.6 else rng.uniform(v0, v1)
    red, green, blue = colorsys.hsv_to_rgb((rng.uniform(h0, h1) % 360) / 360, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def contrast(a: tuple[int, int, int], b: tuple[int, int, int]) -> float:
    """A weighted distance of two colours; black to white is 765."""
    mean = (a[0] + b[0]) / 2
    dr, dg, db = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    return math.sqrt((2 + mean / 256) * dr * dr + 4 * dg * dg + (2 + (255 - mean) / 256) * db * db)


def off_grid_lines(value: float) -> bool:
    """Whether a coordinate keeps its distance from both lines of the 3x3 grid."""
    return abs(value - 1 / 3) >= GRID_MARGIN and abs(value - 2 / 3) >= GRID_MARGIN


def listing_key(thing: Thing) -> float:
    """Sorts things cell by cell in reading order, inside a cell along the diagonal."""
    return thing.cell * 4 + thing.x + thing.y


def fits(x: float, y: float, hx: float, hy: float, placed: list[tuple], gap: float) -> bool:
    """Whether an object may stand here: inside, off the grid lines, clear of the others and of order ties."""
    if x - hx < -0.01 or x + hx > 1.01 or y - hy < -0.01 or y + hy > 1.01:
        return False
    if not (off_grid_lines(x) and off_grid_lines(y)):
        return False
    for ox, oy, ohx, ohy in placed:
        dx, dy = (x - ox) / (hx + ohx), (y - oy) / (hy + ohy)
        if dx * dx + dy * dy < gap * gap:
            return False
        if int(x * 3) == int(ox * 3) and int(y * 3) == int(oy * 3) and abs(x + y - ox - oy) < ORDER_MARGIN:
            return False
    return True


def anchors(count: int, rng: random.Random) -> list[tuple[float, float]] | None:
    """Centres of one regular arrangement (before jitter), or None for free placement."""
    kind = rng.random()
    if kind < 0.4 or count == 1:
        return None
    lo, hi = rng.uniform(0.08, 0.2), rng.uniform(0.8, 0.92)
    steps = [lo + (hi - lo) * i / (count - 1) for i in range(count)]
    if kind < 0.52:
        y = rng.uniform(0.1, 0.9)
        return [(s, y) for s in steps]
    if kind < 0.66:
        x = rng.uniform(0.1, 0.9)
        return [(x, s) for s in steps]
    if kind < 0.72:
        rising = rng.random() < 0.5
        return [(s, 1 - s if rising else s) for s in steps]
    if kind < 0.86:
        columns = 2 if rng.random() < 0.6 else 3
        xs = sorted(rng.uniform(0.1, 0.9) for _ in range(columns))
        ys = sorted(rng.uniform(0.1, 0.9) for _ in range(4 - columns + 1))
        spots = [(x, y) for x in xs for y in ys]
        return rng.sample(spots, count) if len(spots) >= count else None
    cx, cy, spread = rng.uniform(0.25, 0.75), rng.uniform(0.25, 0.75), rng.uniform(0.12, 0.3)
    return [(cx + rng.uniform(-spread, spread), cy + rng.uniform(-spread, spread)) for _ in range(count)]


def arrange(count: int, aspect: float, rng: random.Random) -> list[tuple]:
    """Places ``count`` objects: a list of (x, y, half_x, half_y, radius), the radius in units of the short side."""
    sx, sy = (1 / aspect, 1.0) if aspect > 1 else (1.0, aspect)
    floor = 0.075 / min(sx, sy)  # at least about ten pixels of sixty-four on the squashed side
    limit = {1: 0.46, 2: 0.36, 3: 0.3, 4: 0.26}.get(count, 0.18)
    while True:
        gap = 1.06 if rng.random() < 0.75 else rng.uniform(0.93, 1.05)
        ceiling = max(floor * 1.02, rng.uniform(0.1, limit))
        alike = rng.random() < 0.35
        common = rng.uniform(floor, max(floor, ceiling))
        spots = anchors(count, rng)
        placed: list[tuple] = []
        radii = []
        for i in range(count):
            for _ in range(14):
                radius = common if alike else rng.uniform(floor, max(floor, ceiling))
                hx, hy = radius * sx, radius * sy
                if spots is None:
                    if rng.random() < 0.15:  # against an edge
                        x, y = rng.choice(((hx, None), (1 - hx, None), (None, hy), (None, 1 - hy)))
                        x = rng.uniform(hx, 1 - hx) if x is None else x
                        y = rng.uniform(hy, 1 - hy) if y is None else y
                    else:
                        x, y = rng.uniform(hx, 1 - hx), rng.uniform(hy, 1 - hy)
                else:
                    x, y = spots[i][0] + rng.gauss(0, 0.015), spots[i][1] + rng.gauss(0, 0.015)
                    x, y = min(max(x, hx), 1 - hx), min(max(y, hy), 1 - hy)
                if 2 * max(hx, hy) < 1 and fits(x, y, hx, hy, placed, gap):
                    placed.append((x, y, hx, hy))
                    radii.append(radius)
                    break
            else:
                break
        if len(placed) == count:
            return [(*spot, radius) for spot, radius in zip(placed, radii)]


def picture_size(rng: random.Random) -> tuple[int, int]:
    """A width and a height: mostly near square or 4:3, some very wide or tall."""
    draw = rng.random()
    if draw < 0.3:
        aspect = 1.0
    elif draw < 0.8:
        aspect = math.exp(rng.uniform(-math.log(1.8), math.log(1.8)))
    else:
        aspect = math.exp(rng.uniform(-math.log(3.0), math.log(3.0)))
    short = rng.randint(56, 110) if rng.random() < 0.85 else rng.randint(110, 240)
    return (round(short * aspect), short) if aspect >= 1 else (short, round(short / aspect))


def make_scene(rng: random.Random, dense: bool, few: bool = False) -> Scene:
    """One readable picture with 0 to 6 things; ``few`` means mostly two, where looking up is easiest to learn."""
    width, height = picture_size(rng)
    background = rng.choices(BACKGROUNDS, (8, 4, 4, 3, 3, 2, 2, 2, 1, 1, 1, 2))[0]
    rgb = pick_rgb(BACKGROUND_BOXES[background], rng)
    if few:
        count = rng.choices((0, 1, 2, 3), (1, 3, 10, 2))[0]
    elif dense:
        count = rng.choices((3, 4, 5, 6), (4, 10, 2, 1))[0]
    else:
        count = rng.choices((0, 1, 2, 3, 4), (1, 5, 6, 5, 3))[0]
    scene = Scene(width, height, background, rgb)
    if not count:
        return scene
    shapes = rng.sample(SHAPES, rng.randint(1, 3)) if rng.random() < 0.35 else SHAPES
    colours = [c for c in COLOURS if c != background]
    colours = rng.sample(colours, rng.randint(1, 3)) if rng.random() < 0.35 else colours
    for x, y, hx, hy, _ in arrange(count, width / height, rng):
        for attempt in range(40):
            colour = rng.choice(colours if attempt < 10 else COLOURS)
            ink = pick_rgb(COLOUR_BOXES[colour], rng)
            if colour != background and contrast(ink, rgb) > 150:
                break
        shape = rng.choice(shapes)
        roomy = min(hx, hy) > (0.12 if shape in ("cross", "star") else 0.088)  # the hole of an outline must show
        scene.things.append(Thing(shape, colour, roomy and rng.random() < 0.4, x, y, hx, hy, ink))
    scene.things.sort(key=listing_key)
    return scene
