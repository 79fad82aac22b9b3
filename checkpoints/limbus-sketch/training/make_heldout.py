"""Writes a held-out set: fresh seeds of the training renderer with typefaces that no training picture uses, pictures of the
canvas renderer as PNG, others of it as JPEG of quality 60, talks of three turns, and talk without a picture.

    python make_heldout.py --out ../heldout --pictures 56 --questions 4 --turns 10          # the committed set
    python make_heldout.py --out DIR --pictures 420 --questions 6 --turns 150 --seed 505     # fresh seeds for the card

Needs chromium and the typefaces of ``heldout/make_canvas.py`` from Debian. Scenes that leave the answer to luck are left
out: a centre within 4 % of a grid line, a tie inside one cell.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from pathlib import Path

from PIL import Image

sys.path.append(str(Path(__file__).parent / "heldout"))

import answers as say
from fonts import Faces
from make_canvas import PACKAGES, canvas_entries, talk_entries
from pictures import SCENES
from question_file import write_questions
from questions import TEXT_WEIGHTS, THING_WEIGHTS, Turn, ask, conversation
from rendering import render
from scenes import Scene
from unclear import render_unclear

CLEAR, APART = 0.04, 0.08
RENDERER = "training renderer, other typefaces"
SORTS = ("things", "dense", "reading", "things", "mixed", "reading", "unclear", "dense", "reading", "unread")
NAMES = {"noun": "what", "text_style": "style", "colour_at": "colour", "has_text": "any text", "characters": "length of text"}
"""Kinds of the training's questions as the card names them."""


def unambiguous(scene: Scene) -> bool:
    """Clear of the grid lines and of ties, and short enough to list."""
    things = scene.things
    if scene.state != "things":
        return True
    if any(min(abs(v - line) for v in (t.x, t.y) for line in (1 / 3, 2 / 3)) < CLEAR for t in things):
        return False
    ties = (a.cell == b.cell and b.x + b.y - a.x - a.y < APART for a, b in zip(things, things[1:]))
    return not any(ties) and len(say.counted(scene)) <= say.LISTED


def draw_page(sort: str, faces: Faces, rng: random.Random) -> tuple[Scene, Image.Image]:
    """One unambiguous page of a sort. It is judged as drawn: drawing sets the boxes."""
    if sort == "unclear":
        return Scene(64, 64, "white", (255, 255, 255), [], "unclear"), render_unclear(rng)
    while True:
        scene = SCENES[sort](rng)
        page = render(scene, faces, rng).page
        if unambiguous(scene):
            return scene, page


def label(scene: Scene, turn: Turn) -> str:
    """The card's name for a question: texts and descriptions by their length."""
    if scene.state != "things":
        return scene.state
    if not scene.things:
        return "empty"
    kind = NAMES.get(turn.kind, turn.kind)
    if kind == "describe":
        return "describe 1-3" if len(scene.things) <= 3 else "describe 4-6"
    if turn.kind != "read":
        return kind
    words = say.texts(scene)
    if not words:
        return "read nothing"
    if words[0].style == "hand":
        return "read by hand"
    return "read digits" if words[0].text.isdigit() else "read 1-5" if len(words[0].text) <= 5 else "read 6-8"


def training_entries(out: Path, pictures: int, questions: int, seed: int, faces: Faces) -> list[dict]:
    """Fresh pages of the training renderer, asked in the training's words, every kind in turn."""
    entries, turns = [], Counter()
    for index in range(pictures):
        rng = random.Random(f"held out {seed} {index}")
        sort = SORTS[index % len(SORTS)]
        scene, page = draw_page(sort, faces, rng)
        name = f"training-{seed}-{index:03d}.png"
        page.save(out / name, optimize=True)
        group = "text" if say.texts(scene) and not say.counted(scene) else "mixed" if say.texts(scene) else "things"
        weights = TEXT_WEIGHTS if group == "text" else THING_WEIGHTS
        kinds = [k for k in weights if k not in ("talk", "unknown")] + ["read"] * (4 if group == "text" else 1) + ["describe"] * 2
        asked = 0
        while asked < questions:
            kind = min(kinds, key=lambda k: (turns[group, k] / kinds.count(k), rng.random()))
            turns[group, kind] += 1
            made = ask(scene, kind, rng)
            if made is None or not made.question:
                continue
            if scene.state != "things":
                made = Turn(scene.state, made.question, say.UNREAD[scene.state])
            entries.append({"file": name, "renderer": RENDERER, "kind": label(scene, made), "question": made.question, "answer": made.answer})
            asked += 1
        more = random.Random(f"more {seed} {index}")
        for made in (ask(scene, kind, more) for kind in ("which", "size") if scene.state == "things"):
            if made:
                entries.append({"file": name, "renderer": RENDERER, "kind": made.kind, "question": made.question, "answer": made.answer})
    return entries


def later_turns(out: Path, pictures: int, seed: int, faces: Faces) -> list[dict]:
    """Second and third questions of a talk about one fresh picture, with the right answers as history."""
    entries = []
    for index in range(pictures):
        rng = random.Random(f"turns {seed} {index}")
        scene, page = draw_page(("things", "dense", "mixed", "reading")[index % 4], faces, rng)
        name = f"turns-{seed}-{index:03d}.png"
        page.save(out / name, optimize=True)
        turns = conversation(scene, 3, rng)
        for last in (1, 2):
            history = [{"question": t.question or "What is in this picture?", "answer": t.answer} for t in turns[:last]]
            entries.append({"file": name, "renderer": RENDERER, "kind": f"turn {last + 1}", "history": history, "question": turns[last].question or "What is this?", "answer": turns[last].answer})
    return entries


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pictures", type=int, default=56, help="for each of the three renderers")
    parser.add_argument("--questions", type=int, default=4, help="for each picture")
    parser.add_argument("--turns", type=int, default=10, help="pictures with talks of three turns")
    parser.add_argument("--seed", type=int, default=4242)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for old in (*args.out.glob("*.png"), *args.out.glob("*.jpg")):
        old.unlink()
    faces = Faces(PACKAGES)
    entries = training_entries(args.out, args.pictures, args.questions, args.seed, faces)
    entries += later_turns(args.out, args.turns, args.seed, faces)
    entries += canvas_entries(args.out, args.pictures, args.questions, args.seed)
    entries += canvas_entries(args.out, args.pictures, args.questions, args.seed + 1, jpeg=60)
    entries += talk_entries()
    write_questions(args.out, entries)
    sizes = sum(f.stat().st_size for f in args.out.iterdir())
    print(len(entries), "questions,", sizes, "bytes,", Counter(e["kind"] for e in entries).most_common())


if __name__ == "__main__":
    main()
