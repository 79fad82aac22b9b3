"""Draws questions about one scene, alone or as a short talk, with the answers of ``answers.py``."""

from __future__ import annotations

import random
from dataclasses import dataclass

import answers as say
import small_talk
from answers import Kind
from kinds import COLOURS, KINDS, LISTED, STYLES, plural, with_article
from scenes import SIDE_MARGIN, SIZE_MARGIN, SIZE_RATIO, Scene, Thing
from wording import NOUNS, PLACE_WORDS, TEMPLATES, fill, typed

SYNONYMS = {
    "diamond": ("rhombus",), "cross": ("plus", "plus sign"), "purple": ("violet",), "circle": ("disc", "ring"), "grey": ("gray", "gray"), "turquoise": ("teal", "cyan"),
    "outlined": ("hollow", "empty", "unfilled"), "filled": ("solid", "filled in"), "scribbled": ("hatched",), "square": ("box", "rectangle"), "smiley": ("smiley face", "face", "smiling face"),
    "person": ("stick figure", "man", "human", "stickman"), "boat": ("ship", "sailing boat", "sailboat"), "car": ("vehicle",), "cat": ("kitten", "cat face"), "moon": ("crescent",), "house": ("home", "hut"), "tree": ("plant",),
}
PLURAL_SYNONYMS = {"person": ("persons", "men", "stick figures")}
THING_WEIGHTS = {
    "describe": 13, "exists": 20, "count_of": 13, "colour": 15, "noun": 14, "place": 16, "count": 5, "at": 12, "check": 14, "beside": 16, "check_beside": 12,
    "style": 7, "colours": 4, "background": 5, "colour_at": 6, "biggest": 6, "compare": 14, "read": 3, "has_text": 2, "unknown": 3, "talk": 6,
}
LOOKUP_WEIGHTS = {
    "colour": 30, "noun": 24, "place": 24, "at": 12, "exists": 12, "check": 10, "describe": 6, "beside": 6, "style": 6, "colour_at": 6, "check_beside": 4, "count_of": 4, "count": 3,
    "compare": 6, "biggest": 2, "read": 2, "background": 2, "colours": 2, "has_text": 1, "unknown": 1, "talk": 3,
}
"""What is asked while looking up is learned: mostly for one property of a thing that is named by another."""
SIZE_WEIGHTS = {**THING_WEIGHTS, "size": 24, "which": 20, "bigger": 16}
"""What is asked while comparing sizes is learned. Yes or no depends on which is bigger and on whether "bigger" or "smaller"
was asked: as long as both are asked alike, half an insight earns nothing. So one of the words comes more often, "which is
bigger?" asks for the insight itself, and "how big is it?" for what the insight is made of."""
COMPARED_WEIGHTS = {**THING_WEIGHTS, "size": 16, "which": 10, "compare": 24}
"""The same kinds once that is learned."""
TEXT_WEIGHTS = {"read": 60, "describe": 14, "characters": 9, "colour": 6, "place": 6, "text_style": 5, "has_text": 5, "count": 3, "background": 4, "exists": 3, "talk": 3}
CROWDED_KINDS = ("describe", "describe", "count", "count", "background", "talk", "read")
UNREAD_WEIGHTS = {"describe": 14, "read": 20, "exists": 8, "count": 6, "noun": 4, "colour": 4, "place": 4, "has_text": 3, "talk": 3}
NEVER_SEEN = (
    "dog", "horse", "bird", "elephant", "bicycle", "train", "plane", "robot", "guitar", "chair", "table", "clock", "phone", "lamp", "book", "bottle", "shoe", "hat", "pizza", "banana",
    "cake", "cow", "mouse", "snake", "spider", "dragon", "king", "castle", "bridge", "mountain", "river", "cup", "key", "door", "window", "hexagon", "octagon", "spiral", "pentagon", "rocket",
)


@dataclass
class Turn:
    """One question with its answer; ``about`` is the kind of thing it was about, for what may follow."""

    kind: str
    question: str
    answer: str
    about: Kind | None = None


def asked_name(kind: Kind, many: bool, rng: random.Random) -> str:
    """The name of a kind as a stranger may write it; answers use the plain name."""

    def other(word: str) -> str:
        return rng.choice(SYNONYMS[word]) if word in SYNONYMS and rng.random() < 0.07 else word

    words = [other(w) for w in (kind.style, kind.colour) if w]
    if many and kind.noun in PLURAL_SYNONYMS and rng.random() < 0.2:
        return " ".join([*words, rng.choice(PLURAL_SYNONYMS[kind.noun])])
    noun = other(kind.noun) if kind.noun else rng.choice((*NOUNS, "one"))
    words.append(plural(noun) if many else noun)
    return " ".join(words)


def present(scene: Scene, rng: random.Random, parts: str) -> Kind:
    """The kind of one thing of the scene; ``parts`` names what is said: n(oun), c(olour), s(tyle)."""
    thing = rng.choice(say.counted(scene))
    return Kind(thing.kind if "n" in parts else None, thing.colour if "c" in parts else None, thing.style if "s" in parts else None)


def altered(scene: Scene, rng: random.Random, parts: str) -> Kind:
    """A kind that is mostly absent but close: parts of two things, or one part changed."""
    if say.counted(scene):
        first = present(scene, rng, parts)
        if rng.random() < 0.5:
            second = present(scene, rng, parts)
            return Kind(first.noun, second.colour, rng.choice((first, second)).style)
    else:
        first = Kind(*(rng.choice(values) if p in parts else None for p, values in (("n", KINDS), ("c", COLOURS), ("s", STYLES))))
    noun, colour, style = first.noun, first.colour, first.style
    where = rng.choice(parts)
    if where == "n":
        noun = rng.choice(KINDS)
    elif where == "c":
        colour = rng.choice(COLOURS)
    else:
        style = rng.choice(STYLES)
    return Kind(noun, colour, style)


def some_kind(scene: Scene, rng: random.Random, parts: str, absent: float) -> Kind:
    """A kind that is there, or with the given chance one that probably is not."""
    if not say.counted(scene) or rng.random() < absent:
        return altered(scene, rng, parts)
    return present(scene, rng, parts)


def matching(scene: Scene, kind: Kind) -> list[Thing]:
    return [t for t in scene.things if kind.matches(t)]


def single(scene: Scene, rng: random.Random, absent: float = 0.1) -> Kind | None:
    """A kind that fits one thing alone (or, now and then, none): what "left of the circle" may be asked about."""
    for _ in range(8):
        kind = some_kind(scene, rng, rng.choice(("n", "n", "n", "nc", "c")), absent)
        if len(matching(scene, kind)) <= 1:
            return kind
    return None


def line(template: str, rng: random.Random, **parts: str) -> str:
    found = TEMPLATES
    for step in template.split("/"):
        found = found[step]
    return typed(fill(rng.choice(found), rng, **parts), rng)


def clear_of(scene: Scene, thing: Thing, axis: str) -> bool:
    """Whether everything else differs enough along an axis."""
    return all(abs(getattr(t, axis) - getattr(thing, axis)) >= SIDE_MARGIN for t in scene.things if t is not thing)


def alike(size: float, other: float, ratio: float) -> bool:
    """Whether two sizes differ by less than a ratio."""
    return max(size, other) < ratio * min(size, other)


def ask(scene: Scene, name: str, rng: random.Random) -> Turn | None:
    """One question of the named kind; None where the scene leaves its answer to luck."""
    things = say.counted(scene)
    if name == "describe":
        return Turn(name, "" if rng.random() < 0.02 else line("describe", rng), say.describe(scene))
    if name == "count":
        return Turn(name, line("count", rng), say.count_all(scene))
    if name == "read":
        return Turn(name, line("read", rng), say.read(scene))
    if name == "has_text":
        words = say.texts(scene)
        return Turn(name, line("has_text", rng), f'Yes, it says "{words[0].text}".' if words else say.NO_TEXT)
    if name == "characters":
        return Turn(name, line("characters", rng), say.characters(scene))
    if name == "text_style":
        return Turn(name, line("text_style", rng, k="text"), say.style_of(scene, Kind("text")) if say.texts(scene) else say.NO_TEXT)
    if name in ("colour", "place") and say.texts(scene) and (not things or rng.random() < 0.4):
        noun = rng.choice(("text", "text", "word", "writing", "lettering"))
        return Turn(name, line(name, rng, k=noun), (say.colour_of if name == "colour" else say.place_of)(scene, Kind("text")))
    if name == "unknown":
        noun = rng.choice(NEVER_SEEN)
        template = rng.choice(("exists", "place", "colour", "count_of"))
        return Turn(name, line(template, rng, k=noun, ak=with_article(noun), ks=noun + "s"), say.UNKNOWN)
    if name == "count_of":
        kind = some_kind(scene, rng, rng.choice(("n", "n", "n", "c", "c", "nc", "nc", "s", "ns")), 0.25)
        if kind.noun is None and rng.random() < 0.35:
            return Turn(name, line("count_adjective", rng, a=kind.colour or kind.style or ""), say.count_of(scene, kind), kind)
        return Turn(name, line("count_of", rng, ks=asked_name(kind, True, rng)), say.count_of(scene, kind), kind)
    if name == "exists":
        kind = some_kind(scene, rng, rng.choice(("n", "n", "c", "nc", "nc", "nc", "ns", "ncs")), 0.55)
        if kind.noun is None and kind.style is None and rng.random() < 0.4:
            return Turn(name, line("exists_adjective", rng, a=kind.colour or ""), say.exists(scene, kind), kind)
        words = asked_name(kind, False, rng)
        return Turn(name, line("exists", rng, k=words, ak=with_article(words), ks=asked_name(kind, True, rng)), say.exists(scene, kind), kind)
    if name in ("colour", "place", "style", "noun"):
        reply = {"colour": say.colour_of, "place": say.place_of, "style": say.style_of, "noun": say.noun_of}[name]
        if name != "style" and len(scene.things) == 1 and things and rng.random() < 0.25:
            return Turn(name, line(f"{name}_it", rng), reply(scene, Kind()), Kind())
        parts = {"colour": ("n", "n", "n", "ns"), "noun": ("c", "c", "c", "cs"), "style": ("n", "n", "nc"), "place": ("n", "n", "nc", "nc", "c", "ncs", "ns")}[name]
        kind = some_kind(scene, rng, rng.choice(parts), 0.12)
        if name == "noun" and kind.style is None and rng.random() < 0.4:
            return Turn(name, line("noun_adjective", rng, a=kind.colour or ""), reply(scene, kind), kind)
        if name in ("colour", "place") and len(matching(scene, kind)) > 1 and rng.random() < 0.5:
            return Turn(name, line(f"{name}_many", rng, ks=asked_name(kind, True, rng)), reply(scene, kind), kind)
        return Turn(name, line(name, rng, k=asked_name(kind, False, rng)), reply(scene, kind), kind)
    if name == "check":
        kind = some_kind(scene, rng, "n", 0.08)
        here = [t.colour for t in matching(scene, kind)]
        colour = rng.choice(here) if here and rng.random() < 0.5 else rng.choice(COLOURS)
        return Turn(name, line("check", rng, k=asked_name(kind, False, rng), a=colour), say.check_colour(scene, kind, colour))
    if name in ("beside", "check_beside", "compare", "bigger", "which"):
        return relation(scene, name, rng)
    if name == "size":
        return how_big(scene, rng)
    if name == "biggest":
        sizes = sorted((t.size for t in things), reverse=rng.random() < 0.5)
        if len(sizes) < 2:
            return None
        biggest = sizes[0] > sizes[-1]
        if alike(sizes[0], sizes[1], SIZE_RATIO):
            return None
        return Turn(name, line("biggest" if biggest else "smallest", rng), say.extreme(scene, biggest))
    if name == "colours":
        return Turn(name, line("colours", rng), say.colours(scene))
    if name == "background":
        return Turn(name, line("background", rng), say.background(scene))
    place = rng.choice(scene.things).cell if scene.things and rng.random() < 0.6 else rng.randrange(9)
    if rng.random() < 0.3:
        place = rng.choice((1, 3, 5, 7))
    where = rng.choice(PLACE_WORDS[place])
    if name == "colour_at":
        found = say.things_at(scene, place)
        if len(found) != 1 or found[0].kind == "text":
            return None
        return Turn(name, line("colour_at", rng, w=where), f"The {found[0].kind} {say.PLACES[place]} is {found[0].colour}.")
    return Turn("at", line("at", rng, w=where), say.what_is_at(scene, place))


def how_big(scene: Scene, rng: random.Random) -> Turn | None:
    """How big a thing is; None where it is close to the next word."""
    kind = single(scene, rng) if say.counted(scene) else None
    if kind is None or any(alike(thing.size, bound, SIZE_MARGIN) for thing in matching(scene, kind) for _, bound in say.SIZES):
        return None
    return Turn("size", line("size", rng, k=asked_name(kind, False, rng)), say.size_of(scene, kind), kind)


def relation(scene: Scene, name: str, rng: random.Random) -> Turn | None:
    """What is left of something, whether something is above something, which is bigger."""
    if not say.counted(scene):
        return None
    first = single(scene, rng)
    if first is None:
        return None
    here = matching(scene, first)
    side = rng.choice(list(say.SIDES))
    axis = say.SIDES[side][1]
    if name == "beside":
        if here and not clear_of(scene, here[0], axis):
            return None
        return Turn(name, line(f"beside/{side}", rng, k=asked_name(first, False, rng)), say.what_is_beside(scene, side, first))
    second = single(scene, rng)
    if second is None or first == second:
        return None
    there = matching(scene, second)
    if here and there and here[0] is there[0]:
        return None
    if name == "check_beside":
        if here and there and abs(getattr(here[0], axis) - getattr(there[0], axis)) < SIDE_MARGIN:
            return None
        words = line(f"check_beside/{side}", rng, k=asked_name(first, False, rng), o=asked_name(second, False, rng))
        return Turn(name, words, say.check_beside(scene, first, side, second))
    if here and there and alike(here[0].size, there[0].size, SIZE_RATIO):
        return None
    bigger = name == "bigger" or rng.random() < 0.5
    words = {"k": asked_name(first, False, rng), "o": asked_name(second, False, rng)}
    if name == "which":
        return Turn(name, line("which_bigger" if bigger else "which_smaller", rng, **words), say.which(scene, first, bigger, second))
    return Turn("compare", line("bigger" if bigger else "smaller", rng, **words), say.compare(scene, first, bigger, second))


def follow(scene: Scene, last: Turn, rng: random.Random) -> Turn | None:
    """A question that leans on the one before: "And the square?", "Where is it?"."""
    if last.about is None or len(scene.things) > LISTED:
        return None
    if len(matching(scene, last.about)) == 1 and rng.random() < 0.4 and last.kind in ("colour", "noun", "place", "exists"):
        name = rng.choice([n for n in ("colour", "place") if n != last.kind])
        reply = say.colour_of if name == "colour" else say.place_of
        return Turn(name, line(f"{name}_it", rng), reply(scene, last.about), last.about)
    parts = ("n" if last.about.noun else "") + ("c" if last.about.colour else "")
    if not parts or last.about.style is not None:
        return None
    kind = some_kind(scene, rng, parts, 0.2)
    if last.kind in ("colour", "place"):
        reply = say.colour_of if last.kind == "colour" else say.place_of
        return Turn(last.kind, line("follow_definite", rng, k=asked_name(kind, False, rng)), reply(scene, kind), kind)
    if last.kind == "exists":
        return Turn("exists", line("follow_indefinite", rng, ak=with_article(asked_name(kind, False, rng))), say.exists(scene, kind), kind)
    if last.kind == "count_of":
        return Turn("count_of", line("follow_many", rng, ks=asked_name(kind, True, rng)), say.count_of(scene, kind), kind)
    return None


def talk(rng: random.Random) -> Turn:
    kind, question, answer = small_talk.pick(rng)
    return Turn(kind, typed(question, rng) if len(question) > 3 else question, answer)


def next_turn(scene: Scene, last: Turn | None, rng: random.Random, about_things: dict[str, int] = THING_WEIGHTS) -> Turn:
    """The next question of a talk about a scene."""
    if last is not None and scene.state == "things" and rng.random() < 0.4:
        turn = follow(scene, last, rng)
        if turn is not None:
            return turn
    things = say.counted(scene)
    crowded = len(things) > LISTED
    weights = UNREAD_WEIGHTS if scene.state != "things" else TEXT_WEIGHTS if say.texts(scene) and not things else about_things
    if say.texts(scene) and things:
        weights = {**about_things, "read": 40, "characters": 4, "text_style": 3}
    while True:
        name = rng.choice(CROWDED_KINDS) if crowded else rng.choices(list(weights), weights.values())[0]
        if name == "talk":
            return talk(rng)
        turn = ask(scene, name, rng)
        if turn is None:
            continue
        if scene.state != "things":
            return Turn(scene.state, turn.question, say.UNREAD[scene.state])
        if not scene.things and name not in ("unknown",):
            turn.kind = "empty"
        return turn


def conversation(scene: Scene, turns: int, rng: random.Random, about_things: dict[str, int] = THING_WEIGHTS) -> list[Turn]:
    """Several questions in a row about one picture."""
    result: list[Turn] = []
    for _ in range(turns):
        result.append(next_turn(scene, result[-1] if result else None, rng, about_things))
    return result


def blind_conversation(scene: Scene, turns: int, rng: random.Random) -> list[Turn]:
    """Questions without a picture: small talk as ever, and a request for a picture where one is needed."""
    result: list[Turn] = []
    names = [n for n in {**THING_WEIGHTS, **TEXT_WEIGHTS} if n not in ("talk", "unknown")]
    while len(result) < turns:
        if rng.random() < 0.5:
            result.append(talk(rng))
            continue
        turn = ask(scene, rng.choice(names), rng)
        if turn is not None:
            result.append(Turn("no picture", turn.question or "What is in the picture?", say.NO_PICTURE))
    return result
