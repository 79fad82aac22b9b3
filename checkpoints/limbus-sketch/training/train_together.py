"""Stage 3: tower, projector and decoder together on packed talks, begun with the weights of a published folder.

    python -m torch.distributed.run --nproc-per-node 2 train_together.py --out DIR --model .. --steps 3000    # two CPU cores
    python train_together.py --out DIR --model .. --steps 3000 --parts 12 --workers 15                        # a GPU

The folder is all that it needs of the stages before. Stops and resumes anywhere (DIR/together.pt is written every 100 steps).
"""

from __future__ import annotations

import random
from pathlib import Path

import torch
import torch.nn.functional as F

from fonts import PACKAGES, Faces
from optimizer import MasterOptimizer
from packing import COLUMNS, Encoder
from stage import Stage, join, run_stage, stage_options
from train_decoder import PART, make_batch, measure, run
from whole import Whole, begin_with_folder

SHARES = {"dense": 18, "things": 26, "reading": 24, "mixed": 14, "unread": 7, "unclear": 4, "blind": 3}
"""As in stage 2, with fewer rows of what it has learned already."""
TOWER = 0.3
"""The tower's rates against the decoder's: what it reads has to stay readable while the decoder learns from it."""


def main() -> None:
    parser = stage_options(f"{PART} rows", steps=3000, seed=31, muon=0.005, adam=0.0015)
    parser.add_argument("--model", type=Path, required=True, help="the published folder to begin with")
    args = parser.parse_args()
    machine = join()
    encoder, faces = Encoder(args.model), Faces(PACKAGES)
    whole = Whole()
    begin_with_folder(whole, args.model)
    whole.to(machine.device)
    optimizer = MasterOptimizer(whole, args.muon, args.adam, ("embedding", "embed_tokens"), averages=0.99, slower={"tower.": TOWER})
    whole.bfloat16()
    tower, speaker = whole.tower, whole.speaker
    speaker.language_model.compile()
    checks = [make_batch(32, faces, encoder, random.Random(f"check {i}")) for i in range(6)] if machine.rank == 0 else []

    def draw(step: int, rng: random.Random) -> tuple[torch.Tensor, ...]:
        pixels, batch, _ = make_batch(PART, faces, encoder, rng, shares=SHARES)
        return (pixels, *batch.values())

    def learn(tensors: tuple[torch.Tensor, ...]) -> torch.Tensor:
        pixels, *columns = tensors
        scores, targets, _ = run(tower, speaker, pixels, dict(zip(COLUMNS, columns)))
        return F.cross_entropy(scores, targets)

    stage = Stage(args.out / "together.pt", optimizer, draw, learn, lambda: measure(tower, speaker, checks), PART, "rows", tail=1.0)
    run_stage(stage, args, machine)


if __name__ == "__main__":
    main()
