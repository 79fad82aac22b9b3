"""Cuts the training's typefaces down to the letters that are drawn, so that they can travel to a machine without Debian.

    python pack_fonts.py --out DIR        # 3 MB; then TRAINING_FONTS=DIR python train_tower.py ...
"""

from __future__ import annotations

import argparse
from pathlib import Path

from fontTools.subset import Options, Subsetter, load_font, save_font

from fonts import CHARACTERS, PACKAGES, package_files


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    options = Options(layout_features=[], notdef_outline=True, hinting=True, legacy_kern=True, name_IDs=[1, 2, 4, 6, 16, 17])
    for package in PACKAGES:
        folder = args.out / package
        folder.mkdir(parents=True, exist_ok=True)
        for index, path in enumerate(package_files(package)):
            font = load_font(path, options)
            subsetter = Subsetter(options)
            subsetter.populate(text=CHARACTERS)
            subsetter.subset(font)
            save_font(font, str(folder / f"{index:03d}-{Path(path).name}"), options)
    print(sum(f.stat().st_size for f in args.out.glob("*/*")), "bytes")


if __name__ == "__main__":
    main()
