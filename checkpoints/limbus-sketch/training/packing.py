"""Packs several short talks about one picture into one row, so that the picture is read once.

A row is a prefix (what stands before the question, picture included) and branches. A branch sees the prefix and itself,
never another branch, and its positions go on from the prefix: for the model each branch is a talk of its own.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import torch
from tokenizers import Tokenizer

from network import IMAGE_TOKENS
from questions import Turn

ROW = 384
COLUMNS = ("ids", "positions", "branches", "targets")
"""What a batch of rows consists of, [rows, ROW] each."""
PAD, BEGIN, END, SYSTEM, USER, ASSISTANT, IMAGE = range(7)
SYSTEM_LINES = (
    "You are a helpful assistant.", "You are a helpful assistant that looks at pictures.", "Answer briefly.", "Be concise.", "You are Limbus.",
    "You describe images for the user.", "Answer the user's question about the image.", "You are a friendly bot. Keep your answers short.", "Look carefully before you answer.", "Respond in English.",
)


class Encoder:
    """The tokenizer with a memory for lines that come again."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.encode = lru_cache(200_000)(lambda text: tuple(self.tokenizer.encode(text, add_special_tokens=False).ids))

    def line(self, text: str) -> tuple[int, ...]:
        """What somebody says, behind a space, as the chat template writes it."""
        text = text.strip()
        return self.encode(" " + text) if text else ()


@dataclass
class Row:
    """Tokens with position, branch (0 is the prefix) and whether each is to be predicted."""

    ids: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    branches: list[int] = field(default_factory=list)
    targets: list[bool] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    """The kind of question that each branch answers first, for measuring."""

    def add(self, ids, start: int, branch: int, target: bool) -> int:
        self.ids += ids
        self.positions += range(start, start + len(ids))
        self.branches += [branch] * len(ids)
        self.targets += [target] * len(ids)
        return start + len(ids)


def answer_part(row: Row, turns: list[Turn], encoder: Encoder, at: int, branch: int) -> None:
    """Adds questions and answers; the role of the first question already stands in the prefix."""
    for index, turn in enumerate(turns):
        if index:
            at = row.add([USER], at, branch, False)
        at = row.add([*encoder.line(turn.question), END, ASSISTANT], at, branch, False)
        at = row.add([*encoder.encode(turn.answer), END], at, branch, True)


def needed(turns: list[Turn], encoder: Encoder) -> int:
    return sum(len(encoder.line(t.question)) + len(encoder.encode(t.answer)) + 4 for t in turns)


def pack(talks: list[list[Turn]], picture: bool, earlier: Turn | None, encoder: Encoder, rng: random.Random) -> Row:
    """One row from as many talks as fit. A picture stands before its question: the chat template puts it there."""
    row = Row()
    at = row.add([BEGIN], 0, 0, False)
    if rng.random() < 0.12:
        at = row.add([SYSTEM, *encoder.line(rng.choice(SYSTEM_LINES)), END], at, 0, False)
    if earlier is not None:
        at = row.add([USER, *encoder.line(earlier.question), END, ASSISTANT, *encoder.encode(earlier.answer), END], at, 0, False)
    at = row.add([USER], at, 0, False)
    if picture:
        at = row.add([IMAGE] * IMAGE_TOKENS, at, 0, False)
    for branch, turns in enumerate(talks, 1):
        if len(row.ids) + needed(turns, encoder) > ROW:
            continue
        start = at + (rng.randint(20, 600) if rng.random() < 0.06 else 0)
        answer_part(row, turns, encoder, start, branch)
        row.kinds.append(turns[0].kind)
    return row


def collate(rows: list[Row]) -> dict[str, torch.Tensor]:
    """Rows as tensors of the same length."""
    length = ROW
    ids = torch.full((len(rows), length), PAD)
    positions = torch.zeros((len(rows), length), dtype=torch.long)
    branches = torch.full((len(rows), length), -1)
    targets = torch.zeros((len(rows), length), dtype=torch.bool)
    for i, row in enumerate(rows):
        n = len(row.ids)
        assert n <= length
        ids[i, :n] = torch.tensor(row.ids)
        positions[i, :n] = torch.tensor(row.positions)
        branches[i, :n] = torch.tensor(row.branches)
        targets[i, :n] = torch.tensor(row.targets)
    return dict(zip(COLUMNS, (ids, positions, branches, targets)))


def mask_of(branches: torch.Tensor) -> torch.Tensor:
    """The additive mask [rows, length, length]: a token sees the prefix and its own branch, up to itself."""
    seen = (branches[:, None, :] == branches[:, :, None]) | (branches[:, None, :] == 0)
    earlier = torch.ones(seen.shape[1:], dtype=torch.bool, device=branches.device).tril()
    return torch.zeros(seen.shape, dtype=torch.bfloat16, device=branches.device).masked_fill_(~(seen & earlier), -30000.0)
