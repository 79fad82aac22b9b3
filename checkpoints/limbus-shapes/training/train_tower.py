"""Stage 1: the vision tower alone, on labels for every patch. Its heads are dropped afterwards.

    python train_tower.py --out DIR --steps 2850

Runs two processes of one thread each; stops and resumes anywhere (DIR/tower.pt is written every 100 steps).
"""

from __future__ import annotations

import argparse
import os
import random
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn

from labels import HEADS, IGNORE, NAMES, patch_labels
from network import WIDTH, Tower, TowerMlp, to_input
from optimizer import MasterOptimizer, trapezoid
from rendering import render, render_unreadable, squash
from scenes import make_scene

NONE_WEIGHT = 0.25
WEIGHTS = {"shape": 3.0, "count": 0.5, "background": 0.3}
"""The weight of a head, 1 unless named: shape is by far the slowest to learn."""


class LabelledTower(nn.Module):
    """The tower with one linear layer that reads all labels of a patch."""

    def __init__(self) -> None:
        super().__init__()
        self.tower = Tower()
        self.read = nn.Linear(WIDTH, sum(HEADS.values()))

    def forward(self, pixels: torch.Tensor) -> list[torch.Tensor]:
        scores = self.read(self.tower.post_layernorm(self.tower(pixels)))
        return list(scores.flatten(0, 1).split(list(HEADS.values()), -1))


def make_batch(size: int, rng: random.Random) -> tuple[torch.Tensor, torch.Tensor]:
    """Fresh pictures and their labels; about half of them dense, a few unreadable."""
    pixels, labels = [], []
    for index in range(size):
        if rng.random() < 0.03:
            pixels.append(squash(render_unreadable(rng)))
            labels.append(patch_labels(None, None))
            continue
        scene = make_scene(rng, index % 2 == 0)
        page, owner = render(scene, rng)
        pixels.append(squash(page))
        labels.append(patch_labels(scene, owner))
    return torch.stack(pixels), torch.from_numpy(np.stack(labels)).flatten(0, 1)


def loss_of(outputs: list[torch.Tensor], labels: torch.Tensor) -> torch.Tensor:
    """The weighted sum over heads of the mean cross entropy; empty patches count a quarter."""
    total = 0.0
    for i, (name, scores) in enumerate(zip(NAMES, outputs)):
        target = labels[:, i]
        if name in ("shape", "colour"):
            weight = torch.ones(HEADS[name])
            weight[-1] = NONE_WEIGHT
            part = F.cross_entropy(scores.float(), target, weight)
        elif name in ("count", "background"):
            part = F.cross_entropy(scores.float(), target)
        else:
            keep = (target != IGNORE).nonzero()[:, 0]
            part = F.cross_entropy(scores[keep].float(), target[keep])
        total = total + WEIGHTS.get(name, 1.0) * part
    return total


def measure(model: LabelledTower, batch: tuple[torch.Tensor, torch.Tensor]) -> str:
    """Patch accuracy of every head where it has something to say."""
    with torch.no_grad():
        outputs = model(to_input(batch[0], torch.bfloat16))
    parts = []
    for i, name in enumerate(NAMES):
        target = batch[1][:, i]
        keep = target != IGNORE
        if name in ("shape", "colour"):
            keep &= target != HEADS[name] - 1
        parts.append(f"{name} {100 * (outputs[i].argmax(-1)[keep] == target[keep]).float().mean():.2f}")
    return " ".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=2850)
    parser.add_argument("--batch", type=int, default=128, help="pictures for each process and step")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--muon", type=float, default=0.02)
    parser.add_argument("--adam", type=float, default=0.002)
    args = parser.parse_args()
    torch.set_num_threads(1)
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    if world > 1:
        dist.init_process_group("gloo")
    TowerMlp.exact = True
    torch.manual_seed(args.seed)
    model = LabelledTower()
    optimizer = MasterOptimizer(model, args.muon, args.adam, ("embedding", "read"), averages=0.995)
    model.bfloat16()
    optimizer.live = list(model.parameters())
    step, seconds = 0, 0.0
    store = args.out / "tower.pt"
    if store.exists():
        saved = torch.load(store)
        optimizer.load(saved["optimizer"])
        step, seconds = saved["step"], saved["seconds"]
    check = make_batch(192, random.Random(999_000 + args.seed))
    began = time.time()
    first, running = step, 0.0
    while step < args.steps:
        rng = random.Random(f"{args.seed}/{step}/{rank}")
        pixels, labels = make_batch(args.batch, rng)
        loss = loss_of(model(to_input(pixels, torch.bfloat16)), labels)
        loss.backward()
        optimizer.step(trapezoid(step, args.steps))
        running += float(loss.detach())
        step += 1
        if rank == 0 and step % 25 == 0:
            spent = time.time() - began
            rate = (step - first) / spent
            print(f"step {step}/{args.steps} loss {running / 25:.4f} {rate * args.batch * world:.0f} pictures/s left {(args.steps - step) / rate / 60:.1f} min", flush=True)
            running = 0.0
        if rank == 0 and (step % 100 == 0 or step == args.steps):
            torch.save({"optimizer": optimizer.state(), "step": step, "seconds": seconds + time.time() - began}, store.with_suffix(".new"))
            store.with_suffix(".new").replace(store)
            print("   ", measure(model, check), flush=True)
    if rank == 0:
        for live, mean in zip(model.parameters(), optimizer.mean):
            live.data.copy_(mean)
        print("mean", measure(model, check), flush=True)
    if world > 1:
        dist.barrier()
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
