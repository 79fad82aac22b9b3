"""Batches drawn ahead of the training by other processes, in an order that depends on seeds alone."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset

Tensors = tuple[torch.Tensor, ...]


class Drawings(Dataset):
    """The ``index``-th part of a run, drawn when it is asked for."""

    def __init__(self, draw: Callable[[int, random.Random], Tensors], seed: int) -> None:
        self.draw, self.seed = draw, seed

    def __getitem__(self, index: int) -> Tensors:
        return self.draw(index, random.Random(f"{self.seed}/{index}"))


def joined(parts: list[Tensors]) -> Tensors:
    return tuple(torch.cat(same) for same in zip(*parts))


def one_thread(_: Any) -> None:
    torch.set_num_threads(1)


def feed(draw: Callable[[int, random.Random], Tensors], seed: int, steps: range, parts: int, rank: int, world: int, workers: int) -> Iterator[Tensors]:
    """For each step the tensors of ``parts`` parts, joined; ``rank`` of ``world`` processes takes its share of every step.

    With ``workers`` the parts are drawn by so many other processes, else right here.
    """
    order = [[(step * world + rank) * parts + k for k in range(parts)] for step in steps]
    loader = DataLoader(Drawings(draw, seed), batch_sampler=order, collate_fn=joined, num_workers=workers, worker_init_fn=one_thread if workers else None)
    return iter(loader)
