"""Stage 2: projector and decoder on the frozen tower, on packed talks.

    python -m torch.distributed.run --nproc-per-node 2 train_decoder.py --out DIR --model .. --steps 8000    # two CPU cores
    python train_decoder.py --out DIR --model .. --steps 4000 --parts 12 --workers 15                        # a GPU

Processes of one thread each on a CPU; stops and resumes anywhere (DIR/speaker.pt is written every 100 steps).
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections import defaultdict
from pathlib import Path

import torch
import torch.distributed as dist
import torch.nn.functional as F

from export import load_tower, set_reader
from feeding import feed
from fonts import PACKAGES, Faces
from network import Speaker, to_input
from optimizer import MasterOptimizer, trapezoid
from packing import COLUMNS, IMAGE, Encoder, collate, mask_of, pack
from pictures import draw_picture
from questions import blind_conversation, conversation, talk
from scenes import Scene, make_scene

PART = 20
"""Rows of a part; a step takes ``--parts`` of them in each process."""
TALKS = 12
SIMPLE = 0.35
"""The first part of the run: single questions, where there are things mostly two."""
SHARES = {"dense": 18, "things": 24, "reading": 24, "mixed": 12, "unread": 7, "unclear": 5, "blind": 8}
SIMPLE_SHARES = {"few": 48, "reading": 26, "mixed": 6, "unread": 6, "unclear": 5, "blind": 8}


def make_batch(size: int, faces: Faces, encoder: Encoder, rng: random.Random, simple: bool = False) -> tuple[torch.Tensor, dict, list]:
    """Fresh pictures with packed talks about them, and rows without a picture."""
    shares = SIMPLE_SHARES if simple else SHARES
    pixels, rows = [], []
    for sort in rng.choices(list(shares), shares.values(), k=size):
        if sort == "blind":
            talks = [blind_conversation(make_scene(rng), rng.choice((1, 1, 2)), rng) for _ in range(TALKS // 2)]
            rows.append(pack(talks, False, None, encoder, rng))
            continue
        picture, scene, _ = draw_picture(sort, faces, rng)
        pixels.append(picture)
        scene = scene or Scene(64, 64, "white", (255, 255, 255), [], "unclear")
        talks = [conversation(scene, 1 if simple else rng.choice((1, 1, 1, 2, 3)), rng) for _ in range(TALKS)]
        earlier = talk(rng) if rng.random() < 0.04 else None
        rows.append(pack(talks, True, earlier, encoder, rng))
    return torch.stack(pixels), collate(rows), rows


def run(tower: torch.nn.Module, speaker: Speaker, pixels: torch.Tensor, batch: dict) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Logits and targets of all places to predict, and these places."""
    device = speaker.language_model.embed_tokens.weight.device
    pixels, batch = pixels.to(device), {name: values.to(device) for name, values in batch.items()}
    with torch.no_grad():
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


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="the folder with tokenizer.json")
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--parts", type=int, default=1, help="batches of 20 rows for each process and step")
    parser.add_argument("--workers", type=int, default=0, help="processes that draw ahead; 0 draws between the steps")
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--muon", type=float, default=0.01)
    parser.add_argument("--adam", type=float, default=0.003)
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after so long; the next call goes on")
    args = parser.parse_args()
    torch.set_num_threads(1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    if world > 1:
        dist.init_process_group("gloo")
    encoder, faces = Encoder(args.model), Faces(PACKAGES)
    tower = load_tower(args.out).bfloat16().eval().to(device)
    torch.manual_seed(args.seed)
    speaker = Speaker()
    set_reader(speaker, args.out)
    speaker.to(device)
    optimizer = MasterOptimizer(speaker, args.muon, args.adam, ("embed_tokens",), averages=0.99)
    speaker.bfloat16()
    optimizer.live = [p for p in speaker.parameters() if p.requires_grad]
    step, seconds = 0, 0.0
    store = args.out / "speaker.pt"
    if store.exists():
        saved = torch.load(store, map_location=device)
        optimizer.load(saved["optimizer"])
        step, seconds = saved["step"], saved["seconds"]
    checks = [make_batch(32, faces, encoder, random.Random(f"check {i}")) for i in range(6)] if rank == 0 else []
    began, first, running = time.time(), step, torch.zeros((), device=device)
    parts_a_step = world * args.parts

    def draw(index: int, rng: random.Random) -> tuple[torch.Tensor, ...]:
        pixels, batch, _ = make_batch(PART, faces, encoder, rng, index // parts_a_step < args.steps * SIMPLE)
        return (pixels, *batch.values())

    for pixels, *tensors in feed(draw, args.seed, range(step, args.steps), args.parts, rank, world, args.workers):
        scores, targets, _ = run(tower, speaker, pixels, dict(zip(COLUMNS, tensors)))
        loss = F.cross_entropy(scores, targets)
        loss.backward()
        optimizer.step(trapezoid(step, args.steps))
        running += loss.detach()
        step += 1
        stop = torch.tensor(float(time.time() - began > args.minutes * 60))
        if world > 1:
            dist.broadcast(stop, 0)
        if rank == 0 and step % 25 == 0:
            rate = (step - first) / (time.time() - began)
            print(f"step {step}/{args.steps} loss {float(running) / 25:.4f} {rate * PART * parts_a_step:.0f} rows/s left {(args.steps - step) / rate / 60:.1f} min", flush=True)
            running.zero_()
        if rank == 0 and (step % 100 == 0 or step == args.steps or bool(stop)):
            torch.save({"optimizer": optimizer.state(), "step": step, "seconds": seconds + time.time() - began}, store.with_suffix(".new"))
            store.with_suffix(".new").replace(store)
            if step % 200 == 0:
                print("   ", measure(tower, speaker, checks), flush=True)
        if bool(stop):
            break
    if rank == 0 and step == args.steps:
        for live, mean in zip(optimizer.live, optimizer.mean):
            live.data.copy_(mean)
        print("mean", measure(tower, speaker, checks), flush=True)
    if world > 1:
        dist.barrier()
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
