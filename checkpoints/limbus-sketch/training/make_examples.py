"""Draws the card's ten example pictures with the canvas renderer, chosen before there was a model to answer about them.

    python make_examples.py --out ../examples
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent / "heldout"))

from make_canvas import draw, page_of
from question_file import write_questions

MIXED = ("things", "things", "things", "text", "hand", "mixed", "things", "things")
SHEETS = {"drawings": (600, 7, ("things",)), "mixed": (48, 77, MIXED), "unread": (16, 5, ("unclear", "long"))}
"""Count, seed and sorts of the sheets that the examples are taken from."""
EXAMPLES = (
    ("cat.png", "drawings", 485, "What is in this picture?"),
    ("snowman.png", "drawings", 98, "How many things are there?"),
    ("boat.png", "mixed", 7, "What is above the car?"),
    ("cats.png", "mixed", 42, "Where are the black cats?"),
    ("sun.png", "mixed", 18, "What colour is the sun?"),
    ("unruly.png", "mixed", 21, "What does it say?"),
    ("hand.png", "mixed", 28, "Read this to me"),
    ("nip.png", "mixed", 11, "What is in this picture?"),
    ("blur.png", "unread", 8, "What do you see?"),
    ("pills.png", "unread", 5, "What does it say?"),
)
"""File, sheet, place in the sheet, and what is asked."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    sheets = {name: draw(*sheet) for name, sheet in SHEETS.items()}
    for file, sheet, index, _ in EXAMPLES:
        page_of(sheets[sheet][index]).save(out / file, optimize=True)
    write_questions(out, [{"file": file, "question": question} for file, _, _, question in EXAMPLES])


if __name__ == "__main__":
    main()
