"""What may stand in a picture, and the words for it."""

from __future__ import annotations

SHAPES = ("circle", "square", "triangle", "star", "heart", "diamond", "cross", "arrow")
THINGS = (
    "house", "tree", "sun", "flower", "fish", "car", "cat", "smiley",
    "moon", "cloud", "boat", "apple", "snowman", "mushroom", "umbrella", "person",
)
KINDS = SHAPES + THINGS
COLOURS = (
    "red", "orange", "yellow", "green", "blue", "purple", "pink", "black", "white", "brown", "grey", "turquoise",
)
BACKGROUNDS = COLOURS + ("beige",)
STYLES = ("filled", "outlined", "scribbled")
PLURALS = {"cross": "crosses", "fish": "fish", "person": "people", "snowman": "snowmen"}
LISTED = 6
"""The longest list the model gives; pictures with more things are answered with one sentence."""


def plural(noun: str) -> str:
    """The word for several of a kind."""
    return PLURALS.get(noun, noun + "s")


def with_article(words: str) -> str:
    """ "a red circle", "an apple"."""
    return ("an " if words[0] in "aeiou" else "a ") + words
