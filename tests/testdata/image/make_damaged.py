"""Damages the JPEG files of this folder and writes what Pillow makes of them.

    python tests/testdata/image/make_damaged.py

Needs pillow. Its pixels are those of libjpeg-turbo, which fills what it cannot read.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
from PIL import features

from damage import edited, edits_of, is_exempt, shown

HERE = Path(__file__).parent
FILES = ["grey", "rgb_444", "rgb_422", "rgb_420", "rgb_420_progressive", "rgb_restart", "cmyk"]


def main():
    rng = np.random.default_rng(11)
    cases = []
    while len(cases) < 280:
        name = FILES[len(cases) % len(FILES)] + ".jpg"
        original = (HERE / name).read_bytes()
        edits = edits_of(original, rng)
        data = edited(original, edits)
        if is_exempt(data) or data == original:
            continue
        image = shown(data)
        cases.append({
            "file": name,
            "edits": [[place, taken, put.hex()] for place, taken, put in edits],
            "sha256": image and hashlib.sha256(image.tobytes()).hexdigest(),
        })
    version = f"libjpeg-turbo {features.version_feature('libjpeg_turbo')}"
    lines = ",\n".join(json.dumps(case) for case in cases)
    (HERE / "damaged.json").write_text(f'{{\n"version": "{version}",\n"cases": [\n{lines}\n]\n}}\n')


main()
