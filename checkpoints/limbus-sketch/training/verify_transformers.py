"""Shows that the folder loads unchanged in transformers, gives the training network's logits, and answers as Limbus does.

    deno task card --set checkpoints/limbus-sketch/heldout --answers answers.json       # Limbus's answers, over HTTP
    python verify_transformers.py --model .. --set ../heldout --answers answers.json
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

import torch
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor

import network as net
from rendering import squash
from whole import Whole, begin_with_folder

BATCH = 32
CLOSE = 2e-3
"""Logits of two implementations in f32 differ by less."""
EDGE = 1e-3
"""Where the two best logits lie closer, the order of sums may decide."""


@torch.no_grad()
def own_logits(whole: Whole, ids: torch.Tensor, page: Image.Image, image: int) -> torch.Tensor:
    """Logits of every position from the training network, picture pipeline included."""
    features = whole.tower(net.to_input(squash(page, net.SIDE)[None], torch.float32)).flatten(0, 1)
    length = ids.shape[1]
    mask = torch.full((1, length, length), float("-inf")).triu(1)
    hidden = whole.speaker(ids, ids == image, features, torch.arange(length)[None], mask)
    return whole.speaker.logits(hidden)


def picture_of(entry: dict, folders: list[Path]) -> Image.Image:
    """The picture of one entry, from the folder that has it."""
    path = next((path for folder in folders if (path := folder / entry["file"]).exists()), None)
    if path is None:
        raise SystemExit(f"Expected {entry['file']} in a folder given with --set: {', '.join(map(str, folders))}")
    return Image.open(path).convert("RGB")


def messages(entry: dict) -> list[dict]:
    """The chat that asks one entry, earlier turns with their answers."""
    chat = []
    for index, line in enumerate([*entry.get("history", []), {"question": entry["question"]}]):
        picture = [{"type": "image"}] if entry["file"] and index == 0 else []
        chat.append({"role": "user", "content": [*picture, {"type": "text", "text": line["question"]}]})
        if "answer" in line:
            chat.append({"role": "assistant", "content": [{"type": "text", "text": line["answer"]}]})
    return chat


@torch.no_grad()
def ask_all(model, processor, folders: list[Path], entries: list[dict]) -> tuple[list[str], list[float]]:
    """Greedy answers, and the narrowest lead of the chosen token in each. Prompts of equal length share a batch: nothing is padded."""
    groups = defaultdict(list)
    for index, entry in enumerate(entries):
        prompt = processor.apply_chat_template(messages(entry), add_generation_prompt=True)
        groups[bool(entry["file"]), len(processor.tokenizer(prompt, add_special_tokens=False)["input_ids"])].append((index, prompt))
    replies, leads = [""] * len(entries), [0.0] * len(entries)
    for (has_picture, _), members in groups.items():
        for start in range(0, len(members), BATCH):
            part = members[start:start + BATCH]
            pictures = [picture_of(entries[i], folders) for i, _ in part] if has_picture else None
            inputs = processor(text=[p for _, p in part], images=pictures, return_tensors="pt", add_special_tokens=False)
            made = model.generate(**inputs, max_new_tokens=96, return_dict_in_generate=True, output_logits=True)
            rows = made.sequences[:, inputs["input_ids"].shape[1]:]
            best = torch.stack(made.logits, 1).topk(2, -1).values
            for (index, _), row, two in zip(part, rows, best):
                length = (row.tolist() + [2]).index(2) + 1
                replies[index] = processor.decode(row, skip_special_tokens=True)
                leads[index] = float((two[:length, 0] - two[:length, 1]).min())
    return replies, leads


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--set", type=Path, action="append", required=True, help="a folder of the pictures; may be named several times")
    parser.add_argument("--answers", type=Path, required=True, help="what `deno task card --answers` wrote")
    args = parser.parse_args()
    processor = AutoProcessor.from_pretrained(args.model)
    model, loading = AutoModelForImageTextToText.from_pretrained(args.model, dtype=torch.float32, output_loading_info=True)
    print(type(model).__name__, type(processor).__name__, type(processor.image_processor).__name__, {k: list(v) for k, v in loading.items() if v})
    entries = json.loads(args.answers.read_text())

    whole = Whole()
    begin_with_folder(whole, args.model)
    worst = 0.0
    for entry in [e for e in entries if e["file"]][::25]:
        page = picture_of(entry, args.set)
        prompt = processor.apply_chat_template(messages(entry), add_generation_prompt=True)
        inputs = processor(text=prompt, images=[page], return_tensors="pt", add_special_tokens=False)
        with torch.no_grad():
            theirs = model(**inputs).logits
        worst = max(worst, float((theirs - own_logits(whole, inputs["input_ids"], page, model.config.image_token_index)).abs().max()))
    print(f"largest difference of a logit from the training network's: {worst:.2e}")

    replies, leads = ask_all(model, processor, args.set, entries)
    other = [(e, r, lead) for e, r, lead in zip(entries, replies, leads) if r != e["answer"]]
    print(f"{len(entries) - len(other)} of {len(entries)} answers are the same as Limbus's")
    for entry, reply, lead in other:
        print(f"  {entry['file']} {entry['question']!r}: Limbus {entry['answer']!r}, transformers {reply!r} (closest lead {lead:.1e})")
    assert worst < CLOSE, "the logits differ"
    assert all(lead < EDGE for _, _, lead in other), "an answer differs that is no matter of rounding"


if __name__ == "__main__":
    main()
