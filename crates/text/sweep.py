"""Compares the pieces of the known split patterns with Hugging Face tokenizers, on every character of Unicode.

    pip install tokenizers==0.23.3
    cargo build --release --example answer -p limbus-text     # in crates/
    python crates/text/sweep.py

Each pattern gets a byte-level vocabulary in which any two bytes are a token, so that ids tell where pieces begin. Every
scalar value stands in the contexts of `CONTEXTS`, and random texts follow. Prints what differs, and ends with exit code 1 if anything does.
"""

import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

from tokenizers import Tokenizer

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", Path(__file__).parents[1] / "target"))
PEER = TARGET / "release/examples/answer"
CONTEXTS = ["{c}'s {c}12{c}345 a{c}'S\n", "A{c}b  {c} {c}{c}\r\n"]
CHUNK = 400
LETTERS = list("aZ\u00e9\u6f22\u3042\u01c5\u02b0\u0301\u0903 1\u00b2\u0663\u00a0\u3000\n\r\t'\u2019!?/=-sStT\u017flLvVeEdDmMrR\u200b\u00ad\U0001f600\u212a")


def byte_letters() -> list[str]:
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(0x100, 0x144))
    return [chr(byte) if byte in printable else chr(next(others)) for byte in range(256)]


def known_patterns() -> list[list[str]]:
    """The patterns as the Rust sources write them."""
    source = (Path(__file__).parent / "src/pattern.rs").read_text()
    gpt2 = re.search(r'GPT2: &str =\s*r"([^"]+)"', source)[1]
    others = re.findall(r'^        r"([^"]+)",$', source, re.M)
    source = (Path(__file__).parent / "src/pattern_deepseek.rs").read_text()
    last = re.search(r'r##"(.+)"##', source)[1]
    return [[gpt2], *([one] for one in others), [r"\p{N}{1,3}", "[一-龥\u3040-ゟ゠-ヿ]+", last]]


def tokenizer(patterns: list[str]) -> dict:
    letters = byte_letters()
    tokens = [*letters, *(left + right for left in letters for right in letters)]
    split = [{"type": "Split", "pattern": {"Regex": one}, "behavior": "Isolated", "invert": False} for one in patterns]
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    model = {"type": "BPE", "vocab": {token: id for id, token in enumerate(tokens)}, "merges": [[left, right] for left in letters for right in letters]}
    return {"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "Sequence", "pretokenizers": [*split, level]}, "model": model}


def main() -> None:
    scalars = [*range(0xD800), *range(0xE000, 0x110000)]
    # Of the planes that hold nothing but private use, and of those without a character, a few will do.
    scalars = [code for code in scalars if code < 0x34000 or 0xE0000 <= code < 0xE0200 or code % 997 == 0]
    texts = ["".join(context.replace("{c}", chr(code)) for code in scalars[at : at + CHUNK]) for context in CONTEXTS for at in range(0, len(scalars), CHUNK)]
    rng = random.Random(1)
    texts += ["".join(rng.choices(LETTERS, k=rng.randint(1, 30))) for _ in range(20_000)]
    differences = 0
    for patterns in known_patterns():
        file = json.dumps(tokenizer(patterns), ensure_ascii=False)
        request = json.dumps({"tokenizer": file, "texts": texts, "ids": []}) + "\n"
        answer = json.loads(subprocess.run([PEER], input=request, capture_output=True, text=True, check=True).stdout)
        reference = Tokenizer.from_str(file)
        wrong = 0
        for text, ours in zip(texts, answer["ids"], strict=True):
            if ours != reference.encode(text).ids:
                wrong += 1
                print(f"  in {text[:60]!r}")
        differences += wrong
        print(f"{patterns[-1][:60]}...: {len(texts)} texts, {wrong} differences", flush=True)
    sys.exit(1 if differences else 0)


main()
