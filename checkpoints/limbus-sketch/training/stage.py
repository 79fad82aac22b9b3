"""The frame of both stages: its options, its processes, going on where it stopped, its rate, saving, averaged weights."""

from __future__ import annotations

import argparse
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.distributed as dist

from feeding import Tensors, feed
from optimizer import MasterOptimizer, trapezoid


def stage_options(part: str, steps: int, seed: int, muon: float, adam: float) -> argparse.ArgumentParser:
    """The options that both stages know; ``part`` says what one process takes for a step."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=steps)
    parser.add_argument("--parts", type=int, default=1, help=f"batches of {part} for each process and step")
    parser.add_argument("--workers", type=int, default=0, help="processes that draw ahead; 0 draws between the steps")
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--muon", type=float, default=muon)
    parser.add_argument("--adam", type=float, default=adam)
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after so long; the next call goes on")
    return parser


@dataclass(frozen=True)
class Machine:
    """What this process computes on, and which of how many processes it is."""

    device: torch.device
    rank: int
    world: int


def join() -> Machine:
    """One thread for each process; several processes find each other."""
    torch.set_num_threads(1)
    machine = Machine(torch.device("cuda" if torch.cuda.is_available() else "cpu"), int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1)))
    if machine.world > 1:
        dist.init_process_group("gloo")
    return machine


@dataclass(frozen=True)
class Stage:
    """What is learned, from what, and how it is measured."""

    store: Path
    """Where the state lies; written every 100 steps."""
    optimizer: MasterOptimizer
    draw: Callable[[int, random.Random], Tensors]
    """One part for the given step."""
    learn: Callable[[Tensors], torch.Tensor]
    """The loss of what was drawn."""
    measure: Callable[[], str]
    """A line about held-out parts, every 200 steps and, with averaged weights, at the end; asked in the first process."""
    examples: int
    """How many examples a part holds."""
    unit: str
    """What an example is called."""
    tail: float = 0.35
    """The last part of the steps, in which the rate falls."""


def run_stage(stage: Stage, args: argparse.Namespace, machine: Machine) -> None:
    """Trains to ``args.steps``, from the stored state if there is one."""
    optimizer, store = stage.optimizer, stage.store
    step, seconds = 0, 0.0
    if store.exists():
        saved = torch.load(store, map_location=machine.device)
        optimizer.load(saved["optimizer"])
        step, seconds = saved["step"], saved["seconds"]
    parts_a_step = machine.world * args.parts
    batches = feed(lambda index, rng: stage.draw(index // parts_a_step, rng), args.seed, range(step, args.steps), args.parts, machine.rank, machine.world, args.workers)
    began, first, running = time.time(), step, torch.zeros((), device=machine.device)
    for tensors in batches:
        loss = stage.learn(tensors)
        loss.backward()
        optimizer.step(trapezoid(step, args.steps, stage.tail))
        running += loss.detach()
        step += 1
        stop = torch.tensor(float(time.time() - began > args.minutes * 60))
        if machine.world > 1:
            dist.broadcast(stop, 0)
        if machine.rank == 0 and step % 25 == 0:
            rate = (step - first) / (time.time() - began)
            print(f"step {step}/{args.steps} loss {float(running) / 25:.4f} {rate * stage.examples * parts_a_step:.0f} {stage.unit}/s left {(args.steps - step) / rate / 60:.1f} min", flush=True)
            running.zero_()
        if machine.rank == 0 and (step % 100 == 0 or step == args.steps or bool(stop)):
            torch.save({"optimizer": optimizer.state(), "step": step, "seconds": seconds + time.time() - began}, store.with_suffix(".new"))
            store.with_suffix(".new").replace(store)
            if step % 200 == 0:
                print("   ", stage.measure(), flush=True)
        if bool(stop):
            break
    if machine.rank == 0 and step == args.steps:
        optimizer.use_mean()
        print("mean", stage.measure(), flush=True)
    if machine.world > 1:
        dist.barrier()
        dist.destroy_process_group()
