"""Makes the tiny LLaVA-NeXT checkpoints of this folder, and what transformers does with them.

Run: python tests/testdata/llava_next/make_goldens.py (torch, torchvision, transformers 5, pillow, tokenizers)

Checkpoints of real architecture, random weights and small sizes, saved as transformers saves them (one split into
preprocessor_config.json and processor_config.json, as transformers 4 did), with pictures of odd sizes beside them. For each
conversation goldens.json has the prompt ids, the processor's tensors, the rows of the pictures, and 16 greedy tokens with the
five largest log-probabilities of each step. `sizes.json` has token counts of transformers' processor for many picture sizes,
`processed.json` hashes of its pixel_values for many settings and sizes.

A placeholder that a user types is text here: its ids come from a twin of the tokenizer in which the special token has
another spelling.
"""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    CLIPVisionConfig,
    LlavaNextConfig,
    LlavaNextForConditionalGeneration,
    LlavaNextImageProcessor,
    LlavaNextProcessor,
    MistralConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
    SiglipVisionConfig,
)

HERE = Path(__file__).parent
TEXT = (
    "What is in this picture? A red circle and two blue squares. Describe the image. There is a green star at the top. "
    "How many shapes are there? Three. Is it large or small? The quick brown fox jumps over the lazy dog. "
    "Compare them with this one, please. Hello, world! 0 1 2 3 4 5 6 7 8 9\n"
) * 4
# What the special token is called in the twin.
PRIVATE = "\U0010fff0"

MISTRAL_TEMPLATE = (
    "{% for message in messages %}{% if message['role'] == 'user' %}{{ '[INST] ' }}"
    "{% for part in message['content'] | selectattr('type', 'equalto', 'image') %}{{ '<image>\n' }}{% endfor %}"
    "{% for part in message['content'] | selectattr('type', 'equalto', 'text') %}{{ part['text'] }}{% endfor %}"
    "{{ ' [/INST]' }}{% else %}{{ ' ' + message['content'][0]['text'] + '</s>' }}{% endif %}{% endfor %}"
)
CHATML_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}{{ '<image>' }}{% else %}{{ part['text'] }}{% endif %}{% endfor %}"
    "{{ '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def spm_tokenizer(image: str) -> PreTrainedTokenizerFast:
    """SPM-style BPE with byte fallback, as Mistral and Vicuna have it."""
    tok = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tok.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    specials = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=340, special_tokens=specials, show_progress=False, max_token_length=6)
    tok.train_from_iterator([TEXT], trainer)
    data = json.loads(tok.to_str())
    data["added_tokens"] = [entry for entry in data["added_tokens"] if entry["id"] < 3]
    tok = Tokenizer.from_str(json.dumps(data))
    tok.add_special_tokens([AddedToken(image, normalized=False), AddedToken("<pad>", normalized=False)])
    tok.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tok.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tok, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    )


def byte_tokenizer(image: str) -> PreTrainedTokenizerFast:
    """Byte-level BPE, as Qwen2 has it."""
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+"), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tok.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=340, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tok.train_from_iterator([TEXT], trainer)
    tok.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>", image])
    return PreTrainedTokenizerFast(tokenizer_object=tok, eos_token="<|im_end|>", pad_token="<|endoftext|>")


def text_config(cls, tok, **over):
    common = dict(
        vocab_size=len(tok), hidden_size=32, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=512, bos_token_id=tok.bos_token_id,
        eos_token_id=tok.eos_token_id, pad_token_id=tok.pad_token_id,
    )
    return cls(**{**common, **over})


def variants():
    tower = dict(hidden_size=32, intermediate_size=40, num_hidden_layers=3, num_attention_heads=2)
    tok = spm_tokenizer("<image>")
    yield dict(
        name="clip-mistral-f16", seed=2, make_tokenizer=spm_tokenizer, tok=tok, template=MISTRAL_TEMPLATE, dtype=torch.float16,
        text=text_config(MistralConfig, tok, sliding_window=None, tie_word_embeddings=False),
        vision=CLIPVisionConfig(**tower, image_size=28, patch_size=7, projection_dim=16),
        options=dict(
            vision_feature_layer=-2, vision_feature_select_strategy="default",
            image_grid_pinpoints=[[28, 56], [56, 28], [56, 56], [84, 28], [28, 84]],
        ),
        image_processor=dict(size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28}), is_split=True,
    )
    tok = byte_tokenizer("<image>")
    yield dict(
        name="siglip-qwen2-bf16-layers", seed=4, make_tokenizer=byte_tokenizer, tok=tok, template=CHATML_TEMPLATE,
        dtype=torch.bfloat16, text=text_config(Qwen2Config, tok, tie_word_embeddings=True),
        vision=SiglipVisionConfig(**tower, image_size=24, patch_size=8, vision_use_head=False),
        options=dict(
            vision_feature_layer=[1, -1], vision_feature_select_strategy="full",
            image_grid_pinpoints=[[48, 48], [24, 72], [96, 24]],
        ),
        image_processor=dict(
            size={"height": 24, "width": 24}, do_center_crop=False, crop_size=None, image_mean=[0.5] * 3, image_std=[0.5] * 3
        ),
        is_split=False,
    )


def conversations():
    image, say = {"type": "image"}, lambda words: {"type": "text", "text": words}
    yield "text only", [{"role": "user", "content": [say("Hello, world!")]}], []
    yield "one picture", [{"role": "user", "content": [image, say("What is in this picture?")]}], ["wide.png"]
    yield "three pictures", [
        {"role": "user", "content": [say("Is it large"), image, image, say("or small?"), image]}
    ], ["tall.png", "small.png", "photo.jpg"]
    yield "turns", [
        {"role": "user", "content": [image, say("How many shapes are there?")]},
        {"role": "assistant", "content": [say("Three.")]},
        {"role": "user", "content": [say("Compare them with this "), image, say(" one, please.")]},
    ], ["photo.jpg", "line.png"]
    yield "typed placeholder", [
        {"role": "user", "content": [image, say("What is <image> in <image> this picture?")]}
    ], ["small.png"]


def pictures():
    rng = np.random.default_rng(11)
    sizes = {"wide.png": (61, 23), "tall.png": (19, 50), "small.png": (9, 9), "photo.jpg": (64, 48), "line.png": (70, 2)}
    for name, (width, height) in sizes.items():
        noise = rng.integers(0, 256, (height // 4 + 1, width // 4 + 1, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC).save(HERE / name, quality=90)


def sample(tensor: torch.Tensor, count: int = 64) -> dict:
    flat = tensor.flatten().double()
    stride = max(1, flat.numel() // count)
    return {
        "dims": list(tensor.shape), "sum": float(flat.sum()), "stride": stride,
        "head": [round(float(x), 6) for x in flat[::stride]],
    }


def encode_prompt(variant, processor, messages, images):
    """The processor's inputs; a placeholder typed by the user is text."""
    typed = any("<image>" in part.get("text", "") for message in messages for part in message["content"])
    if not typed:
        prompt = processor.apply_chat_template(messages, add_generation_prompt=True)
        return processor(images=images or None, text=prompt, return_tensors="pt")
    twin = variant["make_tokenizer"](PRIVATE)
    bare = twin.apply_chat_template(
        messages, chat_template=variant["template"].replace("<image>", PRIVATE), add_generation_prompt=True, tokenize=False
    )
    inputs = processor.image_processor(images, return_tensors="pt")
    for index in range(len(images)):
        count = len(processor.replace_image_token(inputs, index)) // len("<image>")
        bare = bare.replace(PRIVATE, "\0" * count, 1)
    return {**inputs, **twin(bare.replace("\0", PRIVATE), return_tensors="pt")}


def run_case(variant, model, processor, title, messages, files):
    images = [Image.open(HERE / file).convert("RGB") for file in files]
    inputs = encode_prompt(variant, processor, messages, images)
    model_inputs = {key: inputs[key] for key in ("input_ids", "attention_mask", "pixel_values", "image_sizes") if key in inputs}
    with torch.no_grad():
        answer = model.generate(
            **model_inputs, max_new_tokens=16, do_sample=False, output_logits=True, return_dict_in_generate=True
        )
        rows = None
        if files:
            features = model.get_image_features(inputs["pixel_values"], inputs["image_sizes"])
            rows = torch.cat(list(getattr(features, "pooler_output", features)))
    tops = [step[0].float().log_softmax(-1).topk(5) for step in answer.logits]
    length = inputs["input_ids"].shape[1]
    gap = min(float(top.values[0] - top.values[1]) for top in tops)
    print(f"{variant['name']:26} {title:18} {length:4} tokens, least gap between best and second {gap:.4f}")
    return {
        "title": title, "messages": messages, "files": files,
        "promptTokenIds": inputs["input_ids"][0].tolist(),
        "greedyTokenIds": answer.sequences[0, length:].tolist(),
        "logprobs": [
            [[int(i), round(float(x), 6)] for x, i in zip(top.values, top.indices)] for top in tops
        ],
        "tensors": None if not files else {key: sample(inputs[key]) for key in ("pixel_values", "image_sizes")},
        "rows": None if rows is None else {
            "dims": list(rows.shape), "stride": 31, "values": [round(float(x), 6) for x in rows.flatten()[::31]],
        },
    }


def save(variant, model, processor, folder):
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    if variant["is_split"]:
        path = folder / "processor_config.json"
        config = json.loads(path.read_text())
        image = {**config.pop("image_processor"), "image_processor_type": "LlavaNextImageProcessorFast"}
        (folder / "preprocessor_config.json").write_text(json.dumps(image, indent=2) + "\n")
        path.write_text(json.dumps(config, indent=2) + "\n")


def drawn(width: int, height: int) -> Image.Image:
    """A picture by a formula, which tests draw too (tests/kit/drawn_picture.ts)."""
    x, y, c = np.meshgrid(np.arange(width), np.arange(height), np.arange(3), indexing="xy")
    return Image.fromarray(((x * x * 31 + y * 57 + x * y * 13 + c * 97) // 2 % 256).astype(np.uint8))


def processed(cls, configs, sizes) -> list:
    """Shape and hash of pixel_values of one drawn picture, for settings and sizes."""
    found = []
    for config in configs:
        processor = cls(**config)
        outputs = []
        for width, height in sizes:
            pixels = processor(drawn(width, height), return_tensors="pt")["pixel_values"].contiguous().numpy()
            outputs.append([width, height, list(pixels.shape), hashlib.sha256(pixels.tobytes()).hexdigest()])
        found.append({"config": config, "outputs": outputs})
    return found


PROCESSOR_CONFIGS = [
    {"size": {"shortest_edge": 336}, "crop_size": {"height": 336, "width": 336}},
    {"size": {"shortest_edge": 30}, "crop_size": {"height": 24, "width": 24}, "image_grid_pinpoints": [[48, 24], [72, 72]]},
    {"size": {"height": 20, "width": 20}, "do_center_crop": False, "crop_size": None, "resample": 2, "image_grid_pinpoints": [[40, 60]]},
    {"size": {"height": 20, "width": 28}, "do_center_crop": False, "crop_size": {"height": 32, "width": 32}, "image_grid_pinpoints": [[50, 40], [64, 64]], "do_normalize": False},
    {"size": {"shortest_edge": 16}, "crop_size": {"height": 16, "width": 16}, "do_resize": False, "resample": 1, "image_grid_pinpoints": [[16, 48], [48, 16]], "image_mean": [0.1, 0.5, 0.9]},
]
PROCESSOR_SIZES = [(1, 1), (20, 20), (37, 90), (200, 45), (300, 2), (2, 300), (640, 480), (336, 672)]


def token_counts():
    """Token counts of the processor in the shape of the real checkpoints: 336 pixels, patches of 14, five pinpoints."""
    tok = byte_tokenizer("<image>")
    image_processor = LlavaNextImageProcessor(size={"shortest_edge": 336}, crop_size={"height": 336, "width": 336})
    processor = LlavaNextProcessor(
        image_processor, tok, patch_size=14, vision_feature_select_strategy="default", num_additional_image_tokens=1
    )
    rng = np.random.default_rng(5)
    sizes = [(161, 184), (342, 304), (171, 152), (152, 171), (369, 328), (328, 369), (488, 183), (183, 488), (2560, 1669)]
    sizes += [(1669, 2560), (336, 336), (672, 672), (20, 20), (1, 1), (1, 500), (500, 1), (4000, 3), (3, 4000), (1008, 336)]
    sizes += [(int(10 ** w), int(10 ** h)) for w, h in rng.uniform(0, 3.7, (200, 2))]
    counts = processor._get_num_multimodal_tokens([(h, w) for w, h in sizes])["num_image_tokens"]
    return [[w, h, count] for (w, h), count in zip(sizes, counts)]


def main() -> None:
    pictures()
    goldens = []
    for variant in variants():
        torch.manual_seed(variant["seed"])
        folder, tok, vision, options = HERE / variant["name"], variant["tok"], variant["vision"], variant["options"]
        shutil.rmtree(folder, ignore_errors=True)
        config = LlavaNextConfig(
            vision_config=vision, text_config=variant["text"], image_token_index=tok.convert_tokens_to_ids("<image>"),
            tie_word_embeddings=variant["text"].tie_word_embeddings, **options,
        )
        model = LlavaNextForConditionalGeneration(config).eval()
        for name, parameter in model.named_parameters():
            # The default initialisation is so small that every logit is alike; large embeddings repeat the last token.
            torch.nn.init.normal_(parameter, std=0.5 if parameter.ndim == 1 else 0.1 if "embed_tokens" in name else 0.3)
            if parameter.ndim == 1:
                parameter.data += 0.5
        model.to(variant["dtype"]).generation_config.eos_token_id = [tok.eos_token_id, tok.pad_token_id]
        processor = LlavaNextProcessor(
            LlavaNextImageProcessor(image_grid_pinpoints=options["image_grid_pinpoints"], **variant["image_processor"]),
            tok, patch_size=vision.patch_size, chat_template=variant["template"],
            vision_feature_select_strategy=options["vision_feature_select_strategy"],
            num_additional_image_tokens=1 if vision.model_type == "clip_vision_model" else 0,
        )
        save(variant, model, processor, folder)
        model = LlavaNextForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
        processor = LlavaNextProcessor.from_pretrained(folder)
        cases = [run_case(variant, model, processor, *one) for one in conversations()]
        goldens.append({"folder": variant["name"], "modelType": "llava_next", "cases": cases})
    (HERE / "goldens.json").write_text(json.dumps(goldens, separators=(",", ":")) + "\n")
    found = processed(LlavaNextImageProcessor, PROCESSOR_CONFIGS, PROCESSOR_SIZES)
    (HERE / "processed.json").write_text(json.dumps(found, separators=(",", ":")) + "\n")
    (HERE / "sizes.json").write_text(json.dumps(token_counts(), separators=(",", ":")) + "\n")


main()
