"""Writes small tokenizers with the pipelines of well-known models, and what `tokenizers` makes of hard texts.

    python make_goldens.py        # needs: pip install tokenizers==0.23.3

Every `<name>.json` is a `tokenizer.json` trained here on generated text; `<name>.cases.json.gz` holds one entry for each
text: the ids with and without special tokens, and the decoded text. `texts.json` holds the texts, which are shared.
The cases are compressed.
"""

import gzip
import json
import random
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = Path(__file__).parent
GPT2_WORDS = "the cat sat on a mat and looked at red circle blue square image of what is in this picture how many".split()
CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
LLAMA3 = CONTRACTION + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
O200K = (
    rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+{CONTRACTION}?|[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*{CONTRACTION}?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

SENTENCES = [
    "Das Bild zeigt einen kleinen Hund, der über die Straße läuft.",
    "Où est la bibliothèque ? L'été, c'est déjà fini.",
    "Что изображено на этой картинке? Красный круг и синий квадрат.",
    "这张图片里有什么?一个红色的圆和一个蓝色的正方形。",
    "この写真には猫が三匹います。とてもかわいいですね。",
    "이 사진에는 고양이가 세 마리 있습니다.",
    "ما الذي يظهر في هذه الصورة؟",
    "इस तस्वीर में क्या है?",
    "def area(width, height):\n    return width * height  # in pixels\n",
    "for (let i = 0; i < 10; i++) { console.log(`row ${i}`); }\r\n",
    "It's what they've said: we'll see, I'm sure you'd agree. DON'T SHOUT!",
    "Numbers 0 1 12 123 1234 12345 3.14159 2026-11-20 and ½ ² Ⅷ ٣٤",
]
POOLS = [
    list("abcdefghijklmnopqrstuvwxyzABCDEFG  .,;:!?'\"()[]{}<>/\\|-_=+*&^%$#@~`"),
    ["'s", "'S", "'ſ", "'ll", "'LL", "'re", "'Ve", "'d", "'m", "'t", "'K", "'"],
    [" ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u0085", "\u2028", "\u3000", "\ufeff", "\u180e", "\u200b", "\u200d", "\u2003", "\u000b", "\u000c", "\u001c"],
    list("éßſİıKÅΣσςЖжԱաǅ"),
    ["e\u0301", "\u0301", "\u0308", "\u20e3", "\ufe0f", "\u0903", "\u093e", "\u0e31", "A\u030a", "\u1100\u1161", "\u0958", "q\u0323\u0307"],
    list("0123456789٣४Ⅷ½²①〇一"),
    list("图片里有什么漢字かなカナ한국어𠀀𪚥"),
    ["👨\u200d👩\u200d👧", "🇩🇪", "👍🏽", "😀", "🏳️\u200d🌈"],
    ["\U0010ffff", "\ue000", "\U0001e030", "\u0378", "\u0000", "\u007f", "\u00ad", "\u1c89"],
    ["<s>", "</s>", "<image>", " <image>", "<image>\n", "<|im_start|>", "<|im_end|>", "<|user|>\n", "<think>", " yes ", "yes", "▁", "<0x41>", "[MASK] "],
    GPT2_WORDS + [" " + word for word in GPT2_WORDS],
]


def texts() -> list[str]:
    rng = random.Random(20261121)
    fixed = [
        "", " ", "  ", "\n", "a", "Hello, world!", "Hello  world", " leading", "trailing ", "\n\n\n", "a\n\n b", "  \n  x",
        "<image>", "<image>\nWhat is this?", "USER: <image>\nWhat is shown? ASSISTANT:", "a</s>b", "a </s> b", "</s></s>", "<s> <s>",
        "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n", "yes yesterday yes! eyes", "  [MASK]  [MASK] ", "<ima<image>ge>",
        "<|user|> \n <|user|>", "x<think> y </think> z", "a" * 60, " " * 45, "\t" * 30, "=" * 50, "ab" * 40, "é" * 30, "漢" * 30,
        "▁▁a▁b", "a▁ b", "<0x0A>", "\ufffd\ufffd", "'ſ'll", "X'S Y'lL", "I'M", "ÀÉ'S", "日本語\u0301", "１２３", "12345678", "1 2 3",
    ]
    fuzz = []
    for _ in range(450):
        pools = rng.sample(POOLS, rng.randint(1, 4))
        fuzz.append("".join(rng.choice(rng.choice(pools)) for _ in range(rng.randint(1, 22))))
    return fixed + SENTENCES + fuzz


def corpus() -> list[str]:
    rng = random.Random(7)
    lines = SENTENCES * 30
    lines += [" ".join(rng.choices(GPT2_WORDS, k=12)).capitalize() + "." for _ in range(600)]
    lines += [f"{rng.randint(0, 99999)} x {rng.randint(0, 999)} = {rng.random():.3f}" for _ in range(80)]
    return lines


def added(*more: AddedToken) -> list[AddedToken]:
    return [
        AddedToken("<image>", special=True, normalized=False),
        AddedToken("<|im_start|>", special=True, normalized=False),
        AddedToken("<|im_end|>", special=True, normalized=False),
        AddedToken("<|user|>", special=True, normalized=False, rstrip=True),
        AddedToken("[MASK]", special=True, normalized=False, lstrip=True),
        AddedToken("<think>", special=False, normalized=False),
        AddedToken("</think>", special=False, normalized=True),
        AddedToken("yes", special=False, normalized=False, single_word=True),
        *more,
    ]


def train(tokenizer: Tokenizer, size: int, alphabet: list[str], special: list[str]) -> None:
    trainer = trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=alphabet, special_tokens=special, show_progress=False, limit_alphabet=400
    )
    tokenizer.train_from_iterator(corpus(), trainer)


def byte_level(pattern: str | None, size: int, prefix_space: bool = False) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    last = pre_tokenizers.ByteLevel(add_prefix_space=prefix_space, use_regex=pattern is None)
    split = [] if pattern is None else [pre_tokenizers.Split(Regex(pattern), "isolated")]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*split, last]) if split else last
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    train(tokenizer, size, pre_tokenizers.ByteLevel.alphabet(), [])
    return tokenizer


def gpt2() -> Tokenizer:
    tokenizer = byte_level(None, 700)
    tokenizer.add_special_tokens([AddedToken("<|endoftext|>", special=True, normalized=True)])
    tokenizer.add_tokens(added())
    return tokenizer


def roberta() -> Tokenizer:
    tokenizer = byte_level(None, 500, prefix_space=True)
    tokenizer.add_tokens(added())
    return tokenizer


def llama3() -> Tokenizer:
    tokenizer = byte_level(LLAMA3, 700)
    tokenizer.add_special_tokens([AddedToken("<s>", special=True, normalized=False)])
    tokenizer.add_tokens(added())
    bos = tokenizer.token_to_id("<s>")
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", bos)]),
    ])
    data = json.loads(tokenizer.to_str())
    data["model"]["ignore_merges"] = True
    # A token that no merge makes: only `ignore_merges` finds it.
    data["model"]["vocab"]["Ġpicture"] = data["model"]["vocab"].get("Ġpicture", 10_000)
    data["model"]["vocab"]["xyzzy"] = 10_001
    return Tokenizer.from_str(json.dumps(data))


def qwen2() -> Tokenizer:
    tokenizer = byte_level(QWEN2, 700)
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.add_tokens(added())
    return tokenizer


def o200k() -> Tokenizer:
    tokenizer = byte_level(O200K, 700)
    tokenizer.add_tokens(added())
    return tokenizer


def deepseek() -> Tokenizer:
    """The three splits of DeepSeek V3, which no state machine is written for."""
    tokenizer = byte_level(None, 600)
    letters = (
        r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
        r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    splits = [r"\p{N}{1,3}", r"[一-龥\u3040-ゟ゠-ヿ]+".replace("\\u3040", "\u3040"), letters]
    last = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [*(pre_tokenizers.Split(Regex(one), "isolated") for one in splits), last]
    )
    tokenizer.add_tokens(added())
    return tokenizer


def behaviors() -> Tokenizer:
    """Every behavior of a split, plain and inverted."""
    tokenizer = byte_level(None, 500)
    last = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"\t+|é"), "removed"),
        pre_tokenizers.Split(Regex(r"[.,;:!?]"), "contiguous"),
        pre_tokenizers.Split(Regex(r"[A-Z]"), "merged_with_next"),
        pre_tokenizers.Split(" ", "merged_with_previous"),
        pre_tokenizers.Split(Regex(r"[a-z]+|$"), "isolated", invert=True),
        pre_tokenizers.Split(Regex(r"(?i)[^aeiou]"), "merged_with_previous", invert=True),
        pre_tokenizers.Digits(individual_digits=False),
        last,
    ])
    tokenizer.add_tokens(added())
    return tokenizer


def digits() -> Tokenizer:
    tokenizer = byte_level(None, 500)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)]
    )
    tokenizer.add_tokens(added())
    return tokenizer


def sentencepiece(size: int) -> Tokenizer:
    """A vocabulary in SentencePiece's manner: unk, bos, eos, all bytes, then pieces."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    train(tokenizer, size, [], ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))])
    data = json.loads(tokenizer.to_str())
    data["added_tokens"] = []
    tokenizer = Tokenizer.from_str(json.dumps(data))
    for token in ("<unk>", "<s>", "</s>"):
        tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False)])
    bos = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)])
    tokenizer.post_processor = bos
    return tokenizer


def llama2() -> Tokenizer:
    """The form of Llama 2 and LLaVA 1.5: the normalizer writes the marks, nothing cuts the text."""
    tokenizer = sentencepiece(800)
    tokenizer.pre_tokenizer = None
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.add_tokens(added())
    return tokenizer


def llama1() -> Tokenizer:
    """As `llama2`, with special tokens looked for in normalized text, and without all bytes."""
    tokenizer = llama2()
    data = json.loads(tokenizer.to_str())
    for token in data["added_tokens"]:
        token["normalized"] = True
    vocabulary = data["model"]["vocab"]
    for byte in (0xF0, 0xE2):
        vocabulary[f"[0x{byte:02X}]"] = vocabulary.pop(f"<0x{byte:02X}>")
    return Tokenizer.from_str(json.dumps(data))


def metaspace(scheme: str) -> Tokenizer:
    tokenizer = sentencepiece(650)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme=scheme, split=scheme != "first")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme=scheme, split=scheme != "first")
    tokenizer.add_tokens(added())
    return tokenizer


def gemma() -> Tokenizer:
    """As Gemma: spaces become marks, then the text is cut after them; without byte tokens and unk fused."""
    tokenizer = sentencepiece(650)
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_tokens(added())
    data = json.loads(tokenizer.to_str())
    data["model"]["byte_fallback"] = False
    return Tokenizer.from_str(json.dumps(data))


FAMILIES = {
    "gpt2": gpt2,
    "roberta": roberta,
    "llama3": llama3,
    "qwen2": qwen2,
    "o200k": o200k,
    "deepseek": deepseek,
    "behaviors": behaviors,
    "digits": digits,
    "llama2": llama2,
    "llama1": llama1,
    "metaspace_always": lambda: metaspace("always"),
    "metaspace_first": lambda: metaspace("first"),
    "metaspace_never": lambda: metaspace("never"),
    "gemma": gemma,
}


def compact(data: dict) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def main() -> None:
    samples = texts()
    (HERE / "texts.json").write_text(compact(samples))
    for name, build in FAMILIES.items():
        data = json.loads(build().to_str())
        if name in ("gpt2", "llama2"):
            # The older form of merges.
            data["model"]["merges"] = [" ".join(pair) for pair in data["model"]["merges"]]
        text = compact(data)
        (HERE / f"{name}.json").write_text(text)
        tokenizer = Tokenizer.from_str(text)
        encodings = [tokenizer.encode(sample) for sample in samples]
        plain = [tokenizer.encode(sample, add_special_tokens=False) for sample in samples]
        extra = len(encodings[0].ids)
        assert all(one.ids[extra:] == two.ids for one, two in zip(encodings, plain, strict=True))
        decoded = [tokenizer.decode(one.ids, skip_special_tokens=False) for one in encodings]
        skipped = [tokenizer.decode(one.ids, skip_special_tokens=True) for one in encodings]
        cases = {
            "prefix": encodings[0].ids,
            "ids": [one.ids for one in plain],
            # Only where it differs from the text.
            "decoded": {str(i): text for i, text in enumerate(decoded) if text != samples[i]},
            "skipped": {str(i): text for i, text in enumerate(skipped) if text != decoded[i]},
        }
        packed = gzip.compress(compact(cases).encode(), 9, mtime=0)
        (HERE / f"{name}.cases.json.gz").write_bytes(packed)
        print(name, len(text), len(packed))


main()
