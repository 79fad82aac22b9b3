"""Stage 2: projector and decoder on the frozen tower, on packed talks.

    python -m torch.distributed.run --nproc-per-node 2 train_decoder.py --out DIR --model .. --steps 8000    # two CPU cores
    python train_decoder.py --out DIR --model .. --steps 4000 --parts 12 --workers 15                        # a GPU

Processes of one thread each on a CPU; stops and resumes anywhere (DIR/speaker.pt is written every 100 steps).
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F

from export import load_tower, set_reader
from fonts import PACKAGES, Faces
from network import Speaker, to_input
from optimizer import MasterOptimizer
from packing import COLUMNS, IMAGE, Encoder, collate, mask_of, pack
from pictures import draw_picture
from questions import LOOKUP_WEIGHTS, THING_WEIGHTS, blind_conversation, conversation, talk
from scenes import Scene, make_scene
from stage import Stage, join, run_stage, stage_options
from start import begin_with_words

PART = 20
"""Rows of a part; a step takes ``--parts`` of them in each process."""
TALKS = 12
SIMPLE = 0.35
"""The first part of the run: single questions, where there are things mostly two."""
SHARES = {"dense": 18, "things": 24, "reading": 24, "mixed": 12, "unread": 7, "unclear": 5, "blind": 8}
SIMPLE_SHARES = {"few": 72, "reading": 16, "mixed": 3, "unread": 3, "unclear": 2, "blind": 5}


def make_batch(size: int, faces: Faces, encoder: Encoder, rng: random.Random, shares: dict[str, int], about_things: dict[str, int] = THING_WEIGHTS, single: bool = False) -> tuple[torch.Tensor, dict, list]:
    """Fresh pictures with packed talks about them, and rows without a picture; ``single`` talks are one question each."""
    pixels, rows = [], []
    for sort in rng.choices(list(shares), shares.values(), k=size):
        if sort == "blind":
            talks = [blind_conversation(make_scene(rng), rng.choice((1, 1, 2)), rng) for _ in range(TALKS // 2)]
            rows.append(pack(talks, False, None, encoder, rng))
            continue
        picture, scene, _ = draw_picture(sort, faces, rng)
        pixels.append(picture)
        scene = scene or Scene(64, 64, "white", (255, 255, 255), [], "unclear")
        talks = [conversation(scene, 1 if single else rng.choice((1, 1, 1, 2, 3)), rng, about_things) for _ in range(TALKS)]
        earlier = talk(rng) if rng.random() < 0.04 else None
        rows.append(pack(talks, True, earlier, encoder, rng))
    return torch.stack(pixels), collate(rows), rows


def run(tower: torch.nn.Module, speaker: Speaker, pixels: torch.Tensor, batch: dict) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Logits and targets of all places to predict, and these places."""
    device = speaker.language_model.embed_tokens.weight.device
    pixels, batch = pixels.to(device), {name: values.to(device) for name, values in batch.items()}
    features = tower(to_input(pixels, torch.bfloat16)).flatten(0, 1)
    hidden = speaker(batch["ids"], batch["ids"] == IMAGE, features, batch["positions"], mask_of(batch["branches"]))
    places = batch["targets"][:, 1:].nonzero()
    scores = speaker.logits(hidden[places[:, 0], places[:, 1]]).float()
    return scores, batch["ids"][places[:, 0], places[:, 1] + 1], places


@torch.no_grad()
def measure(tower: torch.nn.Module, speaker: Speaker, checks: list) -> str:
    """How many talks are right word for word, by the kind of their first question (teacher forced, so as greedy)."""
    right, total = defaultdict(int), defaultdict(int)
    for pixels, batch, rows in checks:
        scores, targets, places = run(tower, speaker, pixels, batch)
        wrong = scores.argmax(-1) != targets
        bad = {(r, int(batch["branches"][r, c + 1])) for r, c in places[wrong].tolist()}
        for r, row in enumerate(rows):
            for kind, branch in zip(row.kinds, sorted(set(row.branches) - {0})):
                total[kind] += 1
                right[kind] += (r, branch) not in bad
    parts = [f"{kind} {100 * right[kind] / total[kind]:.1f}" for kind in sorted(total)]
    return f"all {100 * sum(right.values()) / sum(total.values()):.2f} | " + " ".join(parts)


def make_checks(faces: Faces, encoder: Encoder, about_things: dict[str, int] = THING_WEIGHTS) -> list:
    """The batches that ``measure`` asks about."""
    return [make_batch(32, faces, encoder, random.Random(f"check {i}"), SHARES, about_things) for i in range(6)]


def talking_stage(store: Path, tower: torch.nn.Module, speaker: Speaker, optimizer: MasterOptimizer, batch_at: Callable[[int, random.Random], tuple], checks: list, tail: float = Stage.tail) -> Stage:
    """A stage that learns to talk from what ``batch_at`` draws for a step. Compiles the decoder."""
    speaker.language_model.compile()

    def draw(step: int, rng: random.Random) -> tuple[torch.Tensor, ...]:
        pixels, batch, _ = batch_at(step, rng)
        return (pixels, *batch.values())

    def learn(tensors: tuple[torch.Tensor, ...]) -> torch.Tensor:
        pixels, *columns = tensors
        scores, targets, _ = run(tower, speaker, pixels, dict(zip(COLUMNS, columns)))
        return F.cross_entropy(scores, targets)

    return Stage(store, optimizer, draw, learn, lambda: measure(tower, speaker, checks), PART, "rows", tail)


def main() -> None:
    parser = stage_options(f"{PART} rows", steps=8000, seed=21, muon=0.01, adam=0.003)
    parser.add_argument("--model", type=Path, required=True, help="the folder with tokenizer.json")
    args = parser.parse_args()
    machine = join()
    encoder, faces = Encoder(args.model), Faces(PACKAGES)
    tower = load_tower(args.out).bfloat16().requires_grad_(False).to(machine.device)
    torch.manual_seed(args.seed)
    speaker = Speaker()
    set_reader(speaker, args.out)
    begin_with_words(speaker, encoder.tokenizer)
    speaker.to(machine.device)
    optimizer = MasterOptimizer(speaker, args.muon, args.adam, ("embed_tokens",), averages=0.99)
    speaker.bfloat16()

    def batch_at(step: int, rng: random.Random) -> tuple[torch.Tensor, dict, list]:
        if step < args.steps * SIMPLE:
            return make_batch(PART, faces, encoder, rng, SIMPLE_SHARES, LOOKUP_WEIGHTS, single=True)
        return make_batch(PART, faces, encoder, rng, SHARES)

    checks = make_checks(faces, encoder) if machine.rank == 0 else []
    run_stage(talking_stage(args.out / "speaker.pt", tower, speaker, optimizer, batch_at, checks), args, machine)


if __name__ == "__main__":
    main()
