"""The right answer to every kind of question, from the scene alone. Wording of answers lives here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

from kinds import LISTED, plural, with_article
from scenes import Scene, Thing

PLACES = (
    "at the top left", "at the top", "at the top right",
    "on the left", "in the centre", "on the right",
    "at the bottom left", "at the bottom", "at the bottom right",
)
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")
EMPTY = "The picture is empty."
CROWDED = "There are more than six things."
UNCLEAR = "I cannot make out anything that I know in this picture."
TOO_LONG = "There is text in the picture, but it is too long for me to read."
TOO_SMALL = "There is text in the picture, but it is too small for me to read."
UNREAD = {"unclear": UNCLEAR, "long": TOO_LONG, "small": TOO_SMALL}
"""The one sentence that every question about such a picture gets."""
NO_TEXT = "There is no text in the picture."
NO_PICTURE = "I cannot see a picture. Please send one."
GREETING = "Hello! Draw something or send me a picture, and ask me about it."
SELF = "I am a small model. I know simple drawings, shapes, colours and places, and I read up to eight characters."
THANKS = "You are welcome."
GOODBYE = "Goodbye!"
OUTSIDE = "I cannot answer that. Ask me about simple drawings, shapes, colours, places or a short text in a picture."
UNKNOWN = "I do not know what that looks like."
"""To questions about things that it has never seen."""


@dataclass(frozen=True)
class Kind:
    """A description that things may match: any of kind, colour and style may be left open."""

    noun: str | None = None
    colour: str | None = None
    style: str | None = None

    def matches(self, thing: Thing) -> bool:
        if thing.kind == "text" and self.noun != "text":
            return False
        return self.noun in (None, thing.kind) and self.colour in (None, thing.colour) and self.style in (None, thing.style)

    def name(self, many: bool = False) -> str:
        words = [w for w in (self.style, self.colour) if w]
        noun = self.noun or "thing"
        return " ".join([*words, plural(noun) if many else noun])


def listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def once(parts: list[str]) -> list[str]:
    """Drops repetitions, keeps the order."""
    return list(dict.fromkeys(parts))


def sentence(words: str) -> str:
    return words[0].upper() + words[1:] + "."


def thing_name(thing: Thing) -> str:
    """An article, the style where it is not filled, colour and noun; a text is quoted."""
    if thing.kind == "text":
        return f'the text "{thing.text}"'
    return with_article(("" if thing.style == "filled" else thing.style + " ") + f"{thing.colour} {thing.kind}")


def counted(scene: Scene) -> list[Thing]:
    """The things that are no text."""
    return [t for t in scene.things if t.kind != "text"]


def texts(scene: Scene) -> list[Thing]:
    return [t for t in scene.things if t.kind == "text"]


def describe(scene: Scene) -> str:
    if not scene.things:
        return EMPTY
    if len(counted(scene)) > LISTED:
        return CROWDED
    return sentence(listed([f"{thing_name(t)} {PLACES[t.cell]}" for t in scene.things]))


def there_are(count: int, kind: Kind) -> str:
    return f"there is one {kind.name()}" if count == 1 else f"there are {NUMBERS[count]} {kind.name(True)}"


def count_all(scene: Scene) -> str:
    """Who asks how many gets a number: what a text says is another question, and may be read wrong."""
    things = counted(scene)
    if len(things) > LISTED:
        return CROWDED
    number = there_are(len(things), Kind())
    if not texts(scene):
        return sentence(number)
    return sentence(f"{number} and some text") if things else "There is only text."


def count_of(scene: Scene, kind: Kind) -> str:
    return sentence(there_are(sum(map(kind.matches, scene.things)), kind))


def exists(scene: Scene, kind: Kind) -> str:
    count = sum(map(kind.matches, scene.things))
    if count == 0:
        return f"No, there is no {kind.name()}."
    return f"Yes, there is {with_article(kind.name())}." if count == 1 else f"Yes, {there_are(count, kind)}."


def about(scene: Scene, kind: Kind, words: list[str]) -> str:
    """ "The circle is ..." for one match, "The circles are ... and ..." for several, an honest no for none."""
    count = sum(map(kind.matches, scene.things))
    if count == 0:
        return f"There is no {kind.name()}."
    return sentence(f"the {kind.name(count > 1)} {'are' if count > 1 else 'is'} {listed(words)}")


def colour_of(scene: Scene, kind: Kind) -> str:
    return about(scene, kind, once([t.colour for t in scene.things if kind.matches(t)]))


def place_of(scene: Scene, kind: Kind) -> str:
    return about(scene, kind, once([PLACES[t.cell] for t in scene.things if kind.matches(t)]))


def style_of(scene: Scene, kind: Kind) -> str:
    return about(scene, kind, once(["handwritten" if t.style == "hand" else t.style for t in scene.things if kind.matches(t)]))


def noun_of(scene: Scene, kind: Kind) -> str:
    """ "What is the blue thing?" """
    nouns = [t.kind for t in scene.things if kind.matches(t)]
    if len(nouns) > 1 and len(set(nouns)) == 1:
        return about(scene, kind, [plural(nouns[0])])
    return about(scene, kind, [with_article(n) for n in nouns])


def check_colour(scene: Scene, kind: Kind, colour: str) -> str:
    """ "Is the circle red?": yes only if every match is."""
    colours = once([t.colour for t in scene.things if kind.matches(t)])
    answer = colour_of(scene, kind)
    if not colours:
        return answer
    return ("Yes, t" if colours == [colour] else "No, t") + answer[1:]


def colours(scene: Scene) -> str:
    found = once([t.colour for t in counted(scene)])
    if found:
        return sentence(f"the {'thing is' if len(counted(scene)) == 1 else 'things are'} {listed(found)}")
    return f"The text is {texts(scene)[0].colour}." if texts(scene) else EMPTY


def things_at(scene: Scene, place: int) -> list[Thing]:
    """Corners and the centre are one cell; top, bottom, left and right are the whole row or column."""
    if place in (1, 7):
        return [t for t in scene.things if t.cell // 3 == place // 3]
    if place in (3, 5):
        return [t for t in scene.things if t.cell % 3 == place % 3]
    return [t for t in scene.things if t.cell == place]


def what_is_at(scene: Scene, place: int) -> str:
    found = things_at(scene, place)
    return sentence(listed([thing_name(t) for t in found])) if found else f"There is nothing {PLACES[place]}."


SIDES = {"left": ("left of", "x", -1), "right": ("right of", "x", 1), "above": ("above", "y", -1), "below": ("below", "y", 1)}
"""Name: words, axis, sign."""


def is_beside(thing: Thing, side: str, other: Thing) -> bool:
    _, axis, sign = SIDES[side]
    return (getattr(thing, axis) - getattr(other, axis)) * sign > 0


def what_is_beside(scene: Scene, side: str, kind: Kind) -> str:
    """ "What is left of the circle?", for one circle: everything with its middle further left."""
    matches = [t for t in scene.things if kind.matches(t)]
    if not matches:
        return f"There is no {kind.name()}."
    found = [t for t in scene.things if t is not matches[0] and is_beside(t, side, matches[0])]
    words = SIDES[side][0]
    return sentence(listed([thing_name(t) for t in found])) if found else f"There is nothing {words} the {kind.name()}."


def one_of_each(scene: Scene, first: Kind, second: Kind) -> tuple[Thing, Thing] | str:
    """Two things, each the only one of its kind; an honest no where one is missing."""
    found = []
    for kind in (first, second):
        matches = [t for t in scene.things if kind.matches(t)]
        if not matches:
            return f"There is no {kind.name()}."
        found.append(matches[0])
    return found[0], found[1]


def check_beside(scene: Scene, first: Kind, side: str, second: Kind) -> str:
    """ "Is the star left of the circle?", for one of each."""
    found = one_of_each(scene, first, second)
    if isinstance(found, str):
        return found
    yes = is_beside(found[0], side, found[1])
    return f"{'Yes' if yes else 'No'}, the {first.name()} is {'' if yes else 'not '}{SIDES[side][0]} the {second.name()}."


def extreme(scene: Scene, biggest: bool) -> str:
    """The biggest or the smallest thing."""
    things = sorted(counted(scene), key=lambda t: t.size)
    thing = things[-1 if biggest else 0]
    return sentence(f"the {'biggest' if biggest else 'smallest'} thing is the {thing.colour} {thing.kind}")


SIZES = (("tiny", 0.085), ("small", 0.105), ("medium-sized", 0.13), ("large", 0.17), ("huge", 1.0))
"""Name and upper bound of ``Thing.size``."""


def size_of(scene: Scene, kind: Kind) -> str:
    """ "How big is the house?" """
    return about(scene, kind, once([next(name for name, bound in SIZES if t.size < bound) for t in scene.things if kind.matches(t)]))


def compare(scene: Scene, first: Kind, bigger: bool, second: Kind) -> str:
    """ "Is the house bigger than the tree?" """
    found = one_of_each(scene, first, second)
    if isinstance(found, str):
        return found
    is_bigger = found[0].size > found[1].size
    return f"{'Yes' if is_bigger == bigger else 'No'}, the {first.name()} is {'bigger' if is_bigger else 'smaller'} than the {second.name()}."


def which(scene: Scene, first: Kind, bigger: bool, second: Kind) -> str:
    """ "Which is bigger, the house or the tree?" """
    found = one_of_each(scene, first, second)
    if isinstance(found, str):
        return found
    chosen, other = (first, second) if (found[0].size > found[1].size) == bigger else (second, first)
    return f"The {chosen.name()} is {'bigger' if bigger else 'smaller'} than the {other.name()}."


def background(scene: Scene) -> str:
    return f"The background is {scene.background}."


def read(scene: Scene) -> str:
    words = texts(scene)
    return f'It says "{words[0].text}".' if words else NO_TEXT


def characters(scene: Scene) -> str:
    words = texts(scene)
    if not words:
        return NO_TEXT
    if scene.state in UNREAD:
        return UNREAD[scene.state]
    count = len(words[0].text)
    return f"The text has {NUMBERS[count]} character{'' if count == 1 else 's'}."
