"""Questions and expected answers of the held-out sets: their own lines, their own reading of the rules in the card.

Shares nothing with the training's ``questions.py`` and ``answers.py``: a mistake in those shows here as a wrong answer.
"""

from __future__ import annotations

import random

SPOTS = (
    ("at the top left", "at the top", "at the top right"), ("on the left", "in the centre", "on the right"),
    ("at the bottom left", "at the bottom", "at the bottom right"),
)
HOW_MANY = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")
INKS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "black", "white", "brown", "grey", "turquoise")
NOUNS = (
    "circle", "square", "triangle", "star", "heart", "diamond", "cross", "arrow", "house", "tree", "sun", "flower", "fish", "car", "cat", "smiley",
    "moon", "cloud", "boat", "apple", "snowman", "mushroom", "umbrella", "person",
)
LINES = {
    "describe": ("What's in the image", "what is in this picture", "describe this image", "Please describe the picture.", "What can you see here?", "what do we have here", "Could you tell me what this picture shows?", "What appears in the image?", "List everything in this image.", "tell me what you can see", "What would you say is in the image?", "give me a short description of this picture", "what did I draw here?"),
    "count": ("how many things are there?", "How many objects does the picture show?", "how many things can you see", "Count the objects in the image", "What's the number of things here?", "How many drawings appear in this picture?"),
    "count_of": ("how many {many} are there?", "How many {many} can you see here?", "number of {many}", "Please count the {many} in the image", "How many {many} does this picture show?", "how many {many} do you see"),
    "exists": ("is there {one}?", "Is there {one} in this image?", "do you see {one} here?", "Can you see {one} in the photo?", "Are there any {many} in this image?", "does the picture contain {one}", "would I find {one} in this picture?"),
    "colour": ("what colour is the {bare}?", "what color is the {bare}", "What is the color of the {bare} in the image?", "Which colour is the {bare} here?", "tell me what color the {bare} is", "what colour does the {bare} have"),
    "what": ("what is the {bare}?", "What is the {bare} in this picture?", "what kind of thing is the {bare}", "tell me what the {bare} is"),
    "place": ("where is the {bare}?", "Where is the {bare} in this picture", "where can you see the {bare}?", "In what part of the picture is the {bare}?", "please tell me where the {bare} is", "where is the {bare} located"),
    "style": ("is the {bare} filled or outlined?", "Is the {bare} in the image outlined or filled?", "Is the {bare} filled, or is it only an outline?", "how is the {bare} drawn"),
    "at": ("what is {spot}?", "What can you see {spot} of the image?", "what is there {spot} of the picture?", "What do you see {spot}?", "What's {spot} in this image?"),
    "check": ("is the {bare} {ink}?", "Is the {bare} in this picture {ink}?", "is the colour of the {bare} {ink}", "Is the {bare} {ink} here?"),
    "beside": ("what is {side} the {bare}?", "What can you see {side} the {bare}?", "what do you see {side} the {bare} in this picture"),
    "check_beside": ("is the {bare} {side} the {other}?", "Is the {bare} {side} the {other} in this picture?", "would you say the {bare} is {side} the {other}"),
    "biggest": ("which thing is the {extreme}?", "What is the {extreme} object in the image?", "what's the {extreme} thing here"),
    "compare": ("is the {bare} {more} than the {other}?", "Is the {bare} in this picture {more} than the {other}?"),
    "colours": ("what colours can you see?", "which colors are in the picture", "What colors do the things have?", "List the colours in this image."),
    "background": ("what colour is the background?", "What is the background color of this image?", "which color does the background have"),
    "read": ("what does it say?", "What is written in this image?", "read the text in the picture please", "Can you read this?", "what does the text say", "Which word or number do you see?", "please transcribe the text"),
}
WHICH_LINES = ("which is {more}, the {bare} or the {other}?", "What is {more} in this picture, the {bare} or the {other}?", "which of them is {more}, the {bare} or the {other}")
SIZE_LINES = ("how big is the {bare}?", "How big is the {bare} in this picture?", "is the {bare} big or small?", "what size is the {bare}")
"""Asked on top of the others, so that the draws of those stay as they were."""
SHARES = ((0.17, "tiny"), (0.21, "small"), (0.26, "medium-sized"), (0.34, "large"), (9.0, "huge"))
"""How big a thing is called up to which share of the picture's sides."""
SIDES = {"to the left of": ("x", -1, "left of"), "left of": ("x", -1, "left of"), "to the right of": ("x", 1, "right of"), "right of": ("x", 1, "right of"), "above": ("y", -1, "above"), "below": ("y", 1, "below"), "under": ("y", 1, "below")}
SENTENCES = {
    "unclear": "I cannot make out anything that I know in this picture.",
    "long": "There is text in the picture, but it is too long for me to read.",
    "small": "There is text in the picture, but it is too small for me to read.",
    "empty": "The picture is empty.",
}
TALK = {
    "greeting": (("hi", "Hello there!", "hey", "Good morning!", "hello, how are you", "Hi!"), "Hello! Draw something or send me a picture, and ask me about it."),
    "self": (("who are you", "What can you do?", "what's your name?", "Who created you?", "What are you", "which model are you?", "tell me something about yourself"), "I am a small model. I know simple drawings, shapes, colours and places, and I read up to eight characters."),
    "outside": (
        ("What is the capital of Spain?", "write me a poem about autumn", "tell me a joke please", "what is 7 times 8", "What's the weather tomorrow?", "Translate this into French", "Who wrote Faust?", "Can you write some Python code?", "how do I bake bread", "where was this photo taken", "what brand is it", "how old is the universe"),
        "I cannot answer that. Ask me about simple drawings, shapes, colours, places or a short text in a picture.",
    ),
    "no picture": (("what is in this picture", "how many things are there?", "what colours can you see?", "where is the circle?", "read the text in the picture please", "what does it say?"), "I cannot see a picture. Please send one."),
}
SIDE_GAP, SIZE_GAP, SHARE_GAP = 0.12, 1.35, 1.06


def a(words: str) -> str:
    return f"an {words}" if words[:1] in set("aeiou") else f"a {words}"


def several(noun: str) -> str:
    *first, last = noun.split(" ")
    return " ".join([*first, {"cross": "crosses", "fish": "fish", "person": "people", "snowman": "snowmen"}.get(last, last + "s")])


def series(words: list[str]) -> str:
    return "".join(words) if len(words) < 2 else f"{', '.join(words[:-1])} and {words[-1]}"


def distinct(words: list[str]) -> list[str]:
    return sorted(set(words), key=words.index)


def up(words: str) -> str:
    return words[:1].upper() + words[1:] + "."


def spot_of(item: dict) -> str:
    return SPOTS[int(item["y"] * 3)][int(item["x"] * 3)]


def full(item: dict) -> str:
    if item["kind"] == "text":
        return f'the text "{item["text"]}"'
    return a(" ".join(([] if item["style"] == "filled" else [item["style"]]) + [item["colour"], item["kind"]]))


def attribute(found: list[dict], noun: str, values: list[str]) -> str:
    if not found:
        return f"There is no {noun}."
    return f"The {noun} is {series(values)}." if len(found) == 1 else f"The {several(noun)} are {series(values)}."


def quantity(found: list, noun: str) -> str:
    return f"there is one {noun}" if len(found) == 1 else f"there are {HOW_MANY[len(found)]} {several(noun)}"


def extent(item: dict) -> float:
    return (item["half_x"] * item["half_y"]) ** 0.5


def clearly_apart(size: float, other: float) -> bool:
    return max(size, other) >= SIZE_GAP * min(size, other)


class Asker:
    """Draws questions for one picture; ``entry`` is what the renderer says about it."""

    def __init__(self, entry: dict, rng: random.Random) -> None:
        self.entry, self.rng = entry, rng
        self.all = entry["things"]
        self.items = [t for t in self.all if t["kind"] != "text"]
        self.texts = [t for t in self.all if t["kind"] == "text"]

    def line(self, kind: str, **words: str) -> str:
        return self.rng.choice(LINES[kind]).format(**words)

    def target(self, noun: bool, ink: bool, style: bool, invent: float) -> tuple[str, list[dict]]:
        """A noun phrase and the things that match; sometimes made up, sometimes mixed from two things."""
        rng = self.rng
        base = {"kind": rng.choice(NOUNS), "colour": rng.choice(INKS), "style": rng.choice(("filled", "outlined", "scribbled"))}
        if self.items and rng.random() >= invent:
            base = rng.choice(self.items)
        elif self.items:
            base = {key: rng.choice(self.items)[key] if rng.random() < 0.6 else value for key, value in base.items()}
        found = [i for i in self.items if (not noun or i["kind"] == base["kind"]) and (not ink or i["colour"] == base["colour"]) and (not style or i["style"] == base["style"])]
        return " ".join([base["style"]] * style + [base["colour"]] * ink + [base["kind"] if noun else "thing"]), found

    def only(self) -> tuple[str, dict] | None:
        """A phrase that fits exactly one thing."""
        for _ in range(12):
            phrase, found = self.target(True, self.rng.random() < 0.4, False, 0.0)
            if len(found) == 1:
                return phrase, found[0]
        return None

    def make(self, kind: str) -> tuple[str, str] | None:
        """A question of the kind and its answer; None where this picture has none."""
        rng, items = self.rng, self.items
        if kind == "describe":
            return self.line(kind), up(series([f"{full(i)} {spot_of(i)}" for i in self.all])) if self.all else SENTENCES["empty"]
        if kind == "read":
            return self.line(kind), f'It says "{self.texts[0]["text"]}".' if self.texts else "There is no text in the picture."
        if kind == "background":
            return self.line(kind), f"The background is {self.entry['background']}."
        if kind == "count":
            words = quantity(items, "thing") + (" and some text" if self.texts else "")
            return self.line(kind), up(words) if items or not self.texts else "There is only text."
        if kind == "count_of":
            noun, found = self.target(*rng.choice(((1, 0, 0), (0, 1, 0), (1, 1, 0), (1, 0, 0))), 0.25)
            return self.line(kind, many=several(noun)), up(quantity(found, noun))
        if kind == "exists":
            noun, found = self.target(*rng.choice(((1, 0, 0), (1, 1, 0), (1, 1, 0), (0, 1, 0), (1, 0, 1))), 0.5)
            answer = f"No, there is no {noun}." if not found else f"Yes, there is {a(noun)}." if len(found) == 1 else f"Yes, {quantity(found, noun)}."
            return self.line(kind, one=a(noun), many=several(noun)), answer
        if not items:
            return None
        if kind == "colour":
            noun, found = self.target(True, False, False, 0.1)
            return self.line(kind, bare=noun), attribute(found, noun, distinct([i["colour"] for i in found]))
        if kind == "place":
            noun, found = self.target(*rng.choice(((1, 0, 0), (1, 1, 0), (0, 1, 0))), 0.1)
            return self.line(kind, bare=noun), attribute(found, noun, distinct([spot_of(i) for i in found]))
        if kind == "style":
            noun, found = self.target(True, False, False, 0.05)
            return self.line(kind, bare=noun), attribute(found, noun, distinct([i["style"] for i in found]))
        if kind == "what":
            noun, found = self.target(False, True, False, 0.1)
            kinds = [i["kind"] for i in found]
            values = [several(kinds[0])] if len(kinds) > 1 and len(set(kinds)) == 1 else [a(k) for k in kinds]
            return self.line(kind, bare=noun), attribute(found, noun, values)
        if kind == "at":
            row, column = rng.randrange(3), rng.randrange(3)
            if rng.random() < 0.6:
                item = rng.choice(self.all)
                row, column = int(item["y"] * 3), int(item["x"] * 3)
            found = [i for i in self.all if (row == 1 and column != 1 or int(i["y"] * 3) == row) and (column == 1 and row != 1 or int(i["x"] * 3) == column)]
            spot = SPOTS[row][column]
            return self.line(kind, spot=spot), up(series([full(i) for i in found])) if found else f"There is nothing {spot}."
        if kind == "check":
            noun, found = self.target(True, False, False, 0.05)
            inks = distinct([i["colour"] for i in found])
            asked = rng.choice(inks) if inks and rng.random() < 0.5 else rng.choice(INKS)
            statement = attribute(found, noun, inks)
            return self.line(kind, bare=noun, ink=asked), statement if not found else ("Yes, " if inks == [asked] else "No, ") + "t" + statement[1:]
        if kind == "colours":
            inks = distinct([i["colour"] for i in items])
            return self.line(kind), f"The {'thing is' if len(items) == 1 else 'things are'} {series(inks)}."
        if kind == "biggest":
            sizes = sorted(items, key=extent)
            if len(sizes) < 2:
                return None
            big = rng.random() < 0.5
            first, second = (sizes[-1], sizes[-2]) if big else (sizes[0], sizes[1])
            if not clearly_apart(extent(first), extent(second)):
                return None
            word = rng.choice(("biggest", "largest")) if big else "smallest"
            return self.line(kind, extreme=word), f"The {'biggest' if big else 'smallest'} thing is the {first['colour']} {first['kind']}."
        one = self.only()
        if one is None:
            return None
        phrase, item = one
        side = rng.choice(list(SIDES))
        axis, sign, words = SIDES[side]
        if kind == "beside":
            if any(i is not item and abs(i[axis] - item[axis]) < SIDE_GAP for i in self.all):
                return None
            found = [i for i in self.all if (i[axis] - item[axis]) * sign > 0]
            return self.line(kind, side=side, bare=phrase), up(series([full(i) for i in found])) if found else f"There is nothing {words} the {phrase}."
        other = self.only()
        if other is None or other[1] is item:
            return None
        if kind == "check_beside":
            gap = (item[axis] - other[1][axis]) * sign
            if abs(gap) < SIDE_GAP:
                return None
            return self.line(kind, side=side, bare=phrase, other=other[0]), f"{'Yes' if gap > 0 else 'No'}, the {phrase} is {'' if gap > 0 else 'not '}{words} the {other[0]}."
        mine, theirs = extent(item), extent(other[1])
        if not clearly_apart(mine, theirs):
            return None
        more = rng.choice(("bigger", "smaller"))
        really = "bigger" if mine > theirs else "smaller"
        return self.line("compare", bare=phrase, more=more, other=other[0]), f"{'Yes' if more == really else 'No'}, the {phrase} is {really} than the {other[0]}."

    def which(self) -> tuple[str, str] | None:
        """Which of two things is bigger, or smaller; None where this picture has no two that differ clearly."""
        found = [self.only() for _ in range(2)] if self.items else [None]
        if None in found or found[0][1] is found[1][1] or not clearly_apart(extent(found[0][1]), extent(found[1][1])):
            return None
        more = self.rng.choice(("bigger", "smaller"))
        phrases = [phrase for phrase, _ in found]
        question = self.rng.choice(WHICH_LINES).format(more=more, bare=phrases[0], other=phrases[1])
        if (extent(found[0][1]) > extent(found[1][1])) != (more == "bigger"):
            phrases.reverse()
        return question, f"The {phrases[0]} is {more} than the {phrases[1]}."

    def size(self) -> tuple[str, str] | None:
        """How big a thing is; None where it is close to the next word."""
        found = self.only() if self.items else None
        if found is None:
            return None
        share = 2 * extent(found[1])
        if any(1 / SHARE_GAP < share / bound < SHARE_GAP for bound, _ in SHARES):
            return None
        name = next(name for bound, name in SHARES if share < bound)
        return self.rng.choice(SIZE_LINES).format(bare=found[0]), f"The {found[0]} is {name}."
