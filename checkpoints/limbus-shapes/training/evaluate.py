"""Asks every question of a held-out folder through transformers (greedy) and counts the answers that are right word for word.

    python evaluate.py --model .. --set ../heldout --write        # also writes ../heldout/expected.json

Entries with "history" are later turns of a talk: earlier questions are asked first, the model's own answers kept.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

import torch
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor

BATCH = 48


def messages(entry: dict, text_first: bool) -> list[dict]:
    """The chat that asks one entry."""
    lines = [*entry.get("history", []), {"question": entry["question"]}]
    chat = []
    for index, line in enumerate(lines):
        parts = [{"type": "text", "text": line["question"]}]
        if entry["file"] and index == 0:
            parts = parts + [{"type": "image"}] if text_first else [{"type": "image"}] + parts
        chat.append({"role": "user", "content": parts})
        if "answer" in line and index < len(lines) - 1:
            chat.append({"role": "assistant", "content": [{"type": "text", "text": line["answer"]}]})
    return chat


@torch.no_grad()
def ask_all(model, processor, folder: Path, entries: list[dict], text_first: bool) -> list[str]:
    """Greedy answers. Prompts of equal length share a batch, so that nothing is padded."""
    groups = defaultdict(list)
    for index, entry in enumerate(entries):
        prompt = processor.apply_chat_template(messages(entry, text_first), add_generation_prompt=True)
        groups[bool(entry["file"]), len(processor.tokenizer(prompt, add_special_tokens=False)["input_ids"])].append((index, prompt))
    replies = [""] * len(entries)
    for (has_picture, _), members in groups.items():
        for start in range(0, len(members), BATCH):
            part = members[start:start + BATCH]
            pictures = [Image.open(folder / entries[i]["file"]).convert("RGB") for i, _ in part] if has_picture else None
            inputs = processor(text=[p for _, p in part], images=pictures, return_tensors="pt", add_special_tokens=False)
            made = model.generate(**inputs, max_new_tokens=48)[:, inputs["input_ids"].shape[1]:]
            for (index, _), row in zip(part, made):
                ended = 2 in row.tolist()
                replies[index] = processor.decode(row, skip_special_tokens=True) + ("" if ended else " [no end]")
    return replies


def table(entries: list[dict], replies: list[str]) -> dict:
    """Accuracy per renderer and kind: right, asked, share."""
    counts: dict = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for entry, reply in zip(entries, replies):
        for kind in (entry["kind"], "all"):
            cell = counts[entry["renderer"]][kind]
            cell[0] += reply == entry["answer"]
            cell[1] += 1
    return {r: {k: {"right": a, "asked": n, "accuracy": round(a / n, 4)} for k, (a, n) in sorted(kinds.items())} for r, kinds in counts.items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--set", type=Path, required=True)
    parser.add_argument("--text-first", action="store_true", help="the question before the picture")
    parser.add_argument("--write", action="store_true", help="write the table (f32, greedy) as expected.json into the set")
    parser.add_argument("--show", type=int, default=20, help="how many wrong answers to print")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    processor = AutoProcessor.from_pretrained(args.model)
    model = AutoModelForImageTextToText.from_pretrained(args.model, dtype=torch.float32)
    entries = json.loads((args.set / "questions.json").read_text())
    replies = ask_all(model, processor, args.set, entries, args.text_first)
    result = table(entries, replies)
    kinds = sorted({k for kinds in result.values() for k in kinds})
    print(f"{'kind':16}" + "".join(f"{r:>22}" for r in result))
    for kind in kinds:
        cells = [result[r].get(kind) for r in result]
        print(f"{kind:16}" + "".join(f"{100 * c['accuracy']:13.1f} ({c['asked']:5})" if c else " " * 22 for c in cells))
    shown = 0
    for entry, reply in zip(entries, replies):
        if reply != entry["answer"] and shown < args.show:
            shown += 1
            print(f"  {entry['file']} [{entry['kind']}] {entry['question']!r}: {reply!r} instead of {entry['answer']!r}")
    if args.write:
        (args.set / "expected.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
