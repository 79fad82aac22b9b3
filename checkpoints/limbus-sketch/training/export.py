"""Writes the trained weights as a plain LlavaForConditionalGeneration folder: f16 safetensors and all JSON files.

    python export.py --run DIR --out ..

Needs DIR/tower.pt; without DIR/speaker.pt the decoder is random (a folder of the right layout for development). With
DIR/together.pt, of the third stage, these weights take the place of those that the folder ``--out`` holds.
The tokenizer files must already be there (build_tokenizer.py).
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
from pathlib import Path

import torch
from transformers import LlamaConfig, LlavaConfig, LlavaForConditionalGeneration, SiglipVisionConfig

import network as net
from reader import reader
from fonts import PACKAGES, Faces
from pictures import labelled_batch
from train_tower import LabelledTower
from whole import Whole, begin_with_folder

TOKENS = {"pad": 0, "bos": 1, "eos": 2, "image": 6}


def load_means(model: torch.nn.Module, path: Path) -> None:
    """Puts the averaged f32 weights of a run into a module."""
    saved = torch.load(path, map_location="cpu")["optimizer"]["mean"]
    with torch.no_grad():
        for parameter, mean in zip([p for p in model.parameters() if p.requires_grad], saved, strict=True):
            parameter.copy_(mean)


def load_tower(run: Path) -> net.Tower:
    """The averaged tower without its training heads."""
    labelled = LabelledTower()
    load_means(labelled, run / "tower.pt")
    return labelled.tower


def set_reader(speaker: net.Speaker, run: Path) -> None:
    """Sets the projector's first layer from the tower's heads and a few hundred pictures."""
    labelled = LabelledTower()
    load_means(labelled, run / "tower.pt")
    pixels, _ = labelled_batch(300, Faces(PACKAGES), random.Random("reader"))
    with torch.no_grad():
        features = torch.cat([labelled.tower(net.to_input(part, torch.float32)) for part in pixels.split(50)]).flatten(0, 1)
        weight, bias = reader(labelled, features)
        speaker.multi_modal_projector.linear_1.weight.copy_(weight)
        speaker.multi_modal_projector.linear_1.bias.copy_(bias)


def load_speaker(run: Path) -> net.Speaker:
    """The averaged projector and decoder, or random ones where there is no run yet."""
    torch.manual_seed(3)
    speaker = net.Speaker()
    set_reader(speaker, run)
    if (run / "speaker.pt").exists():
        load_means(speaker, run / "speaker.pt")
    return speaker


def load_whole(run: Path, published: Path) -> Whole:
    """The averaged weights of the run's last stage."""
    whole = Whole()
    together = run / "together.pt"
    if together.exists():
        newer = [file for name in ("tower.pt", "speaker.pt") if (file := run / name).exists() and file.stat().st_mtime > together.stat().st_mtime]
        if newer:
            raise SystemExit(f"Expected {together} to be of the run's last stage: {newer[-1].name} was written after it; move away the one that is not meant")
        begin_with_folder(whole, published)
        load_means(whole, together)
    else:
        whole.tower, whole.speaker = load_tower(run), load_speaker(run)
    return whole


def configuration() -> LlavaConfig:
    vision = SiglipVisionConfig(
        hidden_size=net.WIDTH,
        intermediate_size=net.TOWER_HIDDEN,
        num_hidden_layers=net.TOWER_LAYERS,
        num_attention_heads=net.TOWER_HEADS,
        image_size=net.SIDE,
        patch_size=net.PATCH,
        hidden_act="gelu_pytorch_tanh",
        layer_norm_eps=1e-6,
        vision_use_head=False,
    )
    text = LlamaConfig(
        vocab_size=net.VOCABULARY,
        hidden_size=net.TEXT_WIDTH,
        intermediate_size=net.DECODER_HIDDEN,
        num_hidden_layers=net.DECODER_LAYERS,
        num_attention_heads=net.DECODER_HEADS,
        num_key_value_heads=net.KV_HEADS,
        head_dim=net.HEAD_DIM,
        max_position_embeddings=2048,
        rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": net.ROPE_THETA},
        tie_word_embeddings=True,
        pad_token_id=TOKENS["pad"],
        bos_token_id=TOKENS["bos"],
        eos_token_id=TOKENS["eos"],
    )
    return LlavaConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=TOKENS["image"],
        image_seq_length=net.IMAGE_TOKENS,
        vision_feature_layer=-1,
        vision_feature_select_strategy="full",
        projector_hidden_act="gelu",
        tie_word_embeddings=True,
        pad_token_id=TOKENS["pad"],
        bos_token_id=TOKENS["bos"],
        eos_token_id=TOKENS["eos"],
    )


def write_json(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    model = LlavaForConditionalGeneration(configuration())
    whole = load_whole(args.run, args.out)
    weights = {f"model.vision_tower.{k}": v for k, v in whole.tower.state_dict().items()}
    weights |= {f"model.{k}": v for k, v in whole.speaker.state_dict().items()}
    weights["lm_head.weight"] = weights["model.language_model.embed_tokens.weight"]
    wanted = set(model.state_dict())
    prefix = "model.vision_tower.vision_model." if any(".vision_model." in k for k in wanted) else "model.vision_tower."
    weights = {k.replace("model.vision_tower.", prefix) if k.startswith("model.vision_tower.") else k: v for k, v in weights.items()}
    print(model.load_state_dict(weights, strict=True), sum(p.numel() for p in model.parameters()), "parameters")
    model.to(torch.float16).save_pretrained(args.out)
    write_json(args.out / "generation_config.json", {
        "bos_token_id": TOKENS["bos"], "eos_token_id": TOKENS["eos"], "pad_token_id": TOKENS["pad"], "do_sample": False, "max_new_tokens": 96,
    })
    write_json(args.out / "preprocessor_config.json", {
        "image_processor_type": "SiglipImageProcessor", "processor_class": "LlavaProcessor", "do_convert_rgb": True,
        "do_resize": True, "size": {"height": net.SIDE, "width": net.SIDE}, "resample": 2,
        "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
    })
    write_json(args.out / "processor_config.json", {
        "processor_class": "LlavaProcessor", "image_token": "<image>", "num_additional_image_tokens": 0,
        "patch_size": net.PATCH, "vision_feature_select_strategy": "full",
    })
    shutil.copy(Path(__file__).parent / "chat_template.jinja", args.out / "chat_template.jinja")


if __name__ == "__main__":
    main()
