"""Makes the tiny Mistral 3 and Pixtral checkpoints of this folder, and what transformers does with them.

Run: python tests/testdata/mistral3/make_goldens.py (torch, torchvision, transformers 5, pillow, tokenizers)

Checkpoints of real architecture, random weights and small sizes, saved as transformers saves them (one split into
preprocessor_config.json and processor_config.json, as transformers 4 did), with pictures of odd sizes beside them. For each
conversation goldens.json has the prompt ids, the processor's tensors, the rows of the pictures, and 16 greedy tokens with the
five largest log-probabilities of each step. `sizes.json` has picture sizes and token counts of transformers' processor,
`processed.json` hashes of its pixel_values for many settings and sizes.

Two things differ from transformers on purpose. A placeholder that a user types is text here: its ids come from a twin of the
tokenizer in which the special tokens have other spellings. And a picture of one merged token works here, while transformers
5.23 squeezes its only row away and fails: its features are computed beside a second picture of the same kind.
"""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    LlavaConfig,
    LlavaForConditionalGeneration,
    Mistral3Config,
    Mistral3ForConditionalGeneration,
    MistralConfig,
    PixtralImageProcessor,
    PixtralProcessor,
    PixtralVisionConfig,
    PreTrainedTokenizerFast,
)

HERE = Path(__file__).parent
TEXT = (
    "What is in this picture? A red circle and two blue squares. Describe the image. There is a green star at the top. "
    "How many shapes are there? Three. Is it large or small? The quick brown fox jumps over the lazy dog. "
    "Compare them with this one, please. Answer in one word. Hello, world! 0 1 2 3 4 5 6 7 8 9\n"
) * 4
IMAGE_TOKENS = ["[IMG]", "[IMG_BREAK]", "[IMG_END]"]
# What they are called in the twin.
PRIVATE = ["\U0010fff0", "\U0010fff1", "\U0010fff2"]
SPECIALS = ["<unk>", "<s>", "</s>", "<pad>", "[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"]

MISTRAL3_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message['role'] == 'system' %}{{ '[SYSTEM_PROMPT]' + message['content'][0]['text'] + '[/SYSTEM_PROMPT]' }}"
    "{% elif message['role'] == 'user' %}{{ '[INST]' }}{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}{% if part['type'] == 'text' %}{{ part['text'] }}"
    "{% elif part['type'] in ['image', 'image_url'] %}{{ '[IMG]' }}{% endif %}{% endfor %}{% endif %}{{ '[/INST]' }}"
    "{% else %}{{ message['content'][0]['text'] + eos_token }}{% endif %}{% endfor %}"
)


def make_tokenizer(image_tokens: list) -> PreTrainedTokenizerFast:
    """Byte-level BPE whose first ids are special, as Mistral's tokenizers have it; a post-processor adds <s>."""
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+"), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tok.decoder = decoders.ByteLevel()
    specials = SPECIALS + image_tokens
    trainer = trainers.BpeTrainer(
        vocab_size=300, show_progress=False, special_tokens=specials,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tok.train_from_iterator([TEXT], trainer)
    tok.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tok, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    )


def text_config(tok, **over):
    common = dict(
        vocab_size=len(tok), hidden_size=32, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=16, max_position_embeddings=512, bos_token_id=tok.bos_token_id,
        eos_token_id=tok.eos_token_id, pad_token_id=tok.pad_token_id, sliding_window=None,
    )
    return MistralConfig(**{**common, **over})


def variants(tok):
    tower = dict(hidden_size=32, intermediate_size=24, num_hidden_layers=2)
    yield dict(
        name="merge2-f16", seed=11, dtype=torch.float16, is_split=True, longest_edge=56, merge=2, cls=Mistral3ForConditionalGeneration,
        config=Mistral3Config(
            vision_config=PixtralVisionConfig(**tower, num_attention_heads=2, image_size=56, patch_size=7),
            text_config=text_config(tok, tie_word_embeddings=False, rope_parameters={"rope_type": "default", "rope_theta": 1e6}),
            image_token_index=tok.convert_tokens_to_ids("[IMG]"), spatial_merge_size=2, tie_word_embeddings=False,
        ),
    )
    yield dict(
        name="merge3-tied-bf16", seed=12, dtype=torch.bfloat16, is_split=False, longest_edge=75, merge=3, cls=Mistral3ForConditionalGeneration,
        config=Mistral3Config(
            vision_config=PixtralVisionConfig(
                **tower, num_attention_heads=4, image_size=75, patch_size=5, hidden_act="silu",
                rope_parameters={"rope_type": "axial", "rope_theta": 100.0},
            ),
            text_config=text_config(tok, tie_word_embeddings=True, head_dim=8, sliding_window=24),
            image_token_index=tok.convert_tokens_to_ids("[IMG]"), spatial_merge_size=3, multimodal_projector_bias=True,
            vision_feature_layer=-2, projector_hidden_act="silu", tie_word_embeddings=True,
        ),
    )
    # The form of Pixtral 12B: model_type llava, no merger.
    yield dict(
        name="pixtral-llava-bf16", seed=13, dtype=torch.bfloat16, is_split=True, longest_edge=40, merge=1, cls=LlavaForConditionalGeneration,
        config=LlavaConfig(
            vision_config=PixtralVisionConfig(**tower, num_attention_heads=2, image_size=40, patch_size=8, hidden_act="silu"),
            text_config=text_config(tok, tie_word_embeddings=False, head_dim=8, num_hidden_layers=1), image_token_index=tok.convert_tokens_to_ids("[IMG]"),
            vision_feature_layer=-1, vision_feature_select_strategy="full", tie_word_embeddings=False,
        ),
    )


def conversations():
    image, say = {"type": "image"}, lambda words: {"type": "text", "text": words}
    yield "text only", [{"role": "user", "content": [say("Hello, world!")]}], []
    yield "one picture", [{"role": "user", "content": [image, say("What is in this picture?")]}], ["wide.png"]
    yield "three pictures", [
        {"role": "system", "content": [say("Answer in one word.")]},
        {"role": "user", "content": [say("Is it large "), image, image, say(" or small?"), image]},
    ], ["tall.png", "small.png", "photo.jpg"]
    yield "turns", [
        {"role": "user", "content": [image, say("How many shapes are there?")]},
        {"role": "assistant", "content": [say("Three.")]},
        {"role": "user", "content": [say("Compare them with this "), image, say(" one, please.")]},
    ], ["photo.jpg", "line.png"]
    yield "one merged token", [{"role": "user", "content": [image, say("Describe the image.")]}], ["dot.png"]
    yield "a setting of the request", [
        {"role": "user", "content": [image, say("How many shapes are there?")]}
    ], ["tall.png"], {"size": {"longest_edge": 30}}
    yield "typed placeholder", [
        {"role": "user", "content": [image, say("What is [IMG] in [IMG][IMG_BREAK] this[IMG_END] picture?")]}
    ], ["small.png"]


def pictures():
    rng = np.random.default_rng(13)
    sizes = {
        "wide.png": (61, 23), "tall.png": (19, 50), "small.png": (17, 21), "photo.jpg": (64, 48), "line.png": (70, 2),
        "dot.png": (7, 5),
    }
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


def encode_prompt(processor, messages, images, kwargs):
    """The processor's inputs; placeholders typed by the user are text."""
    prompt = processor.apply_chat_template(messages, add_generation_prompt=True)
    typed = any("[IMG]" in part.get("text", "") for message in messages for part in message["content"])
    if not typed:
        return processor(images=images or None, text=prompt, return_tensors="pt", add_special_tokens=False, **kwargs)
    twin = make_tokenizer(PRIVATE)
    template = processor.chat_template.replace(IMAGE_TOKENS[0], PRIVATE[0])
    bare = twin.apply_chat_template(messages, chat_template=template, add_generation_prompt=True, tokenize=False)
    inputs = processor.image_processor(
        images, return_tensors="pt", patch_size=processor.patch_size * processor.spatial_merge_size
    )
    for index in range(len(images)):
        expanded = processor.replace_image_token(inputs, index)
        for at, (token, private) in enumerate(zip(IMAGE_TOKENS, PRIVATE)):
            expanded = expanded.replace(token, chr(at) if at == 0 else private)
        bare = bare.replace(PRIVATE[0], expanded, 1)
    return {**inputs, **twin(bare.replace("\0", PRIVATE[0]), return_tensors="pt", add_special_tokens=False)}


def mend_single_rows(model) -> None:
    """Lets a picture of one merged token through, which transformers squeezes to a vector."""
    inner = model.model
    broken = inner.get_image_features

    def get_image_features(pixel_values, image_sizes=None, **kwargs):
        features = broken(
            pixel_values=torch.cat([pixel_values, pixel_values[:1]]),
            image_sizes=torch.cat([image_sizes, image_sizes[:1]]), **kwargs
        )
        features.pooler_output = features.pooler_output[:-1]
        return features

    inner.get_image_features = get_image_features


def run_case(variant, model, processor, title, messages, files, kwargs={}):
    images = [Image.open(HERE / file).convert("RGB") for file in files]
    inputs = encode_prompt(processor, messages, images, kwargs)
    model_inputs = {key: inputs[key] for key in ("input_ids", "attention_mask", "pixel_values", "image_sizes") if key in inputs}
    with torch.no_grad():
        answer = model.generate(
            **model_inputs, max_new_tokens=16, do_sample=False, output_logits=True, return_dict_in_generate=True
        )
        rows = None
        if files:
            features = model.model.get_image_features(
                pixel_values=inputs["pixel_values"], image_sizes=inputs["image_sizes"], return_dict=True
            )
            rows = torch.cat(list(features.pooler_output))
    tops = [step[0].float().log_softmax(-1).topk(5) for step in answer.logits]
    length = inputs["input_ids"].shape[1]
    gap = min(float(top.values[0] - top.values[1]) for top in tops)
    kinds = len(set(answer.sequences[0, length:].tolist()))
    print(f"{variant['name']:20} {title:18} {length:4} tokens, {kinds:2} kinds, least gap of best and second {gap:.4f}")
    return {
        "title": title, "messages": messages, "files": files, **({"processorKwargs": kwargs} if kwargs else {}),
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
        image = {**config.pop("image_processor"), "image_processor_type": "PixtralImageProcessorFast"}
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
    {"size": {"longest_edge": 1540}, "patch_size": 28},
    {"size": {"longest_edge": 100}, "patch_size": {"height": 16, "width": 16}},
    {"size": {"height": 90, "width": 250}, "patch_size": {"height": 10, "width": 12}, "resample": 2},
    {"size": {"longest_edge": 256}, "patch_size": 14, "do_normalize": False},
    {"size": {"longest_edge": 256}, "patch_size": 14, "do_resize": False, "image_std": [0.1, 0.2, 0.3]},
]
PROCESSOR_SIZES = [(1, 1), (20, 20), (37, 90), (200, 45), (300, 5), (5, 300), (640, 480), (336, 672)]


def token_counts(tok):
    """Prompt tokens of the processor in the shapes of the real checkpoints: Mistral Small 3.1 and Pixtral 12B."""
    rng = np.random.default_rng(6)
    sizes = [(512, 512), (1024, 1024), (1300, 876), (5, 5), (2, 2), (20, 20), (28, 28), (29, 28), (1540, 1540), (1541, 1540), (1600, 2)]
    sizes += [(int(10 ** w), int(10 ** h)) for w, h in rng.uniform(0, 3.5, (150, 2))]
    counts = []
    for longest_edge, patch_size, merge in [(1540, 14, 2), (1024, 16, 1)]:
        image_processor = PixtralImageProcessor(size={"longest_edge": longest_edge}, patch_size=patch_size)
        processor = PixtralProcessor(image_processor, tok, patch_size=patch_size, spatial_merge_size=merge)
        for width, height in sizes:
            if height in (1, 3) or max(width, height) / longest_edge > min(width, height):
                continue  # its formula takes such a height for channels; a side that shrinks to nothing fails
            [count] = processor._get_num_multimodal_tokens([(height, width)])["num_image_tokens"]
            counts.append([longest_edge, patch_size * merge, width, height, count])
    return counts


def main() -> None:
    pictures()
    goldens = []
    tok = make_tokenizer(IMAGE_TOKENS)
    for variant in variants(tok):
        torch.manual_seed(variant["seed"])
        folder, config, merge = HERE / variant["name"], variant["config"], variant["merge"]
        shutil.rmtree(folder, ignore_errors=True)
        model = variant["cls"](config).eval()
        for name, parameter in model.named_parameters():
            # The default initialisation is so small that every logit is alike; large embeddings repeat the last token.
            torch.nn.init.normal_(parameter, std=0.5 if parameter.ndim == 1 else 0.1 if "embed_tokens" in name else 0.3)
            if parameter.ndim == 1:
                parameter.data += 0.5
        model.to(variant["dtype"]).generation_config.eos_token_id = [tok.eos_token_id, tok.pad_token_id]
        patch_size = config.vision_config.patch_size
        processor = PixtralProcessor(
            PixtralImageProcessor(size={"longest_edge": variant["longest_edge"]}, patch_size=patch_size), tok,
            patch_size=patch_size, spatial_merge_size=merge, chat_template=MISTRAL3_TEMPLATE,
        )
        save(variant, model, processor, folder)
        model = variant["cls"].from_pretrained(folder, dtype=torch.float32).eval()
        if merge > 1:
            mend_single_rows(model)
        processor = PixtralProcessor.from_pretrained(folder)
        cases = [run_case(variant, model, processor, *one) for one in conversations()]
        goldens.append({"folder": variant["name"], "modelType": config.model_type, "cases": cases})
    (HERE / "goldens.json").write_text(json.dumps(goldens, separators=(",", ":")) + "\n")
    found = processed(PixtralImageProcessor, PROCESSOR_CONFIGS, PROCESSOR_SIZES)
    (HERE / "processed.json").write_text(json.dumps(found, separators=(",", ":")) + "\n")
    (HERE / "sizes.json").write_text(json.dumps(token_counts(tok), separators=(",", ":")) + "\n")


main()
