"""Shows that the committed folder loads unchanged in transformers and gives the logits of the training network.

    python verify_transformers.py --model .. --picture ../examples/shapes.png
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText, AutoProcessor

import network as net
from rendering import squash

QUESTIONS = ("What is in this picture?", "How many shapes are there?", "What colour is the circle?", "Where is the star?", "Is there a red square?", "Hello!")


def own_network(folder: Path) -> tuple[net.Tower, net.Speaker]:
    """The training network with the committed weights."""
    weights = {k: v.float() for k, v in load_file(folder / "model.safetensors").items()}
    tower, speaker = net.Tower(), net.Speaker()
    bare = {k.removeprefix("model.").replace("language_model.model.", "language_model.").replace("vision_tower.vision_model.", "vision_tower."): v for k, v in weights.items()}
    tower.load_state_dict({k.removeprefix("vision_tower."): v for k, v in bare.items() if k.startswith("vision_tower.")})
    speaker.load_state_dict({k: v for k, v in bare.items() if not k.startswith(("vision_tower.", "lm_head."))})
    return tower.eval(), speaker.eval()


@torch.no_grad()
def own_logits(tower: net.Tower, speaker: net.Speaker, ids: torch.Tensor, page: Image.Image) -> torch.Tensor:
    """Logits of every position from the training network, picture pipeline included."""
    features = tower(net.to_input(squash(page)[None], torch.float32)).flatten(0, 1)
    length = ids.shape[1]
    mask = torch.full((1, length, length), float("-inf")).triu(1)
    hidden = speaker(ids, ids == 6, features, torch.arange(length)[None], mask)
    return speaker.logits(hidden)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--picture", type=Path, required=True)
    args = parser.parse_args()
    processor = AutoProcessor.from_pretrained(args.model)
    model, loading = AutoModelForImageTextToText.from_pretrained(args.model, dtype=torch.float32, output_loading_info=True)
    print(type(model).__name__, type(processor).__name__, type(processor.image_processor).__name__, {k: list(v) for k, v in loading.items() if v})
    tower, speaker = own_network(args.model)
    page = Image.open(args.picture).convert("RGB")
    worst = 0.0
    for question in QUESTIONS:
        for parts in ([{"type": "image"}, {"type": "text", "text": question}], [{"type": "text", "text": question}, {"type": "image"}]):
            prompt = processor.apply_chat_template([{"role": "user", "content": parts}], add_generation_prompt=True)
            inputs = processor(text=prompt, images=[page], return_tensors="pt", add_special_tokens=False)
            with torch.no_grad():
                theirs = model(**inputs).logits
            worst = max(worst, float((theirs - own_logits(tower, speaker, inputs["input_ids"], page)).abs().max()))
            made = model.generate(**inputs)[0, inputs["input_ids"].shape[1]:]
            print(f"{'text first ' if parts[0]['type'] == 'text' else 'image first'} {question} -> {processor.decode(made, skip_special_tokens=True)}{'' if 2 in made.tolist() else '  (no end token)'}")
    print(f"largest difference of a logit: {worst:.2e}")
    assert worst < 2e-3


if __name__ == "__main__":
    main()
