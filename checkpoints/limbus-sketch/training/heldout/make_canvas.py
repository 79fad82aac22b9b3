"""Draws held-out pictures in a browser (``canvas.html``) and pairs them with questions and expected answers."""

from __future__ import annotations

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
SORTS = ("things", "things", "text", "things", "mixed", "text", "unclear", "things", "long", "text", "things", "small", "empty", "hand")
KINDS = {"text": ("read", "read", "describe", "count", "background"), "hand": ("read", "read", "read", "describe"), "mixed": ("read", "describe", "colour", "place", "exists", "at"), "things": (*(k for k in LINES if k != "read"), "describe", "describe")}


def words() -> list[str]:
    """English words of two to eight letters that the training's list does not hold."""
    known = set((HERE.parent / "words.txt").read_text().split())
    found = [w for w in Path("/usr/share/dict/words").read_text().split() if re.fullmatch("[a-z]{2,8}", w)]
    return [w for w in found if w not in known]


def sample_of(found: list[str], each: int, rng: random.Random) -> list[str]:
    """As many words of every length."""
    by_length = {n: [w for w in found if len(w) == n] for n in range(2, 9)}
    return [w for same in by_length.values() for w in rng.sample(same, min(each, len(same)))]


def draw(count: int, seed: int, sorts: tuple[str, ...]) -> list[dict]:
    """What the page draws: entries with ``png`` in base64."""
    rng = random.Random(seed)
    page = (HERE / "canvas.html").read_text()
    for name, value in (("SEED", seed), ("COUNT", count), ("SORTS", sorts), ("FONTS", FAMILIES), ("WORDS", sample_of(words(), 400, rng))):
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


def page_of(entry: dict) -> Image.Image:
    """The picture of an entry."""
    return Image.open(io.BytesIO(base64.b64decode(entry["png"]))).convert("RGB")


def questions_for(entry: dict, wanted: int, turns: Counter, rng: random.Random) -> list[dict]:
    """Questions of all kinds in turn."""
    asker, result, tries = Asker(entry, rng), [], 0
    kinds = KINDS.get(entry["sort"], tuple(k for k in LINES if k != "read" or rng.random() < 0.3))
    while len(result) < wanted and tries < 200:
        tries += 1
        kind = min(kinds, key=lambda k: (turns[entry["sort"], k] / kinds.count(k), rng.random()))
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
            by_hand = asker.texts and asker.texts[0]["style"] == "hand"
            label = "read nothing" if not text else "read by hand" if by_hand else "read digits" if text.isdigit() else "read 1-5" if len(text) <= 5 else "read 6-8"
        elif kind == "describe":
            label = "describe 1-3" if len(asker.all) <= 3 else "describe 4-6"
        result.append({"kind": label, "question": question, "answer": answer})
    return result


def canvas_entries(out: Path, pictures: int, questions: int, seed: int, jpeg: int | None = None) -> list[dict]:
    """Draws pictures into a folder, as PNG or as JPEG of a quality, and asks about them."""
    renderer = f"canvas, JPEG {jpeg}" if jpeg else "canvas"
    rng, turns, entries = random.Random(seed), Counter(), []
    for index, entry in enumerate(draw(pictures, seed, SORTS)):
        page = page_of(entry)
        name = f"canvas-{seed}-{index:03d}.{'jpg' if jpeg else 'png'}"
        page.save(out / name, **({"quality": jpeg} if jpeg else {"optimize": True}))
        asked = questions_for(entry, questions, turns, rng)
        if entry["sort"] in ("things", "mixed"):
            more = Asker(entry, random.Random(f"more {seed} {index}"))
            asked += [{"kind": kind, "question": made[0], "answer": made[1]} for kind, made in (("which", more.which()), ("size", more.size())) if made]
        entries += [{"file": name, "renderer": renderer, **made} for made in asked]
    return entries


def talk_entries() -> list[dict]:
    """Talk without a picture."""
    return [
        {"file": None, "renderer": "canvas", "kind": kind, "question": line, "answer": answer}
        for kind, (lines, answer) in TALK.items() for line in lines
    ]
