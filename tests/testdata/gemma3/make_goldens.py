"""Tiny random Gemma 3 checkpoints and what transformers answers on them.

    python make_goldens.py        # writes the folders, the pictures and goldens.json beside this file

Needs torch, torchvision, transformers 5, tokenizers and pillow. The weights are random but seeded; nothing here is trained.
"""

import importlib.util
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    Gemma3Config,
    Gemma3ForConditionalGeneration,
    Gemma3ImageProcessor,
    Gemma3Processor,
    Gemma3TextConfig,
    PreTrainedTokenizerFast,
    SiglipVisionConfig,
)

HERE = Path(__file__).parent
spec = importlib.util.spec_from_file_location("idefics3_goldens", HERE.parent / "idefics3" / "make_goldens.py")
shared = importlib.util.module_from_spec(spec)
spec.loader.exec_module(shared)
IMAGE, say, TEXT = shared.IMAGE, shared.say, shared.TEXT

TEMPLATE = (HERE.parent / "chat" / "templates" / "gemma3.jinja").read_text()
PICTURE_TOKENS = {
    "boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": "<image_soft_token>"
}
SPECIAL = [*PICTURE_TOKENS.values(), "<start_of_turn>", "<end_of_turn>"]


def gemma_tokenizer() -> PreTrainedTokenizerFast:
    """Gemma's form: spaces become marks, bytes as a last resort, and runs of line breaks are tokens of their own."""
    tok = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tok.normalizer = normalizers.Replace(" ", "\u2581")
    tok.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    specials = ["<pad>", "<eos>", "<bos>", "<unk>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=350, special_tokens=specials, show_progress=False, max_token_length=6)
    tok.train_from_iterator(TEXT.split("\n"), trainer)
    data = json.loads(tok.to_str())
    data["added_tokens"] = [entry for entry in data["added_tokens"] if entry["id"] < 4]
    tok = Tokenizer.from_str(json.dumps(data))
    tok.add_tokens([AddedToken("\n" * length, normalized=False, special=False) for length in range(1, 6)])
    tok.add_special_tokens([AddedToken(text, normalized=False, special=True) for text in SPECIAL])
    tok.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()])
    tok.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 2)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tok, bos_token="<bos>", eos_token="<eos>", pad_token="<pad>", unk_token="<unk>",
        extra_special_tokens=PICTURE_TOKENS,
    )


def byte_tokenizer() -> PreTrainedTokenizerFast:
    """GPT-2's form, in which a line break before a word is a piece apart from those before it."""
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tok.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tok.train_from_iterator([TEXT, "\n\n\n\n Here is, some?\n\n" * 20], trainer)
    tok.add_special_tokens(["<pad>", "<eos>", "<bos>", *SPECIAL])
    return PreTrainedTokenizerFast(
        tokenizer_object=tok, bos_token="<bos>", eos_token="<eos>", pad_token="<pad>",
        extra_special_tokens=PICTURE_TOKENS,
    )


def config(tok, vision, tokens, **over):
    text = dict(
        vocab_size=len(tok), hidden_size=24, intermediate_size=40, num_hidden_layers=3, num_attention_heads=3,
        num_key_value_heads=1, head_dim=8, max_position_embeddings=512, query_pre_attn_scalar=8,
        bos_token_id=tok.bos_token_id, eos_token_id=tok.eos_token_id, pad_token_id=tok.pad_token_id,
    )
    tower = dict(hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2, vision_use_head=False)
    ids = {f"{key.split('_')[0]}_token_index": tok.convert_tokens_to_ids(text) for key, text in PICTURE_TOKENS.items()}
    return Gemma3Config(
        text_config=Gemma3TextConfig(**{**text, **over}), vision_config=SiglipVisionConfig(**{**tower, **vision}),
        mm_tokens_per_image=tokens, **ids,
    )


def processor(tok, side, tokens, template, **over):
    return Gemma3Processor(
        Gemma3ImageProcessor(size={"height": side, "width": side}, **over), tok, chat_template=template, image_seq_length=tokens
    )


def variants():
    """Name, configuration, processor, weight type."""
    tok = gemma_tokenizer()
    # Windows shorter than a picture.
    yield "gemma3", config(
        tok, {"image_size": 24, "patch_size": 4}, 9, sliding_window=5,
        layer_types=["sliding_attention", "full_attention", "sliding_attention"],
    ), processor(tok, 24, 9, TEMPLATE), torch.float32
    # Texts are not trimmed, patches are left over by the pooling, scores are capped by the file and by nobody else.
    tok = byte_tokenizer()
    yield "gemma3-hub-form-bf16", config(
        tok, {"image_size": 30, "patch_size": 6}, 4, sliding_window=7, num_attention_heads=2, hidden_size=32,
        head_dim=16, rope_parameters={
            "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 500000.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 5000.0},
        }, sliding_window_pattern=2, final_logit_softcapping=3.0, attn_logit_softcapping=2.0,
    ), processor(
        tok, 30, 4, TEMPLATE.replace(" | trim", ""), resample=3, do_pan_and_scan=True, pan_and_scan_min_crop_size=4,
        pan_and_scan_max_num_crops=4, pan_and_scan_min_ratio_to_activate=1.0,
    ), torch.bfloat16


def to_hub_form(folder):
    """Names of tensors and keys as the first checkpoints have them."""
    tensors = load_file(folder / "model.safetensors")
    renamed = {}
    for name, tensor in tensors.items():
        name = name.replace("model.language_model.", "language_model.model.").replace(
            "model.vision_tower.", "vision_tower.vision_model."
        ).replace("model.multi_modal_projector.", "multi_modal_projector.")
        renamed[name] = tensor
    save_file(renamed, folder / "model.safetensors", metadata={"format": "pt"})
    file = json.loads((folder / "config.json").read_text())
    text = file["text_config"]
    rope = text.pop("rope_parameters")
    text["rope_theta"] = rope["full_attention"].pop("rope_theta")
    text["rope_scaling"] = rope["full_attention"]
    text["rope_local_base_freq"] = rope["sliding_attention"]["rope_theta"]
    text["sliding_window_pattern"] = 2
    for key in ("layer_types", "tie_word_embeddings"):
        text.pop(key, None)
        file.pop(key, None)
    (folder / "config.json").write_text(json.dumps(file, indent=2) + "\n")


PAN = {"do_pan_and_scan": True, "pan_and_scan_min_crop_size": 8}


def conversations():
    """Title, messages, files, settings of the processor."""
    yield "no picture", [
        {"role": "system", "content": [say("Describe the image.")]}, {"role": "user", "content": [say("Hello, world!")]}
    ], [], {}
    yield "one picture", [{"role": "user", "content": [IMAGE, say("What is in this picture?")]}], ["wide.png"], {}
    yield "a picture of one pixel", [{"role": "user", "content": [IMAGE]}], ["dot.png"], {}
    yield "line breaks beside pictures in the middle of the text", [
        {"role": "user", "content": [say("Is it large?\n"), IMAGE, say("\n\nor small?\n\n"), IMAGE, IMAGE, say(" Three.")]}
    ], ["tall.png", "small.png", "line.png"], {}
    yield "two turns, with a system text", [
        {"role": "system", "content": [say("Describe the image.")]},
        {"role": "user", "content": [IMAGE, say("How many shapes are there?")]},
        {"role": "assistant", "content": [say("Three.")]},
        {"role": "user", "content": [say("Describe the image."), IMAGE]},
    ], ["photo.jpg", "wide.png"], {}
    yield "pan and scan", [{"role": "user", "content": [say("Is it"), IMAGE, say("What?")]}], ["wide.png"], PAN
    yield "pan and scan, a picture without crops between others", [
        {"role": "user", "content": [IMAGE, IMAGE, say("\nWhat?\n"), IMAGE]}
    ], ["wide.png", "small.png", "tall.png"], {**PAN, "pan_and_scan_max_num_crops": 2}
    yield "a typed placeholder", [
        {"role": "user", "content": [IMAGE, say("What is <start_of_image> or <image_soft_token><end_of_image>?")]}
    ], ["small.png"], {}


def features(model, inputs):
    rows = model.get_image_features(inputs["pixel_values"]).pooler_output
    return rows.reshape(-1, rows.shape[-1])


def main() -> None:
    shared.pictures(HERE)
    goldens = []
    for seed, (name, model_config, model_processor, dtype) in enumerate(variants()):
        torch.manual_seed(seed)
        folder = HERE / name
        shutil.rmtree(folder, ignore_errors=True)
        model = Gemma3ForConditionalGeneration(model_config).eval()
        shared.random_weights(model)
        tok = model_processor.tokenizer
        model.to(dtype).generation_config.eos_token_id = [tok.eos_token_id, tok.convert_tokens_to_ids("<end_of_turn>")]
        model.save_pretrained(folder)
        model_processor.save_pretrained(folder)
        if "hub" in name:
            to_hub_form(folder)
        model = Gemma3ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
        print(name)
        cases = [
            shared.golden_case(model, model_processor, HERE, *conversation, features) for conversation in conversations()
        ]
        goldens.append({"folder": name, "modelType": "gemma3", "cases": cases})
    (HERE / "goldens.json").write_text(json.dumps(goldens, separators=(",", ":")) + "\n")


main()
