"""Laws of the generator: `python -m unittest test_generator` in this folder."""

from __future__ import annotations

import random
import sys
import unittest
from collections import Counter
from itertools import combinations
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.append(str(Path(__file__).parent / "heldout"))

import answers as say
import make_canvas
from asking import LINES, Asker
from attention import causal_attention
from export import TOKENS
from fonts import CHARACTERS, PACKAGES, Faces
from kinds import COLOURS, KINDS
from labels import COLUMN, IGNORE, NOTHING, patch_labels
from network import HEAD_DIM, Speaker
from packing import COLUMNS, Encoder, collate, mask_of, pack
from pictures import SCENES, TOWER_SHARES, draw_picture, labelled_batch
from questions import conversation
from start import begin_with_words
from words import word_list

FACES = Faces(PACKAGES)
FOLDER = Path(__file__).parent.parent


def pages(sort: str, count: int):
    """Drawn scenes of a sort: listed in order, their boxes as drawn."""
    for seed in range(count):
        picture, scene, drawn = draw_picture(sort, FACES, random.Random(f"test {sort} {seed}"))
        yield picture, scene, drawn


class Generator(unittest.TestCase):
    def test_same_seed_same_picture(self) -> None:
        for sort in TOWER_SHARES:
            first, again, other = (draw_picture(sort, FACES, random.Random(seed))[0] for seed in (1, 1, 2))
            self.assertTrue(torch.equal(first, again), sort)
            self.assertFalse(torch.equal(first, other), sort)

    def test_answers_agree_with_the_held_out_reading_of_the_rules(self) -> None:
        mine = {"describe": say.describe, "count": say.count_all, "background": say.background, "colours": say.colours, "read": say.read}
        for sort in ("things", "dense", "few", "mixed", "reading"):
            for _, scene, _ in pages(sort, 60):
                if len(say.counted(scene)) > say.LISTED:
                    continue
                things = [{**vars(t), "kind": t.kind} for t in scene.things]
                asker = Asker({"things": things, "background": scene.background}, random.Random(0))
                for kind, answer in mine.items():
                    made = asker.make(kind)
                    if made is not None:
                        self.assertEqual(answer(scene), made[1], f"{sort} {kind}")

    def test_which_of_two_agrees_with_yes_or_no_and_with_the_biggest(self) -> None:
        asked = 0
        for _, scene, _ in pages("things", 80):
            for first, second in combinations(say.counted(scene), 2):
                kinds = [say.Kind(t.kind, t.colour, t.style) for t in (first, second)]
                if kinds[0] == kinds[1] or any(sum(map(kind.matches, scene.things)) > 1 for kind in kinds):
                    continue
                for bigger in (True, False):
                    agrees = say.compare(scene, kinds[0], bigger, kinds[1]).startswith("Yes")
                    chosen, other = kinds if agrees else reversed(kinds)
                    self.assertEqual(say.which(scene, kinds[0], bigger, kinds[1]), f"The {chosen.name()} is {'bigger' if bigger else 'smaller'} than the {other.name()}.")
                    asked += 1
                if len(say.counted(scene)) == 2:
                    found = first if first.size > second.size else second
                    self.assertEqual(say.extreme(scene, True), f"The biggest thing is the {found.colour} {found.kind}.")
        self.assertGreater(asked, 60)

    def test_how_big_a_thing_is_agrees_with_the_held_out_reading(self) -> None:
        asked = Counter()
        for sort in ("things", "dense"):
            for _, scene, _ in pages(sort, 150):
                asker = Asker({"things": [{**vars(t), "kind": t.kind} for t in scene.things], "background": scene.background}, random.Random(len(scene.things)))
                made = asker.size()
                if made is None:
                    continue
                words = made[1].removeprefix("The ").split(" is ")[0].split(" ")
                kind = say.Kind(words[-1], words[0] if len(words) > 1 else None)
                self.assertEqual(say.size_of(scene, kind), made[1])
                asked[made[1].split(" ")[-1]] += 1
        self.assertEqual(len(asked), len(say.SIZES))

    def test_every_thing_is_labelled_with_what_it_is(self) -> None:
        for _, scene, drawn in pages("things", 80):
            labels = patch_labels(scene, drawn)
            for rank, thing in enumerate(scene.things[:6]):
                mine = labels[labels[:, COLUMN["rank"]] == rank]
                self.assertGreater(len(mine), 0)
                self.assertTrue((mine[:, COLUMN["kind"]] == KINDS.index(thing.kind)).all())
                self.assertTrue((mine[:, COLUMN["colour"]] == COLOURS.index(thing.colour)).all())
            self.assertTrue((labels[labels[:, COLUMN["rank"]] == IGNORE][:, COLUMN["kind"]] == NOTHING).all())

    def test_texts_are_spelled_by_their_labels(self) -> None:
        whole = total = 0
        for _, scene, drawn in pages("reading", 150):
            labels = patch_labels(scene, drawn)
            spelled = ""
            for place in range(8):
                here = labels[labels[:, COLUMN["place"]] == place][:, COLUMN["character"]]
                if len(here):
                    self.assertEqual(len(set(here.tolist())), 1)
                    spelled += CHARACTERS[here[0]]
            total += 1
            whole += spelled == scene.things[0].text
            self.assertLessEqual(len(spelled), len(scene.things[0].text))
        self.assertGreater(whole / total, 0.99)  # two narrow letters may share their only patch

    def test_labels_fit_their_heads(self) -> None:
        _, labels = labelled_batch(96, FACES, random.Random(5))
        from labels import HEADS, NAMES
        for index, name in enumerate(NAMES):
            column = labels[:, index]
            self.assertTrue(((column == IGNORE) | (column >= 0)).all() and int(column.max()) < HEADS[name], name)

    def test_held_out_typefaces_and_words_are_not_trained_on(self) -> None:
        trained = set(PACKAGES)
        self.assertFalse(trained & set(make_canvas.PACKAGES))
        self.assertFalse(set(make_canvas.words()) & set(word_list()))
        families = {path.split("/")[-1] for family in FACES.families for path, _ in family}
        self.assertFalse(families & {path.split("/")[-1] for family in Faces(make_canvas.PACKAGES).families for path, _ in family})

    def test_every_kind_of_question_is_asked_by_the_held_out_set(self) -> None:
        self.assertGreaterEqual(len(LINES), 16)
        for kind, lines in LINES.items():
            self.assertGreater(len(lines), 1, kind)


@unittest.skipUnless((FOLDER / "tokenizer.json").exists(), "build_tokenizer.py writes it")
class Talks(unittest.TestCase):
    def setUp(self) -> None:
        self.encoder = Encoder(FOLDER)

    def talks(self, count: int):
        for seed in range(count):
            rng = random.Random(f"talk {seed}")
            scene = SCENES[rng.choice(("things", "dense", "mixed", "reading", "unread"))](rng)
            yield conversation(scene, rng.choice((1, 2, 3)), rng)

    def test_the_tokenizer_gives_every_line_back(self) -> None:
        from tokenizers import Tokenizer
        tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
        for talk in self.talks(300):
            for turn in talk:
                for line in (" " + turn.question.strip(), turn.answer):
                    self.assertEqual(tokenizer.decode(self.encoder.encode(line), skip_special_tokens=False), line)
                self.assertLess(len(self.encoder.encode(turn.answer)), 96)

    def test_a_packed_talk_is_worked_out_as_if_it_stood_alone(self) -> None:
        torch.manual_seed(1)
        speaker = Speaker().eval()
        talks = list(self.talks(4))
        together = collate([pack(talks, False, None, self.encoder, random.Random(3))])
        nothing = torch.zeros(0, speaker.multi_modal_projector.linear_1.in_features)

        @torch.no_grad()
        def hidden(batch: dict) -> torch.Tensor:
            return speaker(batch["ids"], batch["ids"] == TOKENS["image"], nothing, batch["positions"], mask_of(batch["branches"]).float())[0]

        all_hidden = hidden(together)
        for branch in sorted(set(together["branches"][0].tolist()) - {-1, 0}):
            keep = (together["branches"][0] == branch) | (together["branches"][0] == 0)
            alone = {name: together[name][:, keep] for name in COLUMNS}
            difference = (hidden(alone) - all_hidden[keep]).abs().max()
            self.assertLess(float(difference), 1e-4)

    def test_labels_begin_as_their_words(self) -> None:
        torch.manual_seed(1)
        speaker = Speaker()
        begin_with_words(speaker, self.encoder.tokenizer)
        table, columns = speaker.language_model.embed_tokens.weight, speaker.multi_modal_projector.linear_2.weight.T
        alike = torch.cosine_similarity(columns[: len(KINDS), None], table[[self.encoder.line(kind)[0] for kind in KINDS]][None], dim=-1)
        self.assertTrue(torch.equal(alike.argmax(1), torch.arange(len(KINDS))))
        self.assertGreater(float(alike.diagonal().min()), 0.99)
        first = speaker.language_model.layers[0].self_attn
        query, key = (speaker.language_model.layers[0].input_layernorm(x) for x in (table[self.encoder.line("sun")[0]], columns[: len(KINDS)]))
        seeking = (first.q_proj(query)[:HEAD_DIM] * first.k_proj(key)[:, :HEAD_DIM]).sum(1)
        self.assertEqual(KINDS[int(seeking.argmax())], "sun")

    def test_attention_in_bands_is_attention(self) -> None:
        torch.manual_seed(0)
        for length in (384, 150, 60):
            q, k, v = (torch.randn(2, heads, length, 32, requires_grad=True) for heads in (8, 2, 2))
            seen = ((torch.rand(2, length, length) < 0.7) | torch.eye(length, dtype=torch.bool)).tril()
            mask = torch.zeros(seen.shape).masked_fill(~seen, -30000.0)
            bands = causal_attention(q.unflatten(1, (2, -1)), k, v, mask).flatten(1, 2)
            whole = F.scaled_dot_product_attention(q, k, v, mask[:, None], scale=1.0, enable_gqa=True)
            arriving = torch.randn_like(whole)
            torch.testing.assert_close(bands, whole, atol=1e-4, rtol=1e-4)
            for mine, theirs in zip(torch.autograd.grad(bands, (q, k, v), arriving), torch.autograd.grad(whole, (q, k, v), arriving)):
                torch.testing.assert_close(mine, theirs, atol=1e-4, rtol=1e-4)


if __name__ == "__main__":
    unittest.main()
