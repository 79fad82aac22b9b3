"""Muon for the matrices, Adam for the rest, on f32 masters of a bf16 model, averaged over processes."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.distributed as dist
from torch import nn


def orthogonalize(gradients: torch.Tensor) -> torch.Tensor:
    """Replaces each matrix of a stack by (nearly) the closest orthogonal one: five Newton-Schulz steps."""
    x = gradients.bfloat16()
    flipped = x.shape[1] > x.shape[2]
    if flipped:
        x = x.mT
    x = x / (x.float().norm(dim=(1, 2), keepdim=True).bfloat16() + 1e-7)
    for _ in range(5):
        gram = x @ x.mT
        x = 3.4445 * x + (-4.775 * gram + 2.0315 * gram @ gram) @ x
    return (x.mT if flipped else x).float()


class MasterOptimizer:
    """Keeps f32 copies of a bf16 module, steps them, and writes them back."""

    def __init__(self, model: nn.Module, muon_rate: float, adam_rate: float, adam_names: tuple[str, ...], averages: float = 0.0, factor: Callable[[str], float] = lambda name: 1.0) -> None:
        """``adam_names`` are parts of names of matrices for Adam, ``factor`` gives what a name's rates are multiplied by."""
        named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
        self.live = [p for _, p in named]
        self.master = [p.detach().float().clone() for p in self.live]
        self.first = [torch.zeros_like(m) for m in self.master]
        self.second = [torch.zeros_like(m) for m in self.master]
        self.mean = [m.clone() for m in self.master]
        self.decay = averages
        self.muon_rate, self.adam_rate = muon_rate, adam_rate
        self.count = 0
        self.factors = [factor(name) for name, _ in named]
        self.stacks: dict[tuple, list[int]] = {}
        self.plain: list[int] = []
        for i, (name, p) in enumerate(named):
            if p.dim() == 2 and not any(part in name for part in adam_names):
                self.stacks.setdefault((*p.shape, self.factors[i]), []).append(i)
            else:
                self.plain.append(i)

    def gradients(self) -> list[torch.Tensor]:
        """Gradients in f32, averaged over the processes in one exchange, clipped."""
        flat = torch.cat([p.grad.flatten().float() for p in self.live])
        if dist.is_initialized():
            dist.all_reduce(flat)
            flat /= dist.get_world_size()
        norm = flat.norm()
        flat *= min(1.0, 1.0 / (float(norm) + 1e-6))
        return [g.view_as(m) for g, m in zip(flat.split([m.numel() for m in self.master]), self.master)]

    def step(self, scale: float) -> None:
        """One step at ``scale`` times the base rates."""
        self.count += 1
        grads = self.gradients()
        for (rows, columns, factor), members in self.stacks.items():
            updates = []
            for i in members:
                self.first[i].lerp_(grads[i], 0.05)
                updates.append(grads[i].lerp(self.first[i], 0.95))
            turned = orthogonalize(torch.stack(updates))
            rate = self.muon_rate * scale * factor * max(1.0, rows / columns) ** 0.5
            for i, update in zip(members, turned):
                self.master[i].mul_(1 - rate * 0.02).sub_(update, alpha=rate)
        a, b = 1 - 0.9**self.count, 1 - 0.98**self.count
        for i in self.plain:
            self.first[i].lerp_(grads[i], 0.1)
            self.second[i].lerp_(grads[i].square(), 0.02)
            move = (self.first[i] / a) / ((self.second[i] / b).sqrt() + 1e-8)
            rate = self.adam_rate * scale * self.factors[i]
            if self.master[i].dim() == 2:
                self.master[i].mul_(1 - rate * 0.1)
            self.master[i].sub_(move, alpha=rate)
        with torch.no_grad():
            for p, m, mean in zip(self.live, self.master, self.mean):
                p.copy_(m)
                p.grad = None
                mean.lerp_(m, 1 - self.decay)

    def state(self) -> dict:
        """Everything a resumed run needs."""
        return {"master": self.master, "first": self.first, "second": self.second, "mean": self.mean, "count": self.count}

    def use_mean(self) -> None:
        """Writes the averaged weights into the model, to measure them."""
        with torch.no_grad():
            for p, mean in zip(self.live, self.mean):
                p.copy_(mean)

    def load(self, state: dict) -> None:
        """Restores ``state`` and writes the masters into the model."""
        for name in ("master", "first", "second", "mean"):
            for mine, theirs in zip(getattr(self, name), state[name]):
                mine.copy_(theirs)
        self.count = state["count"]
        with torch.no_grad():
            for p, m in zip(self.live, self.master):
                p.copy_(m)


def trapezoid(step: int, steps: int, tail: float, warm: int = 100) -> float:
    """Rises, stays, and falls in a line over the last part, ``tail`` of all: a run can be cut short by naming fewer steps."""
    return max(0.0, min(1.0, (step + 1) / warm, (steps - step) / (steps * tail)))
