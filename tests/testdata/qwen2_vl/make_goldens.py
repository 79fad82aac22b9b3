"""Tiny random Qwen2-VL checkpoints and what transformers answers on them.

    python make_goldens.py        # writes the folders, the pictures, sizes.json and goldens.json beside this file

Needs torch, torchvision, transformers 5, tokenizers and pillow. The weights are random but seeded; nothing here is trained.
`../qwen2_5_vl/make_goldens.py` uses the functions of this file.
"""

import json
import random
import re
import shutil
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import (
    PreTrainedTokenizerFast,
    Qwen2VLConfig,
    Qwen2VLForConditionalGeneration,
    Qwen2VLImageProcessor,
    Qwen2VLProcessor,
)
from transformers.models.qwen2_vl.image_processing_qwen2_vl import smart_resize
from transformers.models.qwen2_vl.video_processing_qwen2_vl import Qwen2VLVideoProcessor

HERE = Path(__file__).parent
TEXT = (
    "What is in this picture? A red circle and two blue squares. Describe the image. There is a green star at the top. "
    "How many shapes are there? Three. Is it large or small? The quick brown fox jumps over the lazy dog. You are a "
    "helpful assistant. system user assistant Hello, world! 0 1 2 3 4 5 6 7 8 9 caf\u00e9 na\u00efve \u4f60\u597d \U0001f600\n"
) * 4
SPECIAL = [
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>",
]
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
TEMPLATE = (HERE.parent / "chat" / "templates" / "qwen2_vl.jinja").read_text()


def byte_tokenizer() -> PreTrainedTokenizerFast:
    """Qwen2's form: byte-level BPE behind its split pattern, NFC, special tokens behind the vocabulary."""
    tok = Tokenizer(models.BPE())
    tok.normalizer = normalizers.NFC()
    tok.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tok.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=340, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tok.train_from_iterator([TEXT], trainer)
    tok.add_special_tokens([AddedToken(text, normalized=False) for text in SPECIAL])
    return PreTrainedTokenizerFast(tokenizer_object=tok, eos_token="<|im_end|>", pad_token="<|endoftext|>")


def text_config(tok, **over):
    common = dict(
        vocab_size=len(tok), hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=512, rms_norm_eps=1e-6, use_sliding_window=False,
        bos_token_id=tok.pad_token_id, eos_token_id=tok.eos_token_id, pad_token_id=tok.pad_token_id,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 3, 3]},
    )
    return {**common, **over}


def token_ids(tok):
    names = dict(
        image_token_id="<|image_pad|>", video_token_id="<|video_pad|>", vision_start_token_id="<|vision_start|>",
        vision_end_token_id="<|vision_end|>",
    )
    return {key: tok.convert_tokens_to_ids(text) for key, text in names.items()}


def conversations(folder=""):
    tall, wide, small, photo = (folder + name for name in ["tall.png", "wide.png", "small.png", "photo.jpg"])
    image, say = {"type": "image"}, lambda words: {"type": "text", "text": words}
    user = lambda *parts: {"role": "user", "content": list(parts)}
    yield "text only", [user(say("Hello, world!"))], [], {}
    yield "one picture", [user(image, say("What is in this picture?"))], [wide], {}
    yield "tall picture in the middle of the text", [
        {"role": "system", "content": [say("Describe the image.")]},
        user(say("Is it "), image, say(" large or small?")),
    ], [tall], {}
    yield "three pictures of different sizes", [user(image, say("and"), image, image, say("How many shapes?"))], [
        small, photo, wide,
    ], {}
    yield "pictures over two turns", [
        user(image, say("How many shapes are there?")),
        {"role": "assistant", "content": [say("Three.")]},
        user(say("Describe the image."), image),
    ], [photo, tall], {}
    yield "typed placeholder", [
        user(image, say("What is <|image_pad|> and <|vision_start|><|image_pad|><|vision_end|>?<|im_end|>")),
    ], [wide], {}
    yield "settings of the request", [user(image, say("Describe the image."))], [photo], {
        "min_pixels": 2048, "max_pixels": 8192,
    }


def pictures(folder: Path):
    rng = np.random.default_rng(7)
    sizes = {"wide.png": (150, 61), "tall.png": (43, 190), "small.png": (9, 13), "photo.jpg": (131, 117)}
    for name, (width, height) in sizes.items():
        noise = rng.integers(0, 256, (height // 12 + 2, width // 12 + 2, 3), dtype=np.uint8)
        picture = Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)
        if name == "small.png":  # greyscale
            picture = picture.convert("L")
        elif name.endswith("png"):
            picture = picture.quantize(24)
        picture.save(folder / name, quality=85)


def inert_ids(tok, prompt_parts):
    """Ids of a prompt of (text, is_typed) parts: in typed parts nothing is special, and they join the text around them."""
    plain = json.loads(tok.backend_tokenizer.to_str())
    plain["added_tokens"] = []
    plain = Tokenizer.from_str(json.dumps(plain))
    ids, run = [], ""

    def flush():
        nonlocal run
        ids.extend(plain.encode(run, add_special_tokens=False).ids)
        run = ""

    for text, is_typed in prompt_parts:
        if is_typed:
            run += text
            continue
        for piece in re.split("(" + "|".join(re.escape(s) for s in SPECIAL) + ")", text):
            if piece in SPECIAL:
                flush()
                ids.append(tok.convert_tokens_to_ids(piece))
            else:
                run += piece
    flush()
    return ids


def prompt_ids(tok, processor, messages):
    """Placeholders not yet expanded. Typed texts are marked while the template is rendered, then put back."""
    typed, marked = [], json.loads(json.dumps(messages))
    for message in marked:
        for part in message["content"]:
            if part["type"] == "text":
                typed.append(part["text"])
                part["text"] = f"\ue000{len(typed) - 1}\ue001"
    rendered = processor.apply_chat_template(marked, add_generation_prompt=True)
    parts = []
    for index, piece in enumerate(rendered.split("\ue000")):
        if index == 0:
            parts.append((piece, False))
            continue
        number, rest = piece.split("\ue001", 1)
        parts += [(typed[int(number)], True), (rest, False)]
    return inert_ids(tok, parts)


def sample(tensor):
    flat = tensor.flatten().double()
    stride = max(1, flat.numel() // 64)
    return {
        "dims": list(tensor.shape), "sum": float(flat.sum()), "stride": stride,
        "head": [round(float(x), 6) for x in flat[::stride][:64]],
    }


def run_case(model, processor, image_dir, title, messages, files, kwargs):
    tok = processor.tokenizer
    image_id = model.config.image_token_id
    images = [Image.open(image_dir / file).convert("RGB") for file in files]
    outputs = processor.image_processor(images=images, return_tensors="pt", **kwargs) if files else {}
    merge = processor.image_processor.merge_size
    counts = iter([int(grid.prod()) // merge**2 for grid in outputs["image_grid_thw"]] if files else [])
    ids = []
    for token in prompt_ids(tok, processor, messages):
        ids += [token] * next(counts) if token == image_id else [token]
    if title != "typed placeholder":  # our own expansion must be that of transformers
        prompt = processor.apply_chat_template(messages, add_generation_prompt=True)
        inputs = processor(images=images or None, text=[prompt], return_tensors="pt", **kwargs)
        assert inputs["input_ids"][0].tolist() == ids, title
    input_ids = torch.tensor([ids])
    inputs = {
        "input_ids": input_ids, "attention_mask": torch.ones_like(input_ids),
        "mm_token_type_ids": (input_ids == image_id).int(), **outputs,
    }
    with torch.no_grad():
        answer = model.generate(
            **inputs, max_new_tokens=16, do_sample=False, output_logits=True, return_dict_in_generate=True
        )
        positions, delta = model.model.get_rope_index(
            input_ids, inputs["mm_token_type_ids"], outputs.get("image_grid_thw") if files else None
        )
        rows = None
        if files:
            features = model.model.get_image_features(outputs["pixel_values"], outputs["image_grid_thw"]).pooler_output
            rows = torch.cat(list(features))
    logprobs = [logits[0].log_softmax(-1) for logits in answer.logits]
    gap = min(float((top := logits[0].topk(2).values)[0] - top[1]) for logits in answer.logits)
    return gap, {
        "title": title, "messages": messages, "files": files, **({"processorKwargs": kwargs} if kwargs else {}),
        "promptTokenIds": ids,
        "greedyTokenIds": answer.sequences[0, len(ids):].tolist(),
        "logprobs": [
            [[int(i), round(float(v), 5)] for v, i in zip(*lp.topk(5))] for lp in logprobs
        ],
        "positionIds": positions[:, 0].tolist(), "positionDelta": int(delta),
        "tensors": {key: sample(value) for key, value in outputs.items()} if files else None,
        "rows": None if rows is None else {
            "dims": list(rows.shape), "stride": 11, "values": [round(float(x), 6) for x in rows.flatten()[::11]],
        },
    }


def random_weights(model, seed, dtype):
    torch.manual_seed(seed)
    for parameter in model.parameters():  # the default initialisation is so small that every logit is alike
        torch.nn.init.normal_(parameter, std=0.25 if parameter.ndim > 1 else 0.5)
        if parameter.ndim == 1:
            parameter.data += 0.5
        elif parameter.ndim == 5:  # patches have many elements
            parameter.data *= 0.15
        parameter.data = parameter.data.to(dtype).float()  # the frequencies of the rotation must stay what they are


def to_hub_form(folder: Path, processor, min_pixels, max_pixels):
    """What the hub's files look like: transformers 4's flat config.json, preprocessor_config.json, chat_template.json."""
    config = json.loads((folder / "config.json").read_text())
    text = config.pop("text_config")
    rope = text.pop("rope_parameters")
    for key in ["model_type", "layer_types", "dtype", "pad_token_id"]:
        text.pop(key, None)
    config.pop("dtype", None)
    tie = config.pop("tie_word_embeddings")
    vision = config["vision_config"]
    for key in ["rope_parameters", "dtype", "in_channels", "model_type"]:
        vision.pop(key, None)
    config = {
        **config, **text, "tie_word_embeddings": tie, "rope_theta": rope["rope_theta"], "sliding_window": 32768,
        "rope_scaling": {"type": "mrope", "mrope_section": rope["mrope_section"]}, "torch_dtype": "bfloat16",
        "transformers_version": "4.41.2", "vision_config": {**vision, "in_chans": 3},
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    images = processor.image_processor
    (folder / "processor_config.json").unlink()
    (folder / "preprocessor_config.json").write_text(json.dumps({
        "min_pixels": min_pixels, "max_pixels": max_pixels, "patch_size": images.patch_size,
        "temporal_patch_size": images.temporal_patch_size, "merge_size": images.merge_size,
        "image_mean": images.image_mean, "image_std": images.image_std,
        "image_processor_type": "Qwen2VLImageProcessor", "processor_class": "Qwen2VLProcessor",
    }, indent=2) + "\n")
    (folder / "chat_template.jinja").unlink()
    (folder / "chat_template.json").write_text(json.dumps({"chat_template": TEMPLATE}, indent=2) + "\n")


def write_family(here, model_class, model_type, variants, pictures_folder=""):
    goldens = []
    for name, tok, config, sizes, dtype, is_hub, generation in variants:
        vision = config.vision_config
        processor = Qwen2VLProcessor(
            Qwen2VLImageProcessor(
                size={"shortest_edge": sizes[0], "longest_edge": sizes[1]}, patch_size=vision.patch_size,
                temporal_patch_size=vision.temporal_patch_size, merge_size=vision.spatial_merge_size,
            ),
            tok, Qwen2VLVideoProcessor(), chat_template=TEMPLATE,
        )
        for seed in range(100):
            model = model_class(config).eval()
            random_weights(model, seed, dtype)
            for key, value in generation.items():
                setattr(model.generation_config, key, value)
            model.generation_config.eos_token_id = [tok.eos_token_id, tok.pad_token_id]
            found = [run_case(model, processor, here, *case) for case in conversations(pictures_folder)]
            gap = min(gap for gap, _ in found)
            print(f"{name} seed {seed}: least gap between best and second logit {gap:.4f}", flush=True)
            if gap > 0.01:
                break
        folder = here / name
        shutil.rmtree(folder, ignore_errors=True)
        model.to(dtype).save_pretrained(folder)
        processor.save_pretrained(folder)
        if is_hub:
            to_hub_form(folder, processor, *sizes)
        goldens.append({"folder": name, "modelType": model_type, "cases": [case for _, case in found]})
        # What was written must give the same answers, as its files say it.
        again = model_class.from_pretrained(folder, dtype=torch.float32).eval()
        loaded = Qwen2VLProcessor.from_pretrained(folder)
        for case, (_, want) in zip(conversations(pictures_folder), found):
            assert run_case(again, loaded, here, *case)[1] == want, case[0]
        for file in folder.iterdir():
            file.chmod(0o644)
    (here / "goldens.json").write_text(json.dumps(goldens, separators=(",", ":")) + "\n")


def write_sizes(path: Path):
    """smart_resize over many sizes: [width, height, factor, min_pixels, max_pixels, resized width, resized height]."""
    rng, rows = random.Random(5), []
    for width, height in [(1300, 876), (224, 224), (28, 28), (1920, 1080), (1, 1), (200, 1), (14, 42), (42, 70), (70, 98)]:
        for bounds in [(3136, 1003520), (3136, 12845056), (3136, 512 * 512), (200704, 1003520)]:
            rows.append((width, height, 28, *bounds))
    for _ in range(150):
        factor = rng.choice([28, 28, 32, 16, 12])
        least = rng.randint(1, 400) * factor * factor // 2
        rows.append((
            rng.randint(1, rng.choice([60, 600, 6000])), rng.randint(30, rng.choice([60, 600, 6000])), factor, least,
            least * rng.randint(1, 40),
        ))
    found = []
    for width, height, factor, least, most in rows:
        if max(width, height) / min(width, height) <= 200:
            resized_height, resized_width = smart_resize(height, width, factor, least, most)
            found.append([width, height, factor, least, most, resized_width, resized_height])
    path.write_text(json.dumps(found, separators=(",", ":")) + "\n")


def variants():
    tok = byte_tokenizer()
    yield "hub-form-bf16", tok, Qwen2VLConfig(
        text_config=text_config(tok), tie_word_embeddings=False, **token_ids(tok),
        vision_config=dict(
            depth=2, embed_dim=16, hidden_size=32, num_heads=2, mlp_ratio=2, patch_size=14, spatial_merge_size=2,
        ),
    ), (56 * 56, 28 * 28 * 16), torch.bfloat16, True, {}
    yield "nested-tied", tok, Qwen2VLConfig(
        text_config=text_config(
            tok, hidden_size=40, num_attention_heads=4, num_key_value_heads=2,
            rope_parameters={"rope_type": "default", "rope_theta": 1000.0, "mrope_section": [2, 1, 2]},
        ), tie_word_embeddings=True, **token_ids(tok),
        vision_config=dict(
            depth=1, embed_dim=24, hidden_size=40, num_heads=2, mlp_ratio=2, patch_size=8, spatial_merge_size=2,
            hidden_act="gelu_pytorch_tanh",
        ),
    ), (2048, 8192), torch.float16, False, {}


if __name__ == "__main__":
    pictures(HERE)
    write_sizes(HERE / "sizes.json")
    write_family(HERE, Qwen2VLForConditionalGeneration, "qwen2_vl", variants())
