"""Makes pillow_resizes.json beside this script: what Pillow 12 gives for every filter.

Needs pillow 12 (13 runs the passes of some sizes in the other order) and numpy.
    python make_pillow_resizes.py
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import PIL
from PIL import Image

HERE = Path(__file__).parent
SIZES = [
    (1, 1, 9, 7), (1, 1, 1, 4), (2, 2, 2, 2), (5, 3, 5, 11), (5, 3, 11, 3), (7, 9, 3, 4), (16, 16, 15, 17), (17, 5, 8, 8),
    (33, 1, 4, 4), (1, 33, 4, 4), (2, 285, 30, 63), (64, 48, 28, 28), (64, 48, 63, 47), (64, 48, 32, 24), (100, 20, 21, 100),
    (400, 90, 56, 56), (160, 120, 56, 56), (333, 7, 10, 90), (7, 333, 90, 10), (40, 40, 200, 120), (255, 129, 128, 255),
    (2000, 3, 2, 3), (3, 2000, 3, 2), (320, 240, 336, 336), (511, 383, 224, 168), (640, 360, 31, 17), (900, 700, 336, 261),
]


def pattern(width, height):
    """The same formula stands in the test."""
    y, x, c = np.mgrid[:height, :width, :3]
    return ((x * x * 31 + y * 57 + x * y * 13 + c * 97) // 2 % 256).astype(np.uint8)


def main():
    assert PIL.__version__.startswith("12."), "pillow 12 is what is wanted"
    resizes = []
    for width, height, to_width, to_height in SIZES:
        image = Image.fromarray(pattern(width, height))
        for name in ("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"):
            resized = image.resize((to_width, to_height), Image.Resampling[name.upper()])
            digest = hashlib.sha256(np.asarray(resized).tobytes()).hexdigest()
            resizes.append([width, height, to_width, to_height, name, digest])
    lines = ",\n".join("  " + json.dumps(case) for case in resizes)
    text = f'{{\n "version": "{PIL.__version__}",\n "resizes": [\n{lines}\n ]\n}}\n'
    (HERE / "pillow_resizes.json").write_text(text)


main()
