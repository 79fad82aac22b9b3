"""Writes `components.json.gz`: every component that a `tokenizer.json` may hold, and what `tokenizers` makes of hard texts.

    python make_components.py        # needs: pip install tokenizers==0.23.3

Components that change or cut the text stand before a model of single bytes whose words end with a mark, so that the ids
show every byte and every cut. Decoders are shown lists of ids, also such as no text gives.
"""

import base64
import gzip
import json
import random
import struct
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

HERE = Path(__file__).parent
BEHAVIORS = ["Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
SCHEMES = ["always", "first", "never"]
SENTENCES = [
    "The quick brown fox jumps over the lazy dog, doesn't it?",
    "Numbers: 3.14159, 2026-11-21 and ½ ² Ⅷ ٣٤ 一二三!",
    "Où est la bibliothèque ? Straße, naïve, İstanbul, ΣΊΣΥΦΟΣ.",
    "这张图片里有什么?一个红色的圆。 この写真には猫が三匹います。 이 사진",
    "Что изображено? ما الذي يظهر؟ इस तस्वीर में क्या है?",
    "family 👨\u200d👩\u200d👧 flag 🇩🇪 thumb 👍🏽 rainbow 🏳️\u200d🌈",
]
POOLS = [
    list("abcdeABCDE  .,;'\"()<>-_#|"),
    ["\u00a0", "\u0085", "\u2028", "\u3000", "\ufeff", "\u180e", "\u200b", "\u200d", "\t", "\n", "\r\n", "\u000b", "\u001c", "\u0000", "\u00ad"],
    list("éßſİıKÅΣςЖǅﬁ㌔①²½꟎ㄱ"),
    ["e\u0301", "\u0301", "\u0308", "\u20e3", "\ufe0f", "\u0903", "A\u030a", "\u1100\u1161", "\u0958", "q\u0323\u0307", "\u0f73", "ｶﾞ", "\u0897"],
    list("图片漢字かなカナー한국0٣४〇一") + ["𠀀", "😀", "🇩🇪", "\U0010ffff", "\ue000", "\u32ff", "\ufffd"],
    ["<s>", "</s>", "<image>", "[MASK]", "yes", "▁", "</w>", "##", "<0x41>", " do not ", " n't", "it's"],
]  # fmt: skip


def texts() -> list[str]:
    rng = random.Random(20261121)
    fuzz = []
    for _ in range(110):
        pools = rng.sample(POOLS, rng.randint(1, 4))
        fuzz.append("".join(rng.choice(rng.choice(pools)) for _ in range(rng.randint(1, 18))))
    return ["", " ", "a", "  a  b  ", "\n\n", "a<s>b", " <image> x", "[MASK]  [MASK]", "yes yesyes", *SENTENCES, *fuzz]


def charsmap(table: dict[str, str]) -> str:
    """The table of replacements as SentencePiece writes it: a double array of bytes, then the replacements."""
    blob, trie = b"", {}
    for key, value in table.items():
        node = trie
        for byte in key.encode():
            node = node.setdefault(byte, {})
        node[0] = len(blob)
        blob += value.encode() + b"\0"
    units, used = [0] * 8192, {0}

    def place(node: dict, at: int, label: int) -> None:
        base = next(base for base in range(1, 7900) if not any(base ^ byte in used for byte in node))
        units[at] = label | (at ^ base) << 10 | (0 in node) << 8
        used.update(base ^ byte for byte in node)
        for byte, child in node.items():
            if byte == 0:
                units[base] = child | 1 << 31
            else:
                place(child, base ^ byte, byte)

    place(trie, 0, 0)
    size = max(used) + 257
    array = struct.pack(f"<{size}I", *units[:size])
    return base64.b64encode(struct.pack("<I", len(array)) + array + blob).decode()


CHARSMAP = charsmap({
    "e\u0301": "é", "e": "3", "A": "a", "①": "1", "\u200b": "", "ﬁ": "fi", "\u3000": " ", "カ": "か", "ｶ": "カ", "½": "1/2", "\t": " ",
    "🇩": "D", "❤": "<3", "\u0301": "'",
})  # fmt: skip


def one(kind: str, **fields) -> dict:
    return {"type": kind, **fields}


def normalizer_list() -> dict[str, dict]:
    bert = [one("BertNormalizer", clean_text=a, handle_chinese_chars=b, strip_accents=c, lowercase=d)
            for a, b, c, d in [(True, True, None, True), (True, False, None, False), (False, True, True, False), (False, False, False, True)]]  # fmt: skip
    plain = [one(kind) for kind in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "ByteLevel")]
    strips = [one("Strip", strip_left=a, strip_right=b) for a, b in [(True, True), (True, False), (False, True)]]
    replaces = [one("Replace", pattern=pattern, content=content) for pattern, content in [
        ({"String": " "}, "▁"), ({"Regex": r"\s+"}, " "), ({"Regex": "(?i)[aeiou]"}, "$0\\1"), ({"String": ""}, "-"), ({"Regex": r"\p{P}|\p{S}"}, ""),
    ]]  # fmt: skip
    sequences = [
        one("Sequence", normalizers=[one("NFD"), one("StripAccents"), one("Lowercase")]),
        one("Sequence", normalizers=[one("Nmt"), one("NFKC"), one("Replace", pattern={"Regex": " {2,}"}, content=" ")]),
        one("Sequence", normalizers=[]),
    ]
    others = [one("Prepend", prepend="▁"), one("Precompiled", precompiled_charsmap=CHARSMAP)]
    return {f"normalizer {at} {node['type']}": node for at, node in enumerate([*bert, *plain, *strips, *replaces, *sequences, *others])}


def pre_tokenizer_list() -> dict[str, dict]:
    kinds = ["BertPreTokenizer", "UnicodeScripts", "Whitespace", "WhitespaceSplit"]
    nodes = [one(kind) for kind in kinds]
    nodes += [one("ByteLevel", add_prefix_space=a, trim_offsets=True, use_regex=b) for a in (True, False) for b in (True, False)]
    nodes += [one("CharDelimiterSplit", delimiter=char) for char in " 漢"]
    nodes += [one("Digits", individual_digits=flag) for flag in (True, False)]
    nodes += [one("FixedLength", length=length) for length in (1, 3)]
    nodes += [one("Metaspace", replacement="▁", prepend_scheme=scheme, split=flag) for scheme in SCHEMES for flag in (True, False)]
    nodes += [one("Punctuation", behavior=behavior) for behavior in BEHAVIORS]
    for behavior in BEHAVIORS:
        for pattern, invert in [({"Regex": r"\s+"}, False), ({"String": "a"}, False), ({"Regex": "[a-z]*"}, True)]:
            nodes.append(one("Split", pattern=pattern, behavior=behavior, invert=invert))
    nodes += [
        one("Sequence", pretokenizers=[one("WhitespaceSplit"), one("Metaspace", replacement="▁", prepend_scheme=scheme, split=True)])
        for scheme in SCHEMES
    ]
    nodes += [
        one("Sequence", pretokenizers=[one("ByteLevel", add_prefix_space=True, trim_offsets=True, use_regex=True), one("Punctuation", behavior="Removed")]),
        one("Sequence", pretokenizers=[one("Whitespace"), one("ByteLevel", add_prefix_space=True, trim_offsets=True, use_regex=False)]),
    ]
    return {f"pre-tokenizer {at} {node['type']}": node for at, node in enumerate(nodes)}


def post_processor_list() -> dict[str, dict]:
    def special(name: str) -> dict:
        return {"SpecialToken": {"id": name, "type_id": 0}}

    a, b = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
    known = {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}, "</s>": {"id": "</s>", "ids": [2, 3], "tokens": ["</s>", "x"]}}

    def template(single: list, pair: list) -> dict:
        return one("TemplateProcessing", single=single, pair=pair, special_tokens=known)

    bos = template([special("<s>"), a], [special("<s>"), a, special("<s>"), b])
    eos = template([a, special("</s>")], [a, special("</s>"), b, special("</s>")])
    bert = one("BertProcessing", sep=["</s>", 2], cls=["<s>", 1])
    roberta = one("RobertaProcessing", sep=["</s>", 2], cls=["<s>", 1], trim_offsets=True, add_prefix_space=True)
    byte_level = one("ByteLevel", add_prefix_space=True, trim_offsets=True, use_regex=True)
    nodes = [bos, eos, bert, roberta, byte_level, template([a, a], [a, b])]
    nodes += [one("Sequence", processors=steps) for steps in ([bos, eos], [bert, bert], [bos, bert], [bos, roberta], [byte_level, bos], [bert, bos], [])]
    return {f"post-processor {at} {node['type']}": node for at, node in enumerate(nodes)}


def decoder_list() -> dict[str, dict | None]:
    byte_level = one("ByteLevel", add_prefix_space=True, trim_offsets=True, use_regex=True)
    replace, fallback, fuse = one("Replace", pattern={"String": "▁"}, content=" "), one("ByteFallback"), one("Fuse")
    strip = [one("Strip", content=" ", start=start, stop=stop) for start, stop in [(1, 0), (2, 0), (0, 1)]]
    word_piece = [one("WordPiece", prefix="##", cleanup=flag) for flag in (True, False)]
    ctc = [one("CTC", pad_token="<pad>", word_delimiter_token="|", cleanup=flag) for flag in (True, False)]
    metaspace = [one("Metaspace", replacement="▁", prepend_scheme=scheme, split=True) for scheme in SCHEMES]
    bpe = one("BPEDecoder", suffix="</w>")
    chains = [
        [replace, fallback, fuse, strip[0]], [fallback, fuse], [fuse, replace], [fuse, one("Replace", pattern={"Regex": r"\s+"}, content="_")], [bpe, fuse, word_piece[0]],
        [byte_level, ctc[0]], [byte_level, strip[0]], [fallback, metaspace[0]], [ctc[0], metaspace[0], bpe], [metaspace[0], word_piece[1]], [fuse, bpe], [fallback, replace, strip[0]],
        [fuse, fallback], [word_piece[0], byte_level], [],
    ]  # fmt: skip
    nodes = [None, byte_level, replace, fallback, fuse, strip[0], strip[1], *word_piece, *ctc, *metaspace, bpe]
    nodes += [one("Sequence", decoders=chain) for chain in chains]
    return {f"decoder {at} {node['type'] if node else 'none'}": node for at, node in enumerate(nodes)}


def added(start: int) -> list[dict]:
    tokens = [("<s>", "special"), ("</s>", "special"), ("<image>", "special lstrip rstrip"), ("[MASK]", "special lstrip"), ("yes", "single_word"), ("É", "normalized"), ("ab", "normalized rstrip")]
    flags = ("single_word", "lstrip", "rstrip", "normalized", "special")
    return [{"id": start + at, "content": content, **{flag: flag in names.split() for flag in flags}} for at, (content, names) in enumerate(tokens)]


def whole(model: dict, **parts) -> dict:
    size = len(model["vocab"])
    empty = {"normalizer": None, "pre_tokenizer": None, "post_processor": None, "decoder": None}
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added(size), **empty, **parts, "model": model}


def byte_model() -> dict:
    """Every byte a token, and the mark at the end of each piece."""
    vocabulary = {f"<0x{byte:02X}>": byte for byte in range(256)}
    return one("BPE", dropout=None, unk_token=None, continuing_subword_prefix=None, end_of_word_suffix="|", fuse_unk=False, byte_fallback=True, ignore_merges=False, vocab=vocabulary, merges=[])  # fmt: skip


def decoder_model() -> dict:
    tokens = ["a", "b", "▁a", "▁", " ", "  b ", "##ing", "##", "do not", " n't", "'s", ".", " .", "</w>", "cat</w>", "|", "<pad>", "<pad>|", "Ġthe", "Ġ", "Ã", "©", "é", "漢", "😀", "", "x y", "▁▁"]
    tokens += [f"<0x{byte:02X}>" for byte in (0x41, 0xC3, 0xA9, 0xE6, 0xBC, 0xA2, 0xFF)]
    return one("WordLevel", vocab={token: at for at, token in enumerate(tokens)}, unk_token="a")


def trained(model, trainer, normalizer=None, pre_tokenizer=None) -> dict:
    tokenizer = Tokenizer(model)
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if pre_tokenizer is not None:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.train_from_iterator(SENTENCES * 20, trainer)
    return json.loads(tokenizer.to_str())


def unigram(fallback: bool, seed: int) -> dict:
    """Scores with many ties, tokens that overlap, and two that are equal."""
    rng = random.Random(seed)
    letters = sorted({char for sentence in SENTENCES for char in sentence} - set("qzΣ三👍"))
    pieces = {sentence[at : at + rng.randint(2, 6)].replace(" ", "▁") for sentence in SENTENCES for at in range(0, len(sentence), 2)}
    tokens = ["<unk>", "<s>", "</s>", *letters, "▁", *sorted(pieces), "qz", "e", "aa", "aaa"]
    tokens += [f"<0x{byte:02X}>" for byte in range(256)] if fallback else []
    vocabulary = [[token, -rng.randint(1, 6) / (2 if len(token) > 1 else 1)] for token in tokens]
    return one("Unigram", unk_id=0, vocab=vocabulary, byte_fallback=fallback)


def model_list() -> dict[str, dict]:
    quiet = {"show_progress": False}
    special = ["[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    bert = trained(models.WordPiece(unk_token="[UNK]"), trainers.WordPieceTrainer(vocab_size=400, special_tokens=special, **quiet), normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer())
    word_piece, pieces = bert["model"], {"vocab": bert["model"]["vocab"]}
    words = trained(models.WordLevel(unk_token="[UNK]"), trainers.WordLevelTrainer(vocab_size=60, special_tokens=special, **quiet), None, pre_tokenizers.Whitespace())["model"]
    clip_pattern = Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")
    clip_cut = pre_tokenizers.Sequence([pre_tokenizers.Split(clip_pattern, "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    clip_trainer = trainers.BpeTrainer(vocab_size=700, end_of_word_suffix="</w>", initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), **quiet)
    clip_rules = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    clip = trained(models.BPE(end_of_word_suffix="</w>"), clip_trainer, clip_rules, clip_cut)
    affixes = trained(models.BPE(unk_token="[UNK]", continuing_subword_prefix="##", end_of_word_suffix="</w>"), trainers.BpeTrainer(vocab_size=400, continuing_subword_prefix="##", end_of_word_suffix="</w>", special_tokens=special, **quiet), None, pre_tokenizers.Whitespace())["model"]
    whitespace, metaspace = one("Whitespace"), one("Metaspace", replacement="▁", prepend_scheme="always", split=True)
    t5 = {"normalizer": one("Precompiled", precompiled_charsmap=CHARSMAP), "pre_tokenizer": one("Sequence", pretokenizers=[one("WhitespaceSplit"), metaspace]), "decoder": metaspace}
    return {
        "BERT": {**bert, "added_tokens": added(len(word_piece["vocab"])), "decoder": one("WordPiece", prefix="##", cleanup=True)},
        "WordPiece of at most 4 characters": whole(word_piece | pieces | {"max_input_chars_per_word": 4}, pre_tokenizer=whitespace),
        "WordPiece without a prefix": whole(word_piece | pieces | {"continuing_subword_prefix": ""}, pre_tokenizer=whitespace),
        "WordPiece without unknown token": whole(word_piece | pieces | {"unk_token": "none"}, pre_tokenizer=whitespace),
        "WordLevel": whole(words, pre_tokenizer=whitespace),
        "WordLevel without unknown token": whole(words | {"unk_token": "none"}, pre_tokenizer=whitespace),
        "CLIP": {**clip, "added_tokens": added(len(clip["model"]["vocab"])), "decoder": one("BPEDecoder", suffix="</w>")},
        "BPE with prefix and suffix": whole(affixes, pre_tokenizer=whitespace, decoder=one("BPEDecoder", suffix="</w>")),
        "BPE with fused unknown": whole(affixes | {"fuse_unk": True}, pre_tokenizer=whitespace),
        "BPE that ignores merges": whole(affixes | {"ignore_merges": True}, pre_tokenizer=whitespace),
        "T5": whole(unigram(False, 1), **t5),
        "Unigram with bytes": whole(unigram(True, 2), pre_tokenizer=metaspace, decoder=one("Sequence", decoders=[one("ByteFallback"), metaspace])),
        "Unigram without unknown token": whole(unigram(False, 3) | {"unk_id": None}, normalizer=one("Replace", pattern={"String": " "}, content="▁")),
    }  # fmt: skip


def attempt(encode) -> list[int] | None:
    try:
        return encode().ids
    except Exception:  # noqa: BLE001 - a text that cannot be encoded
        return None


def can_decode(tokenizer: Tokenizer, ids: list[int]) -> bool:
    """False where `Strip` panics because a token is shorter than what it looks at; a panic is no Exception."""
    try:
        tokenizer.decode(ids)
    except BaseException:  # noqa: BLE001
        return False
    return True


def answers(name: str, file: dict, samples: list[str], rng: random.Random) -> dict:
    tokenizer = Tokenizer.from_str(json.dumps(file))
    ids = [attempt(lambda: tokenizer.encode(text)) for text in samples]
    case = {"name": name, "file": file, "ids": ids}
    plain = [attempt(lambda: tokenizer.encode(text, add_special_tokens=False)) for text in samples]
    case["plain"] = {str(at): one for at, one in enumerate(plain) if one != ids[at]}
    size = tokenizer.get_vocab_size() + 1
    lists = [[rng.randrange(size) for _ in range(rng.randint(0, 9))] for _ in range(120)] if name.startswith("decoder") else [one for one in ids if one][::6]
    case["lists"] = lists = [one for one in lists if can_decode(tokenizer, one)]
    case["decoded"] = [tokenizer.decode(one, skip_special_tokens=False) for one in lists]
    skipped = [tokenizer.decode(one, skip_special_tokens=True) for one in lists]
    case["skipped"] = {str(at): text for at, text in enumerate(skipped) if text != case["decoded"][at]}
    return case


def main() -> None:
    rng = random.Random(5)
    samples = texts()
    files = {name: whole(byte_model(), normalizer=node) for name, node in normalizer_list().items()}
    files |= {name: whole(byte_model(), pre_tokenizer=node) for name, node in pre_tokenizer_list().items()}
    files |= {name: whole(byte_model(), post_processor=node) for name, node in post_processor_list().items()}
    files |= {name: whole(decoder_model(), decoder=node) for name, node in decoder_list().items()}
    files |= model_list()
    cases = []
    for name, file in files.items():
        few = samples[:6] if name.startswith(("post", "decoder")) else samples
        cases.append(answers(name, file, few, rng))
    text = json.dumps({"texts": samples, "cases": cases}, ensure_ascii=False, separators=(",", ":"))
    packed = gzip.compress(text.encode(), 9, mtime=0)
    (HERE / "components.json.gz").write_bytes(packed)
    print(len(cases), "tokenizers,", len(packed), "bytes")


main()
