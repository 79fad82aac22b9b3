"""What is written: numbers, words, names that could be words, and letters at random (so that nothing can be guessed)."""

from __future__ import annotations

import random
from functools import lru_cache
from pathlib import Path

LOOK_ALIKES = set("cosuvwxzCOSUVWXZ")
"""Letters whose small and capital forms differ in size alone."""
WORDS = Path(__file__).parent / "words.txt"


@lru_cache(1)
def word_list() -> tuple[str, ...]:
    """Common English words of one to eight letters."""
    return tuple(WORDS.read_text().split())


def pronounceable(length: int, rng: random.Random) -> str:
    """A made-up word."""
    consonants, vowels = "bcdfghjklmnpqrstvwxyz", "aeiou"
    start = rng.randrange(2)
    return "".join(rng.choice(vowels if (i + start) % 2 else consonants) for i in range(length))


def pick_text(rng: random.Random, longest: int = 8, hand: bool = False) -> str:
    """One to ``longest`` characters. Written by hand: digits and capitals alone."""
    length = min(longest, rng.choices(range(1, 9), (5, 4, 6, 7, 7, 5, 4, 4))[0])
    draw = rng.random()
    if draw < 0.3:
        return "".join(rng.choice("0123456789") for _ in range(length))
    if draw < 0.6:
        word = rng.choice(word_list())
        while len(word) > longest:
            word = rng.choice(word_list())
    elif draw < 0.8:
        word = pronounceable(length, rng)
    elif draw < 0.95:
        word = "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(length))
    else:
        return "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(length))  # a plate, a code
    case = rng.random()
    if hand or case < 0.45:
        return word.upper()
    if case < 0.65:
        word = word.capitalize()
    if set(word) <= LOOK_ALIKES:
        return word.upper()  # alone, a small o cannot be told from a capital one
    return word
