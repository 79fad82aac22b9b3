"""Tiny random Idefics3 and SmolVLM checkpoints and what transformers answers on them.

    python make_goldens.py        # writes the folders, the pictures and goldens.json beside this file

Needs torch, torchvision, transformers 5, tokenizers, pillow and num2words (which SmolVLM's processor wants even without video).
The weights are random but seeded; nothing here is trained. `../gemma3/make_goldens.py` uses some functions of this file.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3ImageProcessor,
    Idefics3Processor,
    LlamaConfig,
    PreTrainedTokenizerFast,
    SmolVLMConfig,
    SmolVLMForConditionalGeneration,
    SmolVLMImageProcessor,
    SmolVLMProcessor,
)
from transformers.models.idefics3.configuration_idefics3 import Idefics3VisionConfig
from transformers.models.idefics3.modeling_idefics3 import Idefics3VisionEmbeddings
from transformers.models.smolvlm.configuration_smolvlm import SmolVLMVisionConfig
from transformers.models.smolvlm.video_processing_smolvlm import SmolVLMVideoProcessor

HERE = Path(__file__).parent
TEXT = (
    "What is in this picture? A red circle and two blue squares. Describe the image.\n\nThere is a green star at the top. "
    "How many shapes are there? Three.\nIs it large or small? The quick brown fox jumps over the lazy dog.\n\n"
    "User: Assistant: Hello, world! 0 1 2 3 4 5 6 7 8 9 caf\u00e9 na\u00efve \u4f60\u597d \U0001f600\n\n"
) * 4
# What Idefics3's and SmolVLM's checkpoints carry, but for the text that begins the prompt.
TEMPLATE = (
    "BOS{% for message in messages %}{{message['role'] | capitalize}}"
    "{% if message['content'][0]['type'] == 'image' %}{{':'}}{% else %}{{': '}}{% endif %}"
    "{% for line in message['content'] %}{% if line['type'] == 'text' %}{{line['text']}}"
    "{% elif line['type'] == 'image' %}{{ '<image>' }}{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def image_tokens(rows, global_tag=True):
    tags = [f"<row_{row + 1}_col_{column + 1}>" for row in range(rows) for column in range(rows)]
    tags += ["<global-img>"] if global_tag else []
    texts = ["<fake_token_around_image>", "<image>", "<end_of_utterance>", *tags]
    return [AddedToken(text, normalized=False, special=True) for text in texts]


def byte_tokenizer(bos, added, text=TEXT) -> PreTrainedTokenizerFast:
    """Llama 3's form: byte-level BPE behind its split pattern; two line breaks are one token if `text` has them."""
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tok.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tok.train_from_iterator([text], trainer)
    tok.add_special_tokens([bos, "<|pad|>", *added])
    tok.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A", special_tokens=[(bos, tok.token_to_id(bos))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tok, bos_token=bos, eos_token="<end_of_utterance>", pad_token="<|pad|>"
    )


def spm_tokenizer(bos, added) -> PreTrainedTokenizerFast:
    """Llama 2's form: every stretch behind an added token gets a mark of its own, and a line break is a byte."""
    tok = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tok.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    specials = ["<unk>", bos, "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=330, special_tokens=specials, show_progress=False, max_token_length=6)
    tok.train_from_iterator([TEXT], trainer)
    data = json.loads(tok.to_str())
    data["added_tokens"] = [entry for entry in data["added_tokens"] if entry["id"] < 3]
    tok = Tokenizer.from_str(json.dumps(data))
    tok.add_special_tokens(["<|pad|>", *added])
    tok.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tok.post_processor = processors.TemplateProcessing(single=f"{bos} $A", special_tokens=[(bos, 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tok, unk_token="<unk>", bos_token=bos, eos_token="<end_of_utterance>", pad_token="<|pad|>"
    )


def text_config(tok, **over):
    return LlamaConfig(
        vocab_size=len(tok), hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=3,
        num_key_value_heads=1, head_dim=8, max_position_embeddings=512, bos_token_id=tok.bos_token_id,
        eos_token_id=tok.eos_token_id, pad_token_id=tok.pad_token_id, **over,
    )


def vision_config(cls, **over):
    return cls(hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2, **over)


def variants():
    """Name, configuration, model, processor, weight type."""
    bos = "<|begin_of_text|>"
    tok = byte_tokenizer(bos, image_tokens(4))
    yield (
        "idefics3-f16",
        Idefics3Config(
            text_config=text_config(tok, rope_parameters={"rope_type": "default", "rope_theta": 500000.0}),
            vision_config=vision_config(Idefics3VisionConfig, image_size=28, patch_size=7), scale_factor=2,
            image_token_id=tok.convert_tokens_to_ids("<image>"),
        ),
        Idefics3ForConditionalGeneration,
        Idefics3Processor(
            Idefics3ImageProcessor(size={"longest_edge": 84}, max_image_size={"longest_edge": 28}), tok, image_seq_len=4,
            chat_template=TEMPLATE.replace("BOS", bos),
        ),
        torch.float16,
    )
    # Line breaks stay apart, tiles have no tokens of their own, and the tiles are smaller than the table of positions.
    tok = byte_tokenizer(bos, image_tokens(0, global_tag=False), TEXT.replace("\n\n", " "))
    yield (
        "idefics3-unsplit-bf16",
        Idefics3Config(
            text_config=text_config(tok),
            vision_config=vision_config(Idefics3VisionConfig, image_size=40, patch_size=5), scale_factor=3,
            image_token_id=tok.convert_tokens_to_ids("<image>"), tie_word_embeddings=True,
        ),
        Idefics3ForConditionalGeneration,
        Idefics3Processor(
            Idefics3ImageProcessor(
                size={"longest_edge": 70}, max_image_size={"longest_edge": 32}, do_image_splitting=False, resample=3
            ), tok, image_seq_len=4, chat_template=TEMPLATE.replace("BOS", bos),
        ),
        torch.bfloat16,
    )
    bos = "<|im_start|>"
    tok = spm_tokenizer(bos, image_tokens(2))
    yield (
        "smolvlm-bf16",
        SmolVLMConfig(
            text_config=text_config(tok), vision_config=vision_config(SmolVLMVisionConfig, image_size=36, patch_size=6),
            scale_factor=3, image_token_id=tok.convert_tokens_to_ids("<image>"),
        ),
        SmolVLMForConditionalGeneration,
        SmolVLMProcessor(
            SmolVLMImageProcessor(size={"longest_edge": 100}, max_image_size={"longest_edge": 36}), tok,
            SmolVLMVideoProcessor(), image_seq_len=4, chat_template=TEMPLATE.replace("BOS", bos),
        ),
        torch.bfloat16,
    )


IMAGE = {"type": "image"}


def say(words):
    return {"type": "text", "text": words}


def conversations():
    """Title, messages, files, settings of the processor."""
    yield "no picture", [{"role": "user", "content": [say("Hello, world!")]}], [], {}
    yield "one picture", [{"role": "user", "content": [IMAGE, say("What is in this picture?")]}], ["wide.png"], {}
    yield "a picture of one pixel", [{"role": "user", "content": [IMAGE]}], ["dot.png"], {}
    yield "pictures of odd sizes in the middle of the text", [
        {"role": "user", "content": [say("Is it large\n"), IMAGE, say("\n\nor small?\n"), IMAGE, IMAGE]}
    ], ["tall.png", "small.png", "line.png"], {}
    yield "two turns, with a system text", [
        {"role": "system", "content": [say("Describe the image.")]},
        {"role": "user", "content": [IMAGE, say("How many shapes are there?")]},
        {"role": "assistant", "content": [say("Three.")]},
        {"role": "user", "content": [say("Describe the image."), IMAGE]},
    ], ["photo.jpg", "wide.png"], {}
    yield "not split", [{"role": "user", "content": [IMAGE, say("What?")]}], ["photo.jpg"], {"do_image_splitting": False}
    yield "another size", [{"role": "user", "content": [IMAGE, say("What?")]}], ["tall.png"], {
        "size": {"longest_edge": 60}, "do_image_splitting": True
    }
    yield "a typed placeholder", [
        {"role": "user", "content": [IMAGE, say("What is <image> and <fake_token_around_image>?")]}
    ], ["small.png"], {}


SIZES = {
    "wide.png": (61, 23), "tall.png": (19, 50), "small.png": (9, 9), "photo.jpg": (64, 48), "dot.png": (1, 1),
    "line.png": (1, 33),
}


def pictures(folder):
    rng = np.random.default_rng(7)
    for name, (width, height) in SIZES.items():
        noise = rng.integers(0, 256, (height // 4 + 1, width // 4 + 1, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC).save(folder / name, quality=90)


def sample(tensor):
    flat = tensor.flatten().double()
    stride = max(1, flat.numel() // 48)
    return {
        "dims": list(tensor.shape), "sum": float(flat.sum()), "stride": stride,
        "head": [round(float(x), 6) for x in flat[::stride][:48]],
    }


def top_five(logits):
    best = torch.log_softmax(logits[0].double(), -1).topk(5)
    return [[int(token), round(float(value), 5)] for value, token in zip(best.values, best.indices)]


def random_weights(model, spread=0.25):
    """The default initialisation is so small that every logit is alike."""
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=spread if parameter.ndim > 1 else 0.3)
        if parameter.ndim == 1:
            parameter.data += 0.5


def plain_tokenizer(tok):
    """The same without added tokens: how typed text is read."""
    data = json.loads(tok.backend_tokenizer.to_str())
    return Tokenizer.from_str(json.dumps({**data, "added_tokens": [], "post_processor": None}))


def golden_case(model, processor, folder, title, messages, files, kwargs, features):
    typed = [part["text"] for message in messages for part in message["content"] if "<" in part.get("text", "")]
    images = [Image.open(folder / file).convert("RGB") for file in files] or None
    tok = processor.tokenizer
    prompt = processor.apply_chat_template(messages, add_generation_prompt=True)
    options = {"return_tensors": "pt", "add_special_tokens": not prompt.startswith(tok.bos_token)}
    if typed:
        # transformers counts placeholders, so the typed one is read from a prompt in which it is spelt otherwise.
        stand_in = "\u4f60\u597d"
        inputs = processor(images=images, text=prompt.replace(typed[0], stand_in), **options, **kwargs)
        ids = inputs["input_ids"][0].tolist()
        mark = plain_tokenizer(tok).encode(stand_in, add_special_tokens=False).ids
        at = next(i for i in range(len(ids)) if ids[i:i + len(mark)] == mark)
        ids = ids[:at] + plain_tokenizer(tok).encode(typed[0], add_special_tokens=False).ids + ids[at + len(mark):]
        inputs["input_ids"] = torch.tensor([ids])
        inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
    else:
        inputs = processor(images=images, text=prompt, **options, **kwargs)
    with torch.no_grad():
        answer = model.generate(
            **inputs, max_new_tokens=16, do_sample=False, output_logits=True, return_dict_in_generate=True
        )
        rows = features(model, inputs) if files else None
    length = inputs["input_ids"].shape[1]
    gaps = [float((top := logits[0].topk(2).values)[0] - top[1]) for logits in answer.logits]
    print(f"  {title:50} {length:4} tokens, least gap between best and second logit {min(gaps):.4f}")
    text_keys = {"input_ids", "attention_mask", "token_type_ids", "mm_token_type_ids"}
    return {
        "title": title, "messages": messages, "files": files, **({"processorKwargs": kwargs} if kwargs else {}),
        "promptTokenIds": inputs["input_ids"][0].tolist(), "greedyTokenIds": answer.sequences[0, length:].tolist(),
        "logprobs": [top_five(logits) for logits in answer.logits],
        "tensors": {key: sample(value) for key, value in inputs.items() if key not in text_keys} if files else None,
        "rows": None if rows is None else {
            "dims": list(rows.shape), "stride": 5, "values": [round(float(x), 6) for x in rows.flatten()[::5]],
        },
    }


def features(model, inputs):
    found = model.get_image_features(inputs["pixel_values"], inputs.get("pixel_attention_mask"))
    return torch.cat(list(found.pooler_output))


def position_ids():
    """Sides of the position table and of a tile, in patches, and the column of the table for each patch of a row."""
    found = []
    for table in [*range(1, 34), 41, 64]:
        tower = Idefics3VisionEmbeddings(Idefics3VisionConfig(hidden_size=2, image_size=table, patch_size=1))
        tower.position_embedding.weight.data = torch.arange(table * table).repeat(2, 1).T.float()
        tower.patch_embedding.weight.data.zero_()
        tower.patch_embedding.bias.data.zero_()
        for side in sorted({table, max(1, table - 1), table + 1, 2 * table, max(1, table // 2), max(1, table // 3)}):
            rows = tower(torch.zeros(1, 3, side, side), torch.ones(1, side, side, dtype=torch.bool))[0, :, 0].reshape(side, side)
            found.append([table, side, rows[0].int().tolist()])
            assert torch.equal(rows, rows[0] + table * rows[0][:, None])
    return found


def main() -> None:
    pictures(HERE)
    (HERE / "positions.json").write_text(json.dumps(position_ids(), separators=(",", ":")) + "\n")
    goldens = []
    for seed, (name, config, cls, processor, dtype) in enumerate(variants()):
        torch.manual_seed(seed)
        folder = HERE / name
        shutil.rmtree(folder, ignore_errors=True)
        model = cls(config).eval()
        random_weights(model)
        model.to(dtype).generation_config.eos_token_id = [processor.tokenizer.eos_token_id, processor.tokenizer.pad_token_id]
        model.save_pretrained(folder)
        processor.save_pretrained(folder)
        model = cls.from_pretrained(folder, dtype=torch.float32).eval()
        print(name)
        cases = [golden_case(model, processor, HERE, *conversation, features) for conversation in conversations()]
        goldens.append({"folder": name, "modelType": config.model_type, "cases": cases})
    (HERE / "goldens.json").write_text(json.dumps(goldens, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
