"""Questions and expected answers of the independent generator: its own lines, its own reading of the rules in the card."""

from __future__ import annotations

import numpy as np

from pages import FORMS, INKS, Item, Page

SPOTS = [["at the top left", "at the top", "at the top right"], ["on the left", "in the centre", "on the right"], ["at the bottom left", "at the bottom", "at the bottom right"]]
HOW_MANY = ["no", "one", "two", "three", "four"]

LINES = {
    "describe": ["What's in the image", "what is in this picture", "describe this image", "Please describe the picture.", "What objects can you see here?", "what do we have here", "Could you tell me what this picture shows?", "What appears in the image?", "List the shapes in this image.", "tell me what you can see", "What would you say is in the image?", "give me a short description of this picture"],
    "count": ["how many shapes are there?", "How many objects does the picture show?", "how many things can you see", "Count the objects in the image", "What's the number of shapes here?", "How many figures appear in this picture?", "so how many shapes did they draw?"],
    "count_of": ["how many {many} are there?", "How many {many} can you see here?", "number of {many}", "Please count the {many} in the image", "How many {many} does this picture show?", "how many {many} do you see"],
    "exists": ["is there {one}?", "Is there {one} in this image?", "do you see {one} here?", "Can you see {one} in the photo?", "Are there any {many} in this image?", "does the picture contain {one}", "would I find {one} in this picture?"],
    "colour": ["what colour is the {bare}?", "what color is the {bare}", "What is the color of the {bare} in the image?", "Which colour is the {bare} here?", "tell me what color the {bare} is", "what colour does the {bare} have"],
    "shape": ["what shape is the {bare}?", "Which shape does the {bare} have?", "what is the {bare}", "What kind of shape is the {bare} in this image?"],
    "place": ["where is the {bare}?", "Where is the {bare} in this picture", "where can you see the {bare}?", "In what part of the picture is the {bare}?", "please tell me where the {bare} is", "where is the {bare} located", "at which place is the {bare}?"],
    "style": ["is the {bare} filled or outlined?", "Is the {bare} in the image outlined or filled?", "is the {bare} outlined or solid", "Is the {bare} filled, or is it only an outline?"],
    "at": ["what is {spot}?", "What can you see {spot} of the image?", "which shape is {spot}", "what is there {spot} of the picture?", "What do you see {spot}?", "What's {spot} in this image?"],
    "check": ["is the {bare} {ink}?", "Is the {bare} in this picture {ink}?", "is the colour of the {bare} {ink}", "Is the {bare} {ink} here?"],
    "colours": ["what colours can you see?", "which colors are in the picture", "What colors do the shapes have?", "List the colours in this image.", "what colours are the shapes"],
    "background": ["what colour is the background?", "What is the background color of this image?", "which color does the background have", "what's the color of the background"],
}
GREETINGS = ["hi", "Hello there!", "hey", "Good morning!", "hello, how are you", "Hi!"]
ABOUT_ITSELF = ["who are you", "What can you do?", "what's your name?", "Who created you?", "What are you", "which model are you?", "tell me something about yourself"]
FOREIGN = [
    "What is the capital of Spain?", "write me a poem about autumn", "who is the person in this photo?", "is there a dog in the picture?", "What does the text in the image say?", "tell me a joke please", "How many people can you see?", "what is 7 times 8",
    "What's the weather tomorrow?", "Translate this into French", "Is the cat asleep?", "Which shape is bigger?", "what brand is the car", "Who wrote Faust?", "Can you write some Python code?", "how do I bake bread", "where was this photo taken", "Is there a car in the image?",
]
SORRY = "I cannot make out any plain shapes in this picture."
OUTSIDE = "I can only tell which plain shapes there are, their colours, their places and how many."
HELLO = "Hello! Show me a picture of plain shapes and ask me about it."
MYSELF = "I am a small model that answers questions about pictures of plain shapes."
BLIND = "I cannot see a picture. Please send one."


def a(words: str) -> str:
    return f"an {words}" if words[:1] in set("aeiou") else f"a {words}"


def series(words: list[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def distinct(words: list[str]) -> list[str]:
    out: list[str] = []
    for word in words:
        if word not in out:
            out.append(word)
    return out


def several(noun: str) -> str:
    return noun.replace("cross", "crosse") + "s"


def up(words: str) -> str:
    return words[:1].upper() + words[1:] + "."


def full(item: Item) -> str:
    return a(" ".join((["outlined"] if item.hollow else []) + [item.ink, item.form]))


def spot_of(item: Item) -> str:
    return SPOTS[item.row][item.column]


def attribute(found: list[Item], noun: str, values: list[str]) -> str:
    """"The X is ..." with the plural and the empty case."""
    if not found:
        return f"There is no {noun}."
    return f"The {noun} is {series(values)}." if len(found) == 1 else f"The {several(noun)} are {series(values)}."


def quantity(found: list[Item], noun: str) -> str:
    return f"there is one {noun}" if len(found) == 1 else f"there are {HOW_MANY[len(found)]} {several(noun)}"


class Asker:
    """Draws questions for one page."""

    def __init__(self, page: Page, rng: np.random.Generator) -> None:
        self.page, self.rng = page, rng
        self.items = page.items or []

    def pick(self, options):
        return options[int(self.rng.integers(len(options)))]

    def line(self, kind: str, **words: str) -> str:
        return self.pick(LINES[kind]).format(**words)

    def target(self, form: bool, ink: bool, style: bool, invent: float) -> tuple[str, list[Item]]:
        """A noun phrase and the objects that match; sometimes made up, sometimes mixed from two objects."""
        rng = self.rng
        if not self.items or rng.random() < invent:
            what, tone, hollow = self.pick(FORMS), self.pick(list(INKS)), bool(rng.integers(2))
            if self.items and rng.random() < 0.6:
                what = self.pick(self.items).form
            if self.items and rng.random() < 0.6:
                tone = self.pick(self.items).ink
        else:
            item = self.pick(self.items)
            what, tone, hollow = item.form, item.ink, item.hollow
        found = [i for i in self.items if (not form or i.form == what) and (not ink or i.ink == tone) and (not style or i.hollow == hollow)]
        words = [("outlined" if hollow else "filled")] * style + [tone] * ink + [what if form else "shape"]
        return " ".join(words), found

    def make(self, kind: str) -> tuple[str, str]:
        """A question of the kind and its answer."""
        items = self.items
        if kind == "describe":
            text = up(series([f"{full(i)} {spot_of(i)}" for i in items])) if items else "The picture is empty."
            return self.line(kind), text
        if kind == "count":
            return self.line(kind), up(quantity(items, "shape"))
        if kind == "count_of":
            noun, found = self.target(*self.pick([(1, 0, 0), (0, 1, 0), (1, 1, 0), (1, 0, 0)]), 0.25)
            return self.line(kind, many=several(noun)), up(quantity(found, noun))
        if kind == "exists":
            noun, found = self.target(*self.pick([(1, 0, 0), (1, 1, 0), (1, 1, 0), (0, 1, 0), (1, 0, 1)]), 0.5)
            answer = f"No, there is no {noun}." if not found else f"Yes, there is {a(noun)}." if len(found) == 1 else f"Yes, {quantity(found, noun)}."
            return self.line(kind, one=a(noun), many=several(noun)), answer
        if kind == "colour":
            noun, found = self.target(1, 0, 0, 0.1)
            return self.line(kind, bare=noun), attribute(found, noun, distinct([i.ink for i in found]))
        if kind == "place":
            noun, found = self.target(*self.pick([(1, 0, 0), (1, 1, 0), (0, 1, 0)]), 0.1)
            return self.line(kind, bare=noun), attribute(found, noun, distinct([spot_of(i) for i in found]))
        if kind == "style":
            noun, found = self.target(1, 0, 0, 0.05)
            return self.line(kind, bare=noun), attribute(found, noun, distinct(["outlined" if i.hollow else "filled" for i in found]))
        if kind == "shape":
            noun, found = self.target(0, 1, 0, 0.1)
            forms = [i.form for i in found]
            values = [several(forms[0])] if len(forms) > 1 and len(set(forms)) == 1 else [a(f) for f in forms]
            return self.line(kind, bare=noun), attribute(found, noun, values)
        if kind == "at":
            row, column = (int(v) for v in self.rng.integers(0, 3, 2))
            if items and self.rng.random() < 0.6:
                item = self.pick(items)
                row, column = item.row, item.column
            whole_row, whole_column = column == 1 and row != 1, row == 1 and column != 1
            found = [i for i in items if (whole_column or i.row == row) and (whole_row or i.column == column)]
            spot = SPOTS[row][column]
            return self.line(kind, spot=spot), up(series([full(i) for i in found])) if found else f"There is nothing {spot}."
        if kind == "check":
            noun, found = self.target(1, 0, 0, 0.05)
            inks = distinct([i.ink for i in found])
            asked = self.pick(inks) if inks and self.rng.random() < 0.5 else self.pick(list(INKS))
            statement = attribute(found, noun, inks)
            answer = statement if not found else ("Yes, " if inks == [asked] else "No, ") + "t" + statement[1:]
            return self.line(kind, bare=noun, ink=asked), answer
        if kind == "colours":
            return self.line(kind), attribute(items, "shape", distinct([i.ink for i in items])) if items else "There are no shapes."
        if kind == "background":
            return self.line(kind), f"The background is {self.page.paper}."
        raise ValueError(kind)

    def entries(self, kinds: list[str]) -> list[dict]:
        """One entry for each kind; pages that are unreadable or empty count as kinds of their own."""
        result = []
        for kind in kinds:
            question, answer = self.make(kind)
            if self.page.items is None:
                kind, answer = "unreadable", SORRY
            elif not self.items and kind != "background":
                kind = "empty"
            result.append({"kind": kind, "question": question, "answer": answer})
        return result
