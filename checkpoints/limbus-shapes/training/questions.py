"""Draws questions about one scene, alone or as a short talk, with the answers of ``answers.py``."""

from __future__ import annotations

import random
from dataclasses import dataclass

import answers as say
import small_talk
from answers import Kind
from scenes import COLOURS, LISTED, SHAPES, Scene
from wording import NOUNS, PLACE_WORDS, TEMPLATES, fill, typed

SYNONYMS = {
    "diamond": ("rhombus",), "cross": ("plus", "plus sign"), "purple": ("violet",), "circle": ("disc", "round shape"), "star": ("five-pointed star",),
    "outlined": ("hollow", "empty", "unfilled"), "filled": ("solid", "filled in"), "heart": ("heart shape",), "square": ("box", "rectangle"),
}
WEIGHTS = {
    "describe": 10, "exists": 22, "count_of": 15, "colour": 16, "shape": 14, "place": 18, "count": 4, "at": 14, "check": 17,
    "style": 8, "colours": 4, "background": 6, "place_property": 7, "talk": 7,
}
CROWDED_KINDS = ("describe", "describe", "count", "count", "colour", "place", "background", "talk")


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
        return rng.choice(SYNONYMS[word]) if word in SYNONYMS and rng.random() < 0.06 else word

    words = [] if kind.outlined is None else [other("outlined" if kind.outlined else "filled")]
    words += [other(kind.colour)] if kind.colour else []
    noun = other(kind.shape) if kind.shape else rng.choice((*NOUNS, "one"))
    words.append(noun if not many else noun + ("es" if noun.endswith(("s", "x")) else "s"))
    return " ".join(words)


def present(scene: Scene, rng: random.Random, parts: str) -> Kind:
    """The kind of one thing of the scene; ``parts`` names what is said: s(hape), c(olour), o(utlined or filled)."""
    thing = rng.choice(scene.things)
    return Kind(thing.shape if "s" in parts else None, thing.colour if "c" in parts else None, thing.outlined if "o" in parts else None)


def altered(scene: Scene, rng: random.Random, parts: str) -> Kind:
    """A kind that is mostly absent but close: parts of two things, or one part changed."""
    first = present(scene, rng, parts) if scene.things else Kind(*(rng.choice(v) if p in parts else None for p, v in (("s", SHAPES), ("c", COLOURS), ("o", (True, False)))))
    if scene.things and rng.random() < 0.5:
        second = present(scene, rng, parts)
        return Kind(first.shape, second.colour, rng.choice((first, second)).outlined)
    shape, colour, outlined = first.shape, first.colour, first.outlined
    where = rng.choice(parts)
    if where == "s":
        shape = rng.choice(SHAPES)
    elif where == "c":
        colour = rng.choice(COLOURS)
    else:
        outlined = not outlined
    return Kind(shape, colour, outlined)


def some_kind(scene: Scene, rng: random.Random, parts: str, absent: float) -> Kind:
    """A kind that is there, or with the given chance one that probably is not."""
    if not scene.things or rng.random() < absent:
        return altered(scene, rng, parts)
    return present(scene, rng, parts)


def matching(scene: Scene, kind: Kind) -> int:
    return sum(map(kind.matches, scene.things))


def ask(scene: Scene, name: str, rng: random.Random) -> Turn:
    """One question of the named kind."""

    def line(template: str, **parts: str) -> str:
        return typed(fill(rng.choice(TEMPLATES[template]), rng, **parts), rng)

    things = scene.things
    if name == "describe":
        return Turn(name, "" if rng.random() < 0.02 else line("describe"), say.describe(scene))
    if name == "count":
        return Turn(name, line("count"), say.count_all(scene))
    if name == "count_of":
        kind = some_kind(scene, rng, rng.choice(("s", "s", "s", "c", "c", "sc", "sc", "o", "so")), 0.25)
        if kind.shape is None and rng.random() < 0.35:
            adjective = kind.colour or ("outlined" if kind.outlined else "filled")
            return Turn(name, line("count_adjective", a=adjective), say.count_of(scene, kind), kind)
        return Turn(name, line("count_of", ks=asked_name(kind, True, rng)), say.count_of(scene, kind), kind)
    if name == "exists":
        kind = some_kind(scene, rng, rng.choice(("s", "s", "c", "sc", "sc", "sc", "so", "sco", "sco")), 0.55)
        if kind.shape is None and rng.random() < 0.4:
            return Turn(name, line("exists_adjective", a=kind.colour), say.exists(scene, kind), kind)
        words = asked_name(kind, False, rng)
        return Turn(name, line("exists", k=words, ak=say.with_article(words), ks=asked_name(kind, True, rng)), say.exists(scene, kind), kind)
    if name in ("colour", "place", "style", "shape"):
        if name != "style" and len(things) == 1 and rng.random() < 0.25:
            reply = {"colour": say.colour_of, "place": say.place_of, "shape": say.shape_of}[name]
            return Turn(name, line(f"{name}_it"), reply(scene, Kind()), Kind())
        parts = {"colour": ("s", "s", "s", "so"), "shape": ("c", "c", "c", "co"), "style": ("s", "s", "sc"), "place": ("s", "s", "sc", "sc", "c", "sco", "so")}[name]
        kind = some_kind(scene, rng, rng.choice(parts), 0.12)
        reply = {"colour": say.colour_of, "place": say.place_of, "style": say.style_of, "shape": say.shape_of}[name](scene, kind)
        if name == "shape" and kind.outlined is None and rng.random() < 0.4:
            return Turn(name, line("shape_adjective", a=kind.colour), reply, kind)
        if name in ("colour", "place") and matching(scene, kind) > 1 and rng.random() < 0.7:
            return Turn(name, line(f"{name}_many", ks=asked_name(kind, True, rng)), reply, kind)
        return Turn(name, line(name, k=asked_name(kind, False, rng)), reply, kind)
    if name == "check":
        kind = some_kind(scene, rng, "s", 0.08)
        here = [t.colour for t in things if kind.matches(t)]
        colour = rng.choice(here) if here and rng.random() < 0.5 else rng.choice(COLOURS)
        return Turn(name, line("check", k=asked_name(kind, False, rng), a=colour), say.check_colour(scene, kind, colour))
    if name == "colours":
        return Turn(name, line("colours"), say.colours(scene))
    if name == "background":
        return Turn(name, line("background"), say.background(scene))
    place = rng.choice(things).cell if things and rng.random() < 0.6 else rng.randrange(9)
    if rng.random() < 0.3:
        place = rng.choice((1, 3, 5, 7))
    where = rng.choice(PLACE_WORDS[place])
    if name == "place_property" and len(say.things_at(scene, place)) == 1:
        colour = rng.random() < 0.5
        return Turn(name, line("colour_at" if colour else "shape_at", w=where), say.property_at(scene, place, colour))
    return Turn("at", line("at", w=where), say.what_is_at(scene, place))


def follow(scene: Scene, last: Turn, rng: random.Random) -> Turn | None:
    """A question that leans on the one before: "And the square?", "Where is it?"."""
    if last.about is None or len(scene.things) > LISTED:
        return None

    def line(template: str, **parts: str) -> str:
        return typed(fill(rng.choice(TEMPLATES[template]), rng, **parts), rng)

    if matching(scene, last.about) == 1 and rng.random() < 0.4 and last.kind in ("colour", "shape", "place", "exists"):
        name = rng.choice([n for n in ("colour", "place") if n != last.kind])
        reply = say.colour_of if name == "colour" else say.place_of
        return Turn(name, line(f"{name}_it"), reply(scene, last.about), last.about)
    parts = ("s" if last.about.shape else "") + ("c" if last.about.colour else "")
    if not parts or last.about.outlined is not None:
        return None
    kind = some_kind(scene, rng, parts, 0.2)
    if last.kind in ("colour", "place"):
        reply = say.colour_of if last.kind == "colour" else say.place_of
        return Turn(last.kind, line("follow_definite", k=asked_name(kind, False, rng)), reply(scene, kind), kind)
    if last.kind == "exists":
        return Turn("exists", line("follow_indefinite", ak=say.with_article(asked_name(kind, False, rng))), say.exists(scene, kind), kind)
    if last.kind == "count_of":
        return Turn("count_of", line("follow_many", ks=asked_name(kind, True, rng)), say.count_of(scene, kind), kind)
    return None


def talk(rng: random.Random) -> Turn:
    kind, question, answer = small_talk.pick(rng)
    return Turn(kind, typed(question, rng) if len(question) > 3 else question, answer)


def next_turn(scene: Scene, last: Turn | None, rng: random.Random) -> Turn:
    """The next question of a talk about a scene."""
    if last is not None and scene.readable and rng.random() < 0.4:
        turn = follow(scene, last, rng)
        if turn is not None:
            return turn
    crowded = len(scene.things) > LISTED
    while True:
        name = rng.choice(CROWDED_KINDS) if crowded else rng.choices(list(WEIGHTS), WEIGHTS.values())[0]
        if name == "talk":
            return talk(rng)
        turn = ask(scene, name, rng)
        if not scene.readable:
            return Turn("unreadable", turn.question, say.UNREADABLE)
        if crowded and turn.about is not None and matching(scene, turn.about) > 2:
            continue
        if not scene.things:
            turn.kind = "empty"
        return turn


def conversation(scene: Scene, turns: int, rng: random.Random) -> list[Turn]:
    """Several questions in a row about one picture."""
    result: list[Turn] = []
    for _ in range(turns):
        result.append(next_turn(scene, result[-1] if result else None, rng))
    return result


def blind_conversation(scene: Scene, turns: int, rng: random.Random) -> list[Turn]:
    """Questions without a picture: small talk as ever, and a request for a picture where one is needed."""
    result = []
    for _ in range(turns):
        if rng.random() < 0.5:
            result.append(talk(rng))
        else:
            turn = ask(scene, rng.choice([n for n in WEIGHTS if n != "talk"]), rng)
            result.append(Turn("no picture", turn.question or "What is in the picture?", say.NO_PICTURE))
    return result
