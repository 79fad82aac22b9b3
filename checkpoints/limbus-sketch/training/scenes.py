"""What stands in one picture and where, and the rules that make its answers a matter of rule and not of luck.

All coordinates are fractions of the picture (x to the right, y down), because the model sees every picture squashed to a
square.

* A place is the cell of the 3x3 grid that holds the centre of a thing's bounding box; no centre lies within
  ``GRID_MARGIN`` of a grid line.
* Things are listed cell by cell in reading order; inside one cell by x + y, and no two differ there by less than
  ``ORDER_MARGIN``.
* "Left of" and "above" compare centres; a question is asked only where they differ by ``SIDE_MARGIN``.
* "Biggest" and "smallest" compare the areas of the boxes as drawn; a question is asked only where they differ by
  ``SIZE_RATIO``. How big a thing is, is asked only where it differs by ``SIZE_MARGIN`` from the bounds in ``answers.py``.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

from colours import INKS, PAPERS, Rgb, contrast, pick
from kinds import BACKGROUNDS, COLOURS, KINDS, SHAPES, THINGS

GRID_MARGIN = 0.02
ORDER_MARGIN = 0.05
SIDE_MARGIN = 0.1
SIZE_RATIO = 1.3
SIZE_MARGIN = 1.04


@dataclass
class Thing:
    """One thing, or one text: where its bounding box is centred, its half extents, and how it looks."""

    kind: str
    colour: str
    style: str
    x: float
    y: float
    half_x: float
    half_y: float
    rgb: Rgb = (0, 0, 0)
    text: str = ""
    """What it says, of the kind "text" alone."""

    @property
    def cell(self) -> int:
        """The cell of the 3x3 grid, counted in reading order from 0."""
        return min(2, int(self.y * 3)) * 3 + min(2, int(self.x * 3))

    @property
    def size(self) -> float:
        """What "biggest" compares."""
        return math.sqrt(self.half_x * self.half_y)


@dataclass
class Scene:
    """A picture to draw: its size in pixels, its paper, its things in the order in which they are listed.

    ``state``: "things" (also an empty page), "unclear" (noise, a photograph), "long" and "small" (text that is not read).
    """

    width: int
    height: int
    background: str
    paper: Rgb
    things: list[Thing] = field(default_factory=list)
    state: str = "things"


def off_grid_lines(value: float) -> bool:
    """Whether a coordinate keeps its distance from both lines of the 3x3 grid."""
    return abs(value - 1 / 3) >= GRID_MARGIN and abs(value - 2 / 3) >= GRID_MARGIN


def listing_key(thing: Thing) -> float:
    """Sorts things cell by cell in reading order, inside a cell along the diagonal."""
    return thing.cell * 4 + thing.x + thing.y


def fits(x: float, y: float, hx: float, hy: float, placed: list[tuple], gap: float) -> bool:
    """Whether a thing may stand here: inside, off the grid lines, clear of the others and of order ties."""
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
        columns = 2 if rng.random() < 0.5 else 3
        xs = sorted(rng.uniform(0.1, 0.9) for _ in range(columns))
        ys = sorted(rng.uniform(0.1, 0.9) for _ in range(3 if count > 4 or columns == 2 else 2))
        spots = [(x, y) for x in xs for y in ys]
        return rng.sample(spots, count) if len(spots) >= count else None
    cx, cy, spread = rng.uniform(0.25, 0.75), rng.uniform(0.25, 0.75), rng.uniform(0.12, 0.3)
    return [(cx + rng.uniform(-spread, spread), cy + rng.uniform(-spread, spread)) for _ in range(count)]


LIMIT = {1: 0.48, 2: 0.38, 3: 0.32, 4: 0.27, 5: 0.24, 6: 0.22}
"""The largest radius for so many things, in units of the short side."""


def arrange(count: int, aspect: float, rng: random.Random) -> list[tuple]:
    """Places ``count`` things: a list of (x, y, half_x, half_y)."""
    sx, sy = (1 / aspect, 1.0) if aspect > 1 else (1.0, aspect)
    floor = 0.08 / min(sx, sy)  # a sixth of the squashed side
    limit = LIMIT.get(count, 0.16)
    while True:
        gap = 1.06 if rng.random() < 0.75 else rng.uniform(0.95, 1.05)
        ceiling = max(floor * 1.02, rng.uniform(0.11, limit))
        alike = rng.random() < 0.35
        common = rng.uniform(floor, max(floor, ceiling))
        spots = anchors(count, rng)
        placed: list[tuple] = []
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
                    break
            else:
                break
        if len(placed) == count:
            return placed


def picture_size(rng: random.Random) -> tuple[int, int]:
    """A width and a height: mostly near square or 4:3, some very wide or tall."""
    draw = rng.random()
    if draw < 0.3:
        aspect = 1.0
    elif draw < 0.8:
        aspect = math.exp(rng.uniform(-math.log(1.8), math.log(1.8)))
    else:
        aspect = math.exp(rng.uniform(-math.log(3.0), math.log(3.0)))
    short = rng.randint(72, 130) if rng.random() < 0.8 else rng.randint(130, 260)
    return (round(short * aspect), short) if aspect >= 1 else (short, round(short / aspect))


PAPER_WEIGHTS = {"white": 12, "grey": 3, "black": 4, "blue": 3, "green": 3, "beige": 2, "yellow": 2, "pink": 2, "purple": 2}
FAMILIAR = {
    "tree": ("green",), "sun": ("yellow", "orange"), "fish": ("orange", "blue"), "smiley": ("yellow",), "moon": ("yellow", "white"), "heart": ("red", "pink"),
    "cloud": ("white", "grey", "blue"), "apple": ("red", "green"), "snowman": ("white",), "mushroom": ("red", "brown"), "star": ("yellow",), "house": ("brown", "red"),
}
"""Colours in which people like to draw a thing; the model must not rely on them, so they are used now and then."""


def ink_for(background: str, paper: Rgb, wanted: list[str], rng: random.Random, least: float = 150) -> tuple[str, Rgb]:
    """A colour that can be seen on the paper, from the wanted ones if there is any; ``least`` is the contrast."""
    for attempt in range(60):
        colour = rng.choice(wanted if attempt < 12 else COLOURS)
        rgb = pick(INKS[colour], rng)
        if colour != background and contrast(rgb, paper) > least:
            return colour, rgb
    return ("black", (0, 0, 0)) if contrast(paper, (0, 0, 0)) > 300 else ("white", (255, 255, 255))


def style_for(kind: str, half: float, rng: random.Random) -> str:
    """Most are filled; a small one is not outlined where its hole would not show."""
    roomy = half > (0.12 if kind in ("cross", "star", "arrow") else 0.09)
    if not roomy:
        return "filled"
    return rng.choices(STYLE_NAMES, (5, 4, 2) if kind in SHAPES else (4, 5, 2))[0]


STYLE_NAMES = ("filled", "outlined", "scribbled")


def empty_scene(rng: random.Random) -> Scene:
    """A page with nothing on it yet."""
    width, height = picture_size(rng)
    background = rng.choices(BACKGROUNDS, [PAPER_WEIGHTS.get(b, 1) for b in BACKGROUNDS])[0]
    return Scene(width, height, background, pick(PAPERS[background], rng))


def make_scene(rng: random.Random, dense: bool = False, few: bool = False) -> Scene:
    """One page with 0 to 8 things; ``few`` means mostly two, where looking up is easiest to learn."""
    scene = empty_scene(rng)
    if few:
        count = rng.choices((0, 1, 2, 3), (1, 3, 10, 2))[0]
    elif dense:
        count = rng.choices((3, 4, 5, 6, 7, 8), (4, 6, 6, 6, 1, 1))[0]
    else:
        count = rng.choices((0, 1, 2, 3, 4), (1, 6, 6, 5, 3))[0]
    pool = KINDS if rng.random() < 0.55 else (SHAPES if rng.random() < 0.35 else THINGS)
    kinds = rng.sample(pool, rng.randint(1, 3)) if rng.random() < 0.35 else pool
    colours = [c for c in COLOURS if c != scene.background]
    colours = rng.sample(colours, rng.randint(1, 3)) if rng.random() < 0.35 else colours
    one_style = style_for("house", 1.0, rng) if rng.random() < 0.5 else None
    for x, y, hx, hy in arrange(count, scene.width / scene.height, rng) if count else ():
        kind = rng.choice(kinds)
        wanted = list(FAMILIAR[kind]) if kind in FAMILIAR and rng.random() < 0.25 else colours
        colour, rgb = ink_for(scene.background, scene.paper, wanted, rng)
        style = style_for(kind, min(hx, hy), rng)
        if one_style and style != "filled":
            style = one_style
        scene.things.append(Thing(kind, colour, style, x, y, hx, hy, rgb))
    return scene
