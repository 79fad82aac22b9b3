"""Tiny random BLIP-2 checkpoints and what transformers answers on them.

    python make_goldens.py        # writes the folders, the pictures and goldens.json beside this file

Needs numpy, pillow, torch, torchvision, tokenizers and transformers 5. The weights are random but seeded; nothing is trained.
"""

import json
import shutil
from pathlib import Path

import jinja2
import numpy as np
import torch
from PIL import Image
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    Blip2Config,
    Blip2ForConditionalGeneration,
    Blip2Processor,
    BlipImageProcessor,
    OPTConfig,
    PreTrainedTokenizerFast,
)

HERE = Path(__file__).parent
TEXT = (
    "Question: What is in this picture? Answer: a red circle and two blue squares. Question: How many shapes are there? "
    "Answer: three. Question: Is it large or small? a photo of a cat. The quick brown fox jumps over the lazy dog. "
    "Hello, world! 0 1 2 3 4 5 6 7 8 9 caf\u00e9 na\u00efve \u4f60\u597d \U0001f600\n"
) * 4
# The published checkpoints have no template; theirs is the form of their paper.
TEMPLATE = (
    "{% for message in messages %}"
    "{% set text = message.content | selectattr('type', 'equalto', 'text') | map(attribute='text') | join(' ') %}"
    "{% if message.role == 'user' %}{% if text %}Question: {{ text }} {% endif %}"
    "{% elif message.role == 'assistant' %}Answer: {{ text }}. {% else %}{{ text }} {% endif %}{% endfor %}"
    "{% if add_generation_prompt and messages | map(attribute='content') | sum(start=[]) "
    "| selectattr('type', 'equalto', 'text') | list %}Answer:{% endif %}"
)
IMAGE = {"type": "image"}


def opt_tokenizer():
    """OPT's form: GPT-2's byte-level BPE, with </s> in front of every text."""
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tok.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=330, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
    )
    tok.train_from_iterator([TEXT], trainer)
    tok.post_processor = processors.TemplateProcessing(single="</s> $A", special_tokens=[("</s>", 2)])
    tok.add_special_tokens(["<image>"])
    return PreTrainedTokenizerFast(
        tokenizer_object=tok, bos_token="</s>", eos_token="</s>", pad_token="<pad>", unk_token="</s>"
    )


def say(words):
    return {"type": "text", "text": words}


def user(*content):
    return {"role": "user", "content": list(content)}


def conversations():
    yield "no picture", [user(say("Hello, world!"))], []
    yield "one picture", [user(IMAGE, say("What is in this picture?"))], ["wide.png"]
    yield "a picture alone", [user(IMAGE)], ["tall.png"]
    yield "a picture in the middle of the text", [user(say("Is it large"), IMAGE, say("or small?"))], ["small.png"]
    yield "two turns", [
        user(say("What is in this picture?"), IMAGE),
        {"role": "assistant", "content": [say("a red circle")]},
        user(say("How many shapes are there?")),
    ], ["photo.jpg"]
    yield "typed placeholder", [user(IMAGE, say("What is <image> and </s>?"))], ["dot.png"]


SIZES = {"wide.png": (61, 23), "tall.png": (19, 50), "small.png": (9, 9), "photo.jpg": (64, 48), "dot.png": (1, 1)}


def pictures():
    rng = np.random.default_rng(7)
    for name, (width, height) in SIZES.items():
        noise = rng.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3), dtype=np.uint8)
        picture = Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)
        picture.save(HERE / name, quality=85)


def render(messages):
    return jinja2.Environment().from_string(TEMPLATE).render(messages=messages, add_generation_prompt=True)


def sample(tensor):
    flat = tensor.flatten().double()
    stride = max(1, flat.numel() // 64)
    return {
        "dims": list(tensor.shape), "sum": float(flat.sum()), "stride": stride,
        "head": [round(float(x), 6) for x in flat[::stride][:64]],
    }


def run_case(model, processor, title, messages, files):
    tok, text = processor.tokenizer, render(messages)
    images = [Image.open(HERE / file).convert("RGB") for file in files]
    if title == "typed placeholder":  # typed text is text: read without added tokens
        plain = json.loads(tok.backend_tokenizer.to_str())
        plain = Tokenizer.from_str(json.dumps({**plain, "added_tokens": [], "post_processor": None}))
        pixels = processor.image_processor(images, return_tensors="pt")["pixel_values"]
        image_ids = [model.config.image_token_index] * model.config.num_query_tokens
        ids = image_ids + [tok.bos_token_id] + plain.encode(text, add_special_tokens=False).ids
        inputs = {"input_ids": torch.tensor([ids]), "pixel_values": pixels}
        inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
    else:
        inputs = dict(processor(images=images or None, text=text, return_tensors="pt"))
    length = inputs["input_ids"].shape[1]
    options = dict(max_new_tokens=16, do_sample=False, output_logits=True, return_dict_in_generate=True)
    with torch.no_grad():
        if files:
            answer = model.generate(**inputs, **options)
            rows = model.get_image_features(inputs["pixel_values"]).pooler_output[0]
        else:  # the whole model's generate() asks for a picture
            answer, rows = model.language_model.generate(**inputs, **options), None
    gap = min(float((top := logits[0].topk(2).values)[0] - top[1]) for logits in answer.logits)
    sequence = answer.sequences[0].tolist()
    assert sequence[:length] == inputs["input_ids"][0].tolist(), title
    return gap, {
        "title": title, "messages": messages, "files": files,
        "promptTokenIds": inputs["input_ids"][0].tolist(), "greedyTokenIds": sequence[length:],
        "logprobs": [
            [[int(i), round(float(v), 5)] for v, i in zip(*logits[0].log_softmax(-1).topk(5))] for logits in answer.logits
        ],
        "tensors": {"pixel_values": sample(inputs["pixel_values"])} if files else None,
        "rows": None if rows is None else {
            "dims": list(rows.shape), "stride": 3, "values": [round(float(x), 6) for x in rows.flatten()[::3]],
        },
    }


def variants():
    tok = opt_tokenizer()
    text = dict(
        vocab_size=len(tok), hidden_size=32, ffn_dim=40, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=96, word_embed_proj_dim=32, bos_token_id=2, pad_token_id=1,
        eos_token_id=tok.encode("\n", add_special_tokens=False)[0],
    )
    yield "pre-norm-f16", tok, Blip2Config(
        vision_config=dict(
            hidden_size=32, intermediate_size=40, num_hidden_layers=2, num_attention_heads=2, image_size=28, patch_size=7,
        ),
        qformer_config=dict(
            hidden_size=24, intermediate_size=28, num_hidden_layers=3, num_attention_heads=2, cross_attention_frequency=2,
            vocab_size=10,
        ),
        text_config=OPTConfig(**text).to_dict(), num_query_tokens=5, image_token_index=tok.convert_tokens_to_ids("<image>"),
    ), (28, 28), torch.float16
    # As OPT-350m: norms behind, none at the end; no biases; a Q-Former of its own pace; heads of 10 elements.
    yield "post-norm-bf16", tok, Blip2Config(
        vision_config=dict(
            hidden_size=30, intermediate_size=20, num_hidden_layers=1, num_attention_heads=3, image_size=30, patch_size=14,
            qkv_bias=False, hidden_act="quick_gelu",
        ),
        qformer_config=dict(
            hidden_size=20, intermediate_size=28, num_hidden_layers=4, num_attention_heads=2, cross_attention_frequency=3,
            use_qformer_text_input=True, vocab_size=10,
        ),
        text_config=OPTConfig(**{
            **text, "do_layer_norm_before": False, "enable_bias": False, "layer_norm_elementwise_affine": False,
            "activation_function": "gelu",
        }).to_dict(),
        num_query_tokens=3, image_token_index=tok.convert_tokens_to_ids("<image>"),
    ), (30, 30), torch.bfloat16


def random_weights(model, seed, dtype):
    torch.manual_seed(seed)
    for name, parameter in model.named_parameters():  # the default initialisation is so small that every logit is alike
        torch.nn.init.normal_(parameter, std=0.25 if parameter.ndim > 1 else 0.3)
        if parameter.ndim == 1 and "norm" in name.lower() and name.endswith("weight"):
            parameter.data += 1
        parameter.data = parameter.data.to(dtype).float()


def main():
    pictures()
    goldens = []
    for name, tok, config, (height, width), dtype in variants():
        processor = Blip2Processor(
            BlipImageProcessor(size={"height": height, "width": width}), tok, num_query_tokens=config.num_query_tokens
        )
        for seed in range(100):
            model = Blip2ForConditionalGeneration(config).eval()
            random_weights(model, seed, dtype)
            found = [run_case(model, processor, *case) for case in conversations()]
            gap = min(gap for gap, _ in found)
            print(f"{name} seed {seed}: least gap between best and second logit {gap:.4f}", flush=True)
            if gap > 0.004:
                break
        folder = HERE / name
        shutil.rmtree(folder, ignore_errors=True)
        model.to(dtype).save_pretrained(folder)
        processor.save_pretrained(folder)
        for file in folder.iterdir():
            file.chmod(0o644)
        goldens.append({"folder": name, "modelType": "blip-2", "cases": [case for _, case in found]})
        # What was written must give the same answers, as its files say it.
        again = Blip2ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
        loaded = Blip2Processor.from_pretrained(folder)
        for case, (_, want) in zip(conversations(), found):
            assert run_case(again, loaded, *case)[1] == want, case[0]
    (HERE / "goldens.json").write_text(json.dumps(goldens, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
