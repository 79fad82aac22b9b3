"""Tiny random LLaVA checkpoints and what transformers answers on them.

    python make_goldens.py        # writes the folders and goldens.json beside this file

Needs torch, torchvision, transformers 5, tokenizers and pillow. The weights are random but seeded; nothing here is trained.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    CLIPImageProcessor,
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    MistralConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
    SiglipImageProcessor,
    SiglipVisionConfig,
)

HERE = Path(__file__).parent
TEXT = (
    "What is in this picture? A red circle and two blue squares. Describe the image. There is a green star at the top. "
    "How many shapes are there? Three. Is it large or small? The quick brown fox jumps over the lazy dog. "
    "USER: ASSISTANT: Hello, world! 0 1 2 3 4 5 6 7 8 9 caf\u00e9 na\u00efve \u4f60\u597d \U0001f600\n"
) * 4

LLAVA_TEMPLATE = (
    "{% for message in messages %}{% if message['role'] != 'system' %}{{ message['role'].upper() + ': '}}{% endif %}"
    "{% for content in message['content'] | selectattr('type', 'equalto', 'image') %}{{ '<image>\n' }}{% endfor %}"
    "{% if message['role'] != 'assistant' %}"
    "{% for content in message['content'] | selectattr('type', 'equalto', 'text') %}{{ content['text'] + ' '}}{% endfor %}"
    "{% else %}{% for content in message['content'] | selectattr('type', 'equalto', 'text') %}"
    "{% generation %}{{ content['text'] + ' '}}{% endgeneration %}{% endfor %}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
)
CHATML_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}{{ '<image>' }}{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}"
    "{{ '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def spm_tokenizer() -> PreTrainedTokenizerFast:
    """The real LLaVA-1.5 form: SPM-style BPE with byte fallback, Prepend and Replace, one added <image>."""
    tok = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tok.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    specials = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=380, special_tokens=specials, show_progress=False, max_token_length=6)
    tok.train_from_iterator([TEXT], trainer)
    # Only the three real specials are added tokens; the byte tokens are ordinary entries of the vocabulary.
    data = json.loads(tok.to_str())
    data["added_tokens"] = [entry for entry in data["added_tokens"] if entry["id"] < 3]
    tok = Tokenizer.from_str(json.dumps(data))
    tok.add_special_tokens([AddedToken("<image>", normalized=False), AddedToken("<pad>", normalized=False)])
    tok.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tok.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tok, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    )


def byte_tokenizer() -> PreTrainedTokenizerFast:
    """Qwen2's form: byte-level BPE behind its split pattern, NFC, no post-processor tokens."""
    pattern = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    from tokenizers import Regex

    tok = Tokenizer(models.BPE())
    tok.normalizer = normalizers.NFC()
    tok.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tok.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=380, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tok.train_from_iterator([TEXT], trainer)
    tok.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<image>"])
    return PreTrainedTokenizerFast(tokenizer_object=tok, eos_token="<|im_end|>", pad_token="<|endoftext|>")


def clip_tower(**over):
    return CLIPVisionConfig(
        hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=2, image_size=28, patch_size=7,
        projection_dim=16, **over,
    )


def siglip_tower(**over):
    return SiglipVisionConfig(
        hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=2, image_size=24, patch_size=8,
        vision_use_head=False, **over,
    )


def text(cls, tok, **over):
    common = dict(
        vocab_size=len(tok), hidden_size=32, intermediate_size=56, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=256, bos_token_id=tok.bos_token_id,
        eos_token_id=tok.eos_token_id, pad_token_id=tok.pad_token_id,
    )
    return cls(**{**common, **over})


def variants():
    """Name, tokenizer, template, text config, vision config, LLaVA options, weight dtype, shard size."""
    spm, byte = spm_tokenizer(), byte_tokenizer()
    llama3 = {
        "rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 32,
    }
    yield "clip-llama", spm, LLAVA_TEMPLATE, text(LlamaConfig, spm, tie_word_embeddings=False), clip_tower(), dict(
        vision_feature_layer=-2, vision_feature_select_strategy="default"
    ), torch.float32, "10MB"
    yield "siglip-qwen2-bf16-sharded", byte, CHATML_TEMPLATE, text(
        Qwen2Config, byte, tie_word_embeddings=True
    ), siglip_tower(), dict(
        vision_feature_layer=-1, vision_feature_select_strategy="full"
    ), torch.bfloat16, "40KB"
    yield "clip-mistral-f16-layers", spm, LLAVA_TEMPLATE, text(
        MistralConfig, spm, sliding_window=None, head_dim=16, tie_word_embeddings=False
    ), clip_tower(hidden_act="gelu"), dict(
        vision_feature_layer=[1, -1], vision_feature_select_strategy="full"
    ), torch.float16, "10MB"
    yield "siglip-llama3-rope", byte, CHATML_TEMPLATE, text(
        LlamaConfig, byte, tie_word_embeddings=True, rope_parameters=llama3, head_dim=8
    ), siglip_tower(), dict(
        vision_feature_layer=-1, vision_feature_select_strategy="full", multimodal_projector_bias=False
    ), torch.float32, "10MB"


def conversations():
    image, say = {"type": "image"}, lambda words: {"type": "text", "text": words}
    yield "text only", [{"role": "user", "content": [say("Hello, world!")]}], []
    yield "one picture", [{"role": "user", "content": [image, say("What is in this picture?")]}], ["wide.png"]
    yield "two pictures", [
        {"role": "user", "content": [say("Is it large"), image, say("or small?"), image]}
    ], ["tall.png", "small.png"]
    yield "turns", [
        {"role": "user", "content": [image, say("How many shapes are there?")]},
        {"role": "assistant", "content": [say("Three.")]},
        {"role": "user", "content": [say("Describe the image."), image]},
    ], ["photo.jpg", "wide.png"]


def pictures():
    rng = np.random.default_rng(7)
    for name, (width, height) in {"wide.png": (61, 23), "tall.png": (19, 50), "small.png": (9, 9), "photo.jpg": (64, 48)}.items():
        noise = rng.integers(0, 256, (height // 4 + 1, width // 4 + 1, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC).save(HERE / name, quality=90)


def main() -> None:
    pictures()
    goldens = []
    for seed, (name, tok, template, text_config, vision_config, options, dtype, shard) in enumerate(variants()):
        torch.manual_seed(seed)
        folder = HERE / name
        shutil.rmtree(folder, ignore_errors=True)
        image_id = tok.convert_tokens_to_ids("<image>")
        config = LlavaConfig(
            vision_config=vision_config, text_config=text_config, image_token_id=image_id, image_token_index=image_id,
            tie_word_embeddings=text_config.tie_word_embeddings, **options,
        )
        model = LlavaForConditionalGeneration(config).eval()
        for parameter in model.parameters():  # the default initialisation is so small that every logit is alike
            torch.nn.init.normal_(parameter, std=0.25 if parameter.ndim > 1 else 0.5)
            if parameter.ndim == 1:
                parameter.data += 0.5
        model.to(dtype).generation_config.eos_token_id = [tok.eos_token_id, tok.pad_token_id]
        model.save_pretrained(folder, max_shard_size=shard)
        is_clip = vision_config.model_type == "clip_vision_model"
        side = vision_config.image_size
        image_processor = (
            CLIPImageProcessor(size={"shortest_edge": side}, crop_size={"height": side, "width": side})
            if is_clip else SiglipImageProcessor(size={"height": side, "width": side}, resample=3)
        )
        processor = LlavaProcessor(
            image_processor, tok, patch_size=vision_config.patch_size, chat_template=template,
            vision_feature_select_strategy=options["vision_feature_select_strategy"],
            num_additional_image_tokens=1 if is_clip else 0,
        )
        processor.save_pretrained(folder)

        model = LlavaForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
        cases = []
        for title, messages, files in conversations():
            prompt = processor.apply_chat_template(messages, add_generation_prompt=True)
            images = [Image.open(HERE / file).convert("RGB") for file in files]
            starts_with_bos = tok.bos_token is not None and prompt.startswith(tok.bos_token)
            inputs = processor(
                images=images or None, text=prompt, return_tensors="pt", add_special_tokens=not starts_with_bos
            )
            with torch.no_grad():
                answer = model.generate(
                    **inputs, max_new_tokens=16, do_sample=False, output_logits=True, return_dict_in_generate=True
                )
                gaps = [float((top := logits[0].topk(2).values)[0] - top[1]) for logits in answer.logits]
                rows = []
                if files:
                    features = model.get_image_features(pixel_values=inputs["pixel_values"])
                    features = getattr(features, "pooler_output", features)
                    rows = [tensor.reshape(-1, tensor.shape[-1]) for tensor in features]
            length = inputs["input_ids"].shape[1]
            print(f"{name:26} {title:13} {length:3} tokens, least gap between best and second logit {min(gaps):.4f}")
            cases.append({
                "title": title, "messages": messages, "files": files, "prompt": prompt,
                "promptTokenIds": inputs["input_ids"][0].tolist(),
                "greedyTokenIds": answer.sequences[0, length:].tolist(),
                "firstLogits": [round(float(x), 5) for x in answer.logits[0][0, :8]],
                "pixelValues": None if not files else {
                    "dims": list(inputs["pixel_values"].shape),
                    "sum": float(inputs["pixel_values"].double().sum()),
                    "head": [round(float(x), 6) for x in inputs["pixel_values"].flatten()[:: max(1, inputs["pixel_values"].numel() // 64)][:64]],
                },
                "rows": None if not files else {
                    "dims": [sum(len(r) for r in rows), rows[0].shape[-1]],
                    "values": [round(float(x), 6) for x in torch.cat(rows).flatten()[::3]],
                },
            })
        goldens.append({"folder": name, "imageTokenId": image_id, "cases": cases})
    (HERE / "goldens.json").write_text(json.dumps(goldens, indent=None, separators=(",", ":")) + "\n")


main()
