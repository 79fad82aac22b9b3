"""The right answer to every kind of question, from the scene alone. Wording of answers lives here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

from scenes import LISTED, Scene, Thing

PLACES = (
    "at the top left", "at the top", "at the top right",
    "on the left", "in the centre", "on the right",
    "at the bottom left", "at the bottom", "at the bottom right",
)
NUMBERS = ("no", "one", "two", "three", "four", "five", "six")
EMPTY = "The picture is empty."
CROWDED = "There are more than four shapes."
UNREADABLE = "I cannot make out any plain shapes in this picture."
NO_PICTURE = "I cannot see a picture. Please send one."
GREETING = "Hello! Show me a picture of plain shapes and ask me about it."
SELF = "I am a small model that answers questions about pictures of plain shapes."
THANKS = "You are welcome."
GOODBYE = "Goodbye!"
OUTSIDE = "I can only tell which plain shapes there are, their colours, their places and how many."


@dataclass(frozen=True)
class Kind:
    """A description that things may match: any of shape, colour and style may be left open."""

    shape: str | None = None
    colour: str | None = None
    outlined: bool | None = None

    def matches(self, thing: Thing) -> bool:
        return (
            self.shape in (None, thing.shape)
            and self.colour in (None, thing.colour)
            and self.outlined in (None, thing.outlined)
        )

    def name(self, many: bool = False) -> str:
        words = [] if self.outlined is None else ["outlined" if self.outlined else "filled"]
        words += [self.colour] if self.colour else []
        noun = self.shape or "shape"
        words.append(noun if not many else noun + ("es" if noun == "cross" else "s"))
        return " ".join(words)


def with_article(words: str) -> str:
    return ("an " if words[0] in "aeiou" else "a ") + words


def listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def once(parts: list[str]) -> list[str]:
    """Drops repetitions, keeps the order."""
    return list(dict.fromkeys(parts))


def thing_name(thing: Thing) -> str:
    """An article, "outlined" where it is, colour and shape; "filled" goes without saying."""
    return with_article(("outlined " if thing.outlined else "") + f"{thing.colour} {thing.shape}")


def sentence(words: str) -> str:
    return words[0].upper() + words[1:] + "."


def describe(scene: Scene) -> str:
    if not scene.things:
        return EMPTY
    if len(scene.things) > LISTED:
        return CROWDED
    return sentence(listed([f"{thing_name(t)} {PLACES[t.cell]}" for t in scene.things]))


def there_are(count: int, kind: Kind) -> str:
    if count == 1:
        return f"there is one {kind.name()}"
    return f"there are {NUMBERS[count]} {kind.name(True)}"


def count_all(scene: Scene) -> str:
    return CROWDED if len(scene.things) > LISTED else sentence(there_are(len(scene.things), Kind()))


def count_of(scene: Scene, kind: Kind) -> str:
    return sentence(there_are(sum(map(kind.matches, scene.things)), kind))


def exists(scene: Scene, kind: Kind) -> str:
    count = sum(map(kind.matches, scene.things))
    if count == 0:
        return f"No, there is no {kind.name()}."
    return f"Yes, there is {with_article(kind.name())}." if count == 1 else f"Yes, {there_are(count, kind)}."


def about(scene: Scene, kind: Kind, words: list[str]) -> str:
    """"The circle is ..." for one match, "The circles are ... and ..." for several, an honest no for none."""
    count = sum(map(kind.matches, scene.things))
    if count == 0:
        return f"There is no {kind.name()}."
    return sentence(f"the {kind.name(count > 1)} {'are' if count > 1 else 'is'} {listed(words)}")


def colour_of(scene: Scene, kind: Kind) -> str:
    return about(scene, kind, once([t.colour for t in scene.things if kind.matches(t)]))


def place_of(scene: Scene, kind: Kind) -> str:
    return about(scene, kind, once([PLACES[t.cell] for t in scene.things if kind.matches(t)]))


def style_of(scene: Scene, kind: Kind) -> str:
    return about(scene, kind, once(["outlined" if t.outlined else "filled" for t in scene.things if kind.matches(t)]))


def shape_of(scene: Scene, kind: Kind) -> str:
    shapes = [t.shape for t in scene.things if kind.matches(t)]
    if len(shapes) > 1 and len(set(shapes)) == 1:
        return about(scene, kind, [Kind(shapes[0]).name(True)])
    return about(scene, kind, [with_article(s) for s in shapes])


def check_colour(scene: Scene, kind: Kind, colour: str) -> str:
    """"Is the circle red?": yes only if every match is."""
    colours = once([t.colour for t in scene.things if kind.matches(t)])
    answer = colour_of(scene, kind)
    if not colours:
        return answer
    return ("Yes, t" if colours == [colour] else "No, t") + answer[1:]


def colours(scene: Scene) -> str:
    return colour_of(scene, Kind()) if scene.things else "There are no shapes."


def things_at(scene: Scene, place: int) -> list[Thing]:
    """Corners and the centre are one cell; top, bottom, left and right are the whole row or column."""
    if place in (1, 7):
        return [t for t in scene.things if t.cell // 3 == place // 3]
    if place in (3, 5):
        return [t for t in scene.things if t.cell % 3 == place % 3]
    return [t for t in scene.things if t.cell == place]


def what_is_at(scene: Scene, place: int) -> str:
    found = things_at(scene, place)
    if not found:
        return f"There is nothing {PLACES[place]}."
    return sentence(listed([thing_name(t) for t in found]))


def property_at(scene: Scene, place: int, colour: bool) -> str:
    """Colour or shape of the one thing at a place."""
    found = things_at(scene, place)
    if not found:
        return f"There is nothing {PLACES[place]}."
    return f"The shape {PLACES[place]} is {found[0].colour if colour else with_article(found[0].shape)}."


def background(scene: Scene) -> str:
    return f"The background is {scene.background}."
