"""Stage 1: the vision tower alone, on labels for every patch. Its heads are dropped afterwards.

    python -m torch.distributed.run --nproc-per-node 2 train_tower.py --out DIR --steps 40000      # two CPU cores
    python train_tower.py --out DIR --steps 10000 --parts 16 --workers 15                          # a GPU

Processes of one thread each on a CPU; stops and resumes anywhere (DIR/tower.pt is written every 100 steps).
"""

from __future__ import annotations

import random
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from fonts import PACKAGES, Faces
from labels import HEADS, IGNORE, NAMES, NOTHING, TEXT
from network import GRID, WIDTH, Tower, TowerMlp, to_input
from optimizer import MasterOptimizer
from pictures import FULL_SHARES, TOWER_SHARES, labelled_batch
from stage import Stage, join, run_stage, stage_options

PART = 64
"""Pictures of a part; a step takes ``--parts`` of them in each process."""
FULL = 0.65
"""The first part of the run: crowded pages, until the learning rate falls."""
NONE_WEIGHT = 0.25
WEIGHTS = {"kind": 3.0, "character": 3.0, "place": 1.5, "state": 0.4, "count": 0.5, "background": 0.3}
"""The weight of a head, 1 unless named: kinds and characters are by far the slowest to learn."""


class LabelledTower(nn.Module):
    """The tower with one linear layer that reads all labels of a patch."""

    def __init__(self) -> None:
        super().__init__()
        self.tower = Tower()
        self.read = nn.Linear(WIDTH, sum(HEADS.values()))

    def forward(self, pixels: torch.Tensor) -> list[torch.Tensor]:
        scores = self.read(self.tower.post_layernorm(self.tower(pixels)))
        return list(scores.flatten(0, 1).split(list(HEADS.values()), -1))


def loss_of(outputs: list[torch.Tensor], labels: torch.Tensor) -> torch.Tensor:
    """The weighted sum over heads of the mean cross entropy; empty patches count a quarter."""
    total = torch.zeros((), device=labels.device)
    for i, (name, scores) in enumerate(zip(NAMES, outputs)):
        target = labels[:, i]
        if name in ("kind", "colour"):
            weight = torch.ones(HEADS[name], device=labels.device)
            weight[-1] = NONE_WEIGHT
            part = F.cross_entropy(scores.float(), target, weight)
        else:
            keep = (target != IGNORE).nonzero()[:, 0]
            if not len(keep):
                continue
            part = F.cross_entropy(scores[keep].float(), target[keep])
        total = total + WEIGHTS.get(name, 1.0) * part
    return total


@torch.no_grad()
def measure(model: LabelledTower, batches: list[tuple[torch.Tensor, torch.Tensor]]) -> str:
    """Share of labelled patches that are right, head by head; of kinds without the empty patches and the texts."""
    right, total = [0] * len(NAMES), [0] * len(NAMES)
    weight = model.read.weight
    for pixels, labels in batches:
        pixels, labels = pixels.to(weight.device), labels.to(weight.device).long()
        outputs = model(to_input(pixels, weight.dtype))
        for i, (name, scores) in enumerate(zip(NAMES, outputs)):
            keep = labels[:, i] != IGNORE
            if name == "kind":
                keep &= (labels[:, i] != NOTHING) & (labels[:, i] != TEXT)
            if name == "colour":
                keep &= labels[:, i] != HEADS[name] - 1
            right[i] += int((scores.argmax(-1) == labels[:, i])[keep].sum())
            total[i] += int(keep.sum())
    return " ".join(f"{name} {100 * r / max(t, 1):.1f}" for name, r, t in zip(NAMES, right, total))


@torch.no_grad()
def begin_with(tower: Tower, path: Path) -> None:
    """Takes over an earlier tower's averaged weights; its map of positions is stretched to this grid."""
    weights = torch.load(path, map_location="cpu")["optimizer"]["mean"]
    for (name, parameter), weight in zip(tower.named_parameters(), weights):
        if name.endswith("position_embedding.weight") and weight.shape != parameter.shape:
            side = round(len(weight) ** 0.5)
            grid = weight.T.reshape(1, -1, side, side)
            weight = F.interpolate(grid, size=(GRID, GRID), mode="bicubic").reshape(weight.shape[1], -1).T
        parameter.copy_(weight)


def main() -> None:
    parser = stage_options(f"{PART} pictures", steps=20000, seed=11, muon=0.02, adam=0.002)
    parser.add_argument("--tower", type=Path, help="a tower.pt to begin with, trained at this or another size of picture; its heads are left out")
    args = parser.parse_args()
    machine = join()
    TowerMlp.exact = True
    faces = Faces(PACKAGES)
    torch.manual_seed(args.seed)
    model = LabelledTower()
    if args.tower:
        begin_with(model.tower, args.tower)
    model.to(machine.device)
    optimizer = MasterOptimizer(model, args.muon, args.adam, ("embedding", "read"), averages=0.998)
    model.bfloat16()
    checks = [labelled_batch(PART, faces, random.Random(f"check {i}")) for i in range(6)] if machine.rank == 0 else []

    def draw(step: int, rng: random.Random) -> tuple[torch.Tensor, ...]:
        return labelled_batch(PART, faces, rng, FULL_SHARES if step < args.steps * FULL else TOWER_SHARES)

    def learn(tensors: tuple[torch.Tensor, ...]) -> torch.Tensor:
        pixels, labels = tensors
        return loss_of(model(to_input(pixels.to(machine.device), torch.bfloat16)), labels.to(machine.device).long())

    run_stage(Stage(args.out / "tower.pt", optimizer, draw, learn, lambda: measure(model, checks), PART, "pictures"), args, machine)


if __name__ == "__main__":
    main()
