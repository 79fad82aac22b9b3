"""Draws held-out pictures in a browser (``canvas.html``) and writes them with questions and expected answers.

    python make_canvas.py --out DIR --pictures 300 --questions 6 --seed 1 [--jpeg 60]
"""

from __future__ import annotations

import argparse
import base64
import html
import io
import json
import random
import re
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

from PIL import Image

from asking import LINES, SENTENCES, TALK, Asker

HERE = Path(__file__).parent
PACKAGES = (
    "fonts-anonymous-pro", "fonts-clear-sans", "fonts-fantasque-sans", "fonts-gfs-neohellenic", "fonts-mononoki", "fonts-oldstandard",
    "fonts-paratype", "fonts-quattrocento", "fonts-roboto-slab", "fonts-sil-andika", "fonts-sil-gentium", "fonts-urw-base35",
)
"""Debian's packages of typefaces that no training picture uses."""
FAMILIES = (
    "Andika", "Anonymous Pro", "Clear Sans", "Fantasque Sans Mono", "GFS Neohellenic", "Gentium", "Nimbus Roman", "Nimbus Sans", "Old Standard TT",
    "PT Sans", "PT Serif", "Quattrocento", "Roboto Slab", "URW Gothic", "mononoki",
)
SORTS = ("things", "things", "text", "things", "mixed", "text", "unclear", "things", "long", "text", "things", "small", "empty", "text")
KINDS = {"text": ("read", "read", "describe", "count", "background"), "mixed": ("read", "describe", "colour", "place", "exists", "at")}


def words() -> list[str]:
    """English words of two to eight letters that the training's list does not hold."""
    known = set((HERE.parent / "words.txt").read_text().split())
    found = [w for w in Path("/usr/share/dict/words").read_text().split() if re.fullmatch("[a-z]{2,8}", w)]
    return [w for w in found if w not in known]


def draw(count: int, seed: int, sorts: tuple[str, ...]) -> list[dict]:
    """What the page draws: entries with ``png`` in base64."""
    rng = random.Random(seed)
    page = (HERE / "canvas.html").read_text()
    for name, value in (("SEED", seed), ("COUNT", count), ("SORTS", sorts), ("FONTS", FAMILIES), ("WORDS", rng.sample(words(), 3000))):
        page = re.sub(rf"/\*{name}\*/ (\[.*?\]|\d+)", lambda _: json.dumps(value), page, count=1)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "canvas.html"
        file.write_text(page)
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=600000", "--dump-dom", file.as_uri()]
        dom = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r'<pre id="out">(.+?)</pre>', dom, re.S)
    if not found:
        raise SystemExit("Expected pictures from the browser: found none")
    return [json.loads(html.unescape(line)) for line in found[1].splitlines()]


def questions_for(entry: dict, wanted: int, turns: Counter, rng: random.Random) -> list[dict]:
    """Questions of all kinds in turn."""
    asker, result, tries = Asker(entry, rng), [], 0
    kinds = KINDS.get(entry["sort"], tuple(k for k in LINES if k != "read" or rng.random() < 0.3))
    while len(result) < wanted and tries < 200:
        tries += 1
        kind = min(kinds, key=lambda k: (turns[entry["sort"], k], rng.random()))
        turns[entry["sort"], kind] += 1
        made = asker.make(kind)
        if made is None:
            continue
        question, answer = made
        label = kind
        if entry["sort"] in ("unclear", "long", "small"):
            label, answer = entry["sort"], SENTENCES[entry["sort"]]
        elif entry["sort"] == "empty":
            label = "empty"
        elif kind == "read":
            text = asker.texts[0]["text"] if asker.texts else ""
            label = "read nothing" if not text else "read digits" if text.isdigit() else "read 1-5" if len(text) <= 5 else "read 6-8"
        elif kind == "describe":
            label = "describe 1-3" if len(asker.all) <= 3 else "describe 4-6"
        result.append({"kind": label, "question": question, "answer": answer})
    return result


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pictures", type=int, default=300)
    parser.add_argument("--questions", type=int, default=6, help="for each picture")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jpeg", type=int, help="the quality of JPEG files; PNG without it")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    renderer = f"canvas, JPEG {args.jpeg}" if args.jpeg else "canvas"
    rng, turns, entries = random.Random(args.seed), Counter(), []
    for index, entry in enumerate(draw(args.pictures, args.seed, SORTS)):
        page = Image.open(io.BytesIO(base64.b64decode(entry.pop("png")))).convert("RGB")
        name = f"canvas-{args.seed}-{index:03d}.{'jpg' if args.jpeg else 'png'}"
        if args.jpeg:
            page.save(args.out / name, quality=args.jpeg)
        else:
            page.save(args.out / name, optimize=True)
        entries += [{"file": name, "renderer": renderer, **made} for made in questions_for(entry, args.questions, turns, rng)]
    for kind, (lines, answer) in TALK.items():
        entries += [{"file": None, "renderer": renderer, "kind": kind, "question": line, "answer": answer} for line in lines]
    listing = ",\n".join(json.dumps(e, ensure_ascii=False) for e in entries)
    (args.out / "questions.json").write_text(f"[\n{listing}\n]\n")
    print(len(entries), "questions", Counter(e["kind"] for e in entries).most_common())


if __name__ == "__main__":
    main()
