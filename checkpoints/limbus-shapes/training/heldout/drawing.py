"""An independent renderer: signed distances in numpy, edges softened over one pixel. Shares nothing with the training's."""

from __future__ import annotations

import numpy as np


def _polygon(px: np.ndarray, py: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Signed distance to a simple polygon, negative inside."""
    best = np.full(px.shape, np.inf)
    inside = np.zeros(px.shape, bool)
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, axis=0)):
        ex, ey = bx - ax, by - ay
        wx, wy = px - ax, py - ay
        along = np.clip((wx * ex + wy * ey) / (ex * ex + ey * ey), 0, 1)
        best = np.minimum(best, np.hypot(wx - along * ex, wy - along * ey))
        crosses = (ay > py) != (by > py)
        inside ^= crosses & (px < ex * (py - ay) / (ey if ey else 1e-9) + ax)
    return np.where(inside, -best, best)


def _heart(px: np.ndarray, py: np.ndarray) -> np.ndarray:
    """A heart of two arcs over a corner, roughly two units wide and high, y downwards."""
    x, y = np.abs(px) * 0.55, (1.0 - py) * 0.55 - 0.03
    upper = np.hypot(x - 0.25, y - 0.75) - np.sqrt(2) / 4
    middle = np.minimum(np.hypot(x, y - 1.0), np.hypot(x - 0.5 * np.maximum(x + y, 0), y - 0.5 * np.maximum(x + y, 0)))
    return np.where(x + y > 1.0, upper, middle * np.sign(x - y)) / 0.55


def distance(shape: str, px: np.ndarray, py: np.ndarray, form: float) -> np.ndarray:
    """Signed distance to a shape of about unit radius; ``form`` in 0..1 varies its proportions."""
    if shape == "circle":
        return np.hypot(px, py) - 1.0
    if shape == "square":
        qx, qy = np.abs(px) - 0.85, np.abs(py) - 0.85
        return np.hypot(np.maximum(qx, 0), np.maximum(qy, 0)) + np.minimum(np.maximum(qx, qy), 0)
    if shape == "triangle":
        wide = 0.8 + 0.2 * form
        return _polygon(px, py, np.array([(0, -0.95), (wide, 0.75), (-wide, 0.75)]))
    if shape == "diamond":
        wide = 0.68 + 0.3 * form
        return _polygon(px, py, np.array([(0, -1.0), (wide, 0), (0, 1.0), (-wide, 0)]))
    if shape == "star":
        turn = np.arange(10) * np.pi / 5
        reach = np.where(np.arange(10) % 2 == 0, 1.0, 0.382 + 0.09 * form)
        return _polygon(px, py, np.stack([reach * np.sin(turn), -reach * np.cos(turn)], 1))
    if shape == "heart":
        return _heart(px, py)
    if shape == "cross":
        arm = 0.27 + 0.12 * form
        bar = lambda a, b: np.maximum(np.abs(px) - a, np.abs(py) - b)
        return np.minimum(bar(0.95, arm), bar(arm, 0.95))
    raise ValueError(shape)


def cover(shape: str, centre: tuple[float, float], radius: float, degrees: float, line: float | None, form: float, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Coverage (0..1) of every pixel by the ink, and the silhouette, for a shape in pixel coordinates."""
    width, height = size
    ys, xs = np.mgrid[0:height, 0:width] + 0.5
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    dx, dy = (xs - centre[0]) / radius, (ys - centre[1]) / radius
    field = distance(shape, dx * c + dy * s, dy * c - dx * s, form) * radius
    silhouette = np.clip(0.5 - field, 0, 1)
    if line is None:
        return silhouette, silhouette > 0.5
    return np.clip(0.5 - (np.abs(field + line / 2) - line / 2), 0, 1), silhouette > 0.5
