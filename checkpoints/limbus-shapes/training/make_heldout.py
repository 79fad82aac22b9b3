"""Writes held-out pictures and questions of all three renderers: fresh scenes of the training renderer, pages of the
independent generator as PNG, and further pages of it as JPEG of quality 60.

    python make_heldout.py --out ../heldout --noisy 0.1 --turns 12        # the committed set
    python make_heldout.py --out DIR --pages 260 --questions 6 --seed 77 --noisy 0.3 --turns 150   # fresh seeds for the card

Scenes that leave the answer to luck are left out: a centre within 4 % of a grid line, a tie inside one cell.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path

from PIL import Image

sys.path.append(str(Path(__file__).parent / "heldout"))

import answers as say
import numpy as np
import rendering
from make import talk_entries, write_pages
from questions import Turn, ask, conversation, talk
from scenes import LISTED, Scene, make_scene

KINDS = ("describe", "count", "count_of", "exists", "colour", "shape", "place", "style", "at", "check", "colours", "background", "place_property")
CLEAR, APART = 0.04, 0.08
LARGEST_NOISY = 6000
"""Noise does not compress: noisy PNGs of the committed set stay below this many pixels."""


def unambiguous(scene: Scene) -> bool:
    """Clear of the grid lines and of ties, and short enough to list."""
    things = scene.things
    for thing in things:
        if min(abs(v - line) for v in (thing.x, thing.y) for line in (1 / 3, 2 / 3)) < CLEAR:
            return False
    for a, b in zip(things, things[1:]):
        if a.cell == b.cell and b.x + b.y - a.x - a.y < APART:
            return False
    return len(things) <= LISTED


def training_pages(out: Path, pages: int, questions: int, seed: int, small_files: bool) -> list[dict]:
    """Fresh scenes drawn by the training renderer, asked in the training's words."""
    entries, turn = [], 0
    for index in range(pages):
        rng = random.Random(f"held out {seed} {index}")
        name = f"training-{index:03d}.png"
        if rng.random() < 0.05:
            scene = Scene(64, 64, "white", (255, 255, 255), [], readable=False)
            page = rendering.render_unreadable(rng)
        else:
            while True:
                scene = make_scene(rng, index % 2 == 0)
                if not unambiguous(scene):
                    continue
                page, _ = rendering.render(scene, rng)
                colours = len(page.getcolors(1 << 24) or ())
                if not small_files or colours < 3000 or page.width * page.height < LARGEST_NOISY:
                    break
        page.save(out / name, optimize=True)
        asked = 0
        while asked < questions:
            kind = KINDS[turn % len(KINDS)]
            turn += 1
            if kind == "style" and not scene.things:
                continue
            made = ask(scene, kind, rng)
            if not made.question:
                continue
            if not scene.readable:
                made = Turn("unreadable", made.question, say.UNREADABLE)
            elif not scene.things and kind != "background":
                made.kind = "empty"
            entries.append({"file": name, "renderer": "training", "kind": made.kind, "question": made.question, "answer": made.answer})
            asked += 1
    rng = random.Random(f"talk {seed}")
    for index in range(max(12, pages // 4)):
        made = talk(rng)
        if index % 4 == 3:
            made = Turn("no picture", ask(make_scene(rng, False), rng.choice(KINDS), rng).question or "What is this?", say.NO_PICTURE)
        kind = "outside" if made.kind in ("thanks", "goodbye") and made.answer == say.OUTSIDE else made.kind
        entries.append({"file": None, "renderer": "training", "kind": kind, "question": made.question, "answer": made.answer})
    return entries


def later_turns(out: Path, pages: int, seed: int, small_files: bool) -> list[dict]:
    """Second and third questions of a talk about one fresh picture, with the right answers as history."""
    entries = []
    for index in range(pages):
        rng = random.Random(f"turns {seed} {index}")
        scene = make_scene(rng, index % 2 == 0)
        while not unambiguous(scene) or not scene.things:
            scene = make_scene(rng, index % 2 == 0)
        name = f"turns-{index:03d}.png"
        picture = rendering.render(scene, rng)[0]
        while small_files and picture.width * picture.height > LARGEST_NOISY:
            scene.width, scene.height = scene.width * 2 // 3, scene.height * 2 // 3
            picture = rendering.render(scene, rng)[0]
        picture.save(out / name, optimize=True)
        turns = conversation(scene, 3, rng)
        for last in (1, 2):
            history = [{"question": t.question or "What is in this picture?", "answer": t.answer} for t in turns[:last]]
            entries.append({"file": name, "renderer": "training", "kind": f"turn {last + 1}", "history": history, "question": turns[last].question or "What is this?", "answer": turns[last].answer})
    return entries


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=75, help="pictures for each renderer")
    parser.add_argument("--questions", type=int, default=4, help="questions for each picture")
    parser.add_argument("--seed", type=int, default=4242)
    parser.add_argument("--noisy", type=float, default=0.12, help="share of noisy pages of the independent renderer")
    parser.add_argument("--turns", type=int, default=0, help="pictures with talks of three turns")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for old in (*args.out.glob("*.png"), *args.out.glob("*.jpg")):
        old.unlink()
    small = args.pages <= 100
    entries = training_pages(args.out, args.pages, args.questions, args.seed, small)
    entries += write_pages(args.out, args.pages, args.questions, args.seed, "independent", None, args.noisy)
    entries += [{"renderer": "independent", **e} for e in talk_entries(max(12, args.pages // 4 * 2), np.random.default_rng(args.seed))]
    entries += write_pages(args.out, args.pages, args.questions, args.seed + 1, "jpeg60", 60, args.noisy)
    entries += later_turns(args.out, args.turns, args.seed, small)
    lines = ",\n".join(json.dumps(e, ensure_ascii=False) for e in entries)
    (args.out / "questions.json").write_text(f"[\n{lines}\n]\n")
    sizes = sum(f.stat().st_size for f in args.out.iterdir())
    print(len(entries), "questions", sizes, "bytes")


if __name__ == "__main__":
    main()
