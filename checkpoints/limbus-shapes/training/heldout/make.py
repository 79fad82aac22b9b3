"""Writes pages of the independent generator as PNG (or JPEG) with a JSON list of questions and expected answers.

    python make.py --out DIR --pages 300 --questions 10 --seed 1 [--jpeg 60]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image

from asking import ABOUT_ITSELF, BLIND, FOREIGN, GREETINGS, HELLO, LINES, MYSELF, OUTSIDE, Asker
from pages import make_page


def talk_entries(count: int, rng: np.random.Generator) -> list[dict]:
    """Small talk, questions outside the domain, and questions about a picture that is not there."""
    entries = []
    for index in range(count):
        kind = ("greeting", "self", "outside", "no picture")[index % 4]
        if kind == "no picture":
            name = str(rng.choice(["describe", "count", "colours", "background", "colour", "place"]))
            question, answer = str(rng.choice(LINES[name])).format(bare=rng.choice(["circle", "star", "red shape"])), BLIND
        else:
            lines, answer = {"greeting": (GREETINGS, HELLO), "self": (ABOUT_ITSELF, MYSELF), "outside": (FOREIGN, OUTSIDE)}[kind]
            question = lines[(index // 4) % len(lines)]
        entries.append({"file": None, "kind": kind, "question": question, "answer": answer})
    return entries


def write_pages(out: Path, pages: int, questions: int, seed: int, renderer: str, jpeg: int | None, noise_share: float = 0.3) -> list[dict]:
    """Draws, saves and asks. The kinds go round, so that every kind is asked equally often."""
    rng = np.random.default_rng(seed)
    kinds = list(LINES)
    entries, turn = [], 0
    for index in range(pages):
        page = make_page(rng, noise_share)
        name = f"{renderer}-{index:03d}.{'jpg' if jpeg else 'png'}"
        picture = Image.fromarray(page.pixels)
        if jpeg:
            picture.save(out / name, quality=jpeg)
        else:
            picture.save(out / name, optimize=True)
        asked = []
        while len(asked) < questions:
            kind = kinds[turn % len(kinds)]
            turn += 1
            if kind != "style" or page.items:
                asked.append(kind)
        for entry in Asker(page, rng).entries(asked):
            entries.append({"file": name, "renderer": renderer, **entry})
    return entries


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--questions", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jpeg", type=int)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    renderer = f"jpeg{args.jpeg}" if args.jpeg else "independent"
    entries = write_pages(args.out, args.pages, args.questions, args.seed, renderer, args.jpeg)
    entries += [{"renderer": renderer, **e} for e in talk_entries(72, np.random.default_rng(args.seed))]
    (args.out / "questions.json").write_text(json.dumps(entries, indent=1) + "\n")
    print(len(entries), "questions")


if __name__ == "__main__":
    main()
