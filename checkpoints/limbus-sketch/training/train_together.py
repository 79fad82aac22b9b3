"""Stage 3: tower, projector and decoder together on packed talks, begun with the weights of a published folder.

    python -m torch.distributed.run --nproc-per-node 2 train_together.py --out DIR --model .. --steps 3000    # two CPU cores
    python train_together.py --out DIR --model .. --steps 3000 --parts 12 --workers 15                        # a GPU

The folder is all that it needs of the stages before. Stops and resumes anywhere (DIR/together.pt is written every 100 steps).
"""

from __future__ import annotations

import random
from pathlib import Path

import torch

from fonts import PACKAGES, Faces
from optimizer import MasterOptimizer
from packing import Encoder
from questions import COMPARED_WEIGHTS, SIZE_WEIGHTS
from stage import join, run_stage, stage_options
from train_decoder import PART, make_batch, make_checks, talking_stage
from whole import Whole, begin_with_folder

SHARES = {"dense": 18, "things": 26, "reading": 24, "mixed": 14, "unread": 7, "unclear": 4, "blind": 3}
"""As in stage 2, with fewer rows of what it has learned already."""
TOWER = 0.3
"""The tower's rates against the decoder's: what it reads has to stay readable while the decoder learns from it."""


def main() -> None:
    parser = stage_options(f"{PART} rows", steps=3000, seed=31, muon=0.005, adam=0.0015)
    parser.add_argument("--model", type=Path, required=True, help="the published folder to begin with")
    parser.add_argument("--sizes", type=float, default=0.71, help="the first part of the run, with many questions about sizes; 0 for a folder that knows them")
    args = parser.parse_args()
    machine = join()
    encoder, faces = Encoder(args.model), Faces(PACKAGES)
    whole = Whole()
    begin_with_folder(whole, args.model)
    whole.to(machine.device)
    optimizer = MasterOptimizer(whole, args.muon, args.adam, ("embedding", "embed_tokens"), averages=0.99, factor=lambda name: TOWER if name.startswith("tower.") else 1.0)
    whole.bfloat16()

    def batch_at(step: int, rng: random.Random) -> tuple[torch.Tensor, dict, list]:
        return make_batch(PART, faces, encoder, rng, SHARES, SIZE_WEIGHTS if step < args.steps * args.sizes else COMPARED_WEIGHTS)

    checks = make_checks(faces, encoder, COMPARED_WEIGHTS) if machine.rank == 0 else []
    run_stage(talking_stage(args.out / "together.pt", whole.tower, whole.speaker, optimizer, batch_at, checks, tail=1.0), args, machine)


if __name__ == "__main__":
    main()
