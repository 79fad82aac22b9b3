"""Compares random tokenizers and texts with Hugging Face tokenizers, and feeds broken files.

    pip install tokenizers==0.23.3
    cargo build --release --example answer -p limbus-text     # in crates/
    python crates/text/fuzz.py [seed] [seconds]               # differences
    python crates/text/fuzz.py --break [seed] [seconds]       # broken files: an answer within seconds, never a crash

Not compared is what the reference leaves open or gets wrong by accident: two normalized added tokens with one normal form
(which one wins differs from load to load), one whose normal form is empty (it cuts between all characters), and what hangs
on its offsets where those are off: `Metaspace` with the scheme `first` behind a normalizer or a `ByteLevel`, and zero-width
matches of `Replace`.

Prints every difference, with the tokenizer that shows it, and ends with exit code 1 if there was any.
"""

import base64
import json
import os
import random
import struct
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("RUST_BACKTRACE", "0")
from tokenizers import Tokenizer  # noqa: E402

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", Path(__file__).parents[1] / "target"))
PEER = TARGET / "release/examples/answer"
SCHEMES = ["always", "first", "never"]
BEHAVIORS = ["Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
REGEXES = [r"\s+", r"[a-z]+", r"\d", "x*", r"\p{L}+|\p{N}", r"(?i)[aeiou]", r"[^\w ]+".replace(r"\w", "a-zA-Z0-9"), " |$", r"\s+(?!\S)|\s+", ". "]
POOLS = [
    list("abcdefghijklm nopqrst ABCDE"),
    list(" .,;:!?'\"()[]{}<>/|-_=+*#@~`"),
    [" ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u0085", "\u2028", "\u3000", "\ufeff", "\u180e", "\u200b", "\u200d", "\u2003", "\u000b", "\u001c"],
    list("éßſİıKÅΣσςЖжԱաǅﬁ㌔①²½"),
    ["e\u0301", "\u0301", "\u0308", "\u20e3", "\ufe0f", "\u0903", "\u093e", "\u0e31", "A\u030a", "\u1100\u1161", "\u0958", "q\u0323\u0307", "\u0f73", "ｶﾞ"],
    list("0123456789٣४Ⅷ〇一"),
    list("图片里有什么漢字かなカナー한국어𠀀𪚥"),
    ["👨\u200d👩\u200d👧", "🇩🇪", "👍🏽", "😀", "🏳️\u200d🌈"],
    ["\U0010ffff", "\ue000", "\U0001e030", "\u0378", "\u0000", "\u007f", "\u00ad", "\u1c89", "\u32ff", "\ufffd", "\ua7ce"],
    ["<s>", "</s>", "<image>", " <image> ", "<unk>", "[MASK]", "Yes", "yes", "▁", "<0x41>", "</w>", "##", "|", "<pad>", "Ġ"],
    ["the", "cat", " sat", "do not", " n't", "it's", "we've", "hello world", "straße", "naïve"],
]  # fmt: skip
CHARMAP = {"a\u0301": "á", "A": "a", "①": "1", "\u0001": "", "ﬁ": "fi", "e": "e\u0301", "\u3000": " ", "カ": "か", "👍": "+1", "\u200d": "", "é": "E"}


def text(rng: random.Random, most: int = 20) -> str:
    pools = rng.sample(POOLS, rng.randint(1, 4))
    return "".join(rng.choice(rng.choice(pools)) for _ in range(rng.randint(0, most)))


def charsmap(table: dict[str, str]) -> str:
    """A double array, as SentencePiece writes it, made by trying places for the children of each node."""
    trie: dict = {}
    blob, offsets = b"", {}
    for key, value in table.items():
        offsets.setdefault(value, None)
    for value in offsets:
        offsets[value] = len(blob)
        blob += value.encode() + b"\0"
    for key, value in table.items():
        node = trie
        for byte in key.encode():
            node = node.setdefault(byte, {})
        node[-1] = offsets[value]
    units, used = [0] * 4096, [False] * 4096
    used[0] = True

    def place(node: dict, at: int, label: int) -> None:
        keys = [0 if key == -1 else key for key in node]
        base = next(b for b in range(1, 4096 - 256) if all(not used[b ^ key] for key in keys) and at ^ b < 1 << 21)
        offset = at ^ base
        units[at] = label | (offset << 10) | (256 if -1 in node else 0)
        for key in keys:
            used[base ^ key] = True
        for key, child in node.items():
            if key == -1:
                units[base] = child | 1 << 31
            else:
                place(child, base ^ key, key)

    place(trie, 0, 0)
    size = max(at for at, taken in enumerate(used) if taken) + 256
    array = struct.pack(f"<{size}I", *units[:size])
    return base64.b64encode(struct.pack("<I", len(array)) + array + blob).decode()


CHARSMAP = charsmap(CHARMAP)


def pattern(rng: random.Random, literals: list[str]) -> dict:
    return {"String": rng.choice(literals)} if rng.random() < 0.5 else {"Regex": rng.choice(REGEXES)}


def normalizer(rng: random.Random, depth: int = 0) -> dict | None:
    kinds = "NFC NFD NFKC NFKD Lowercase Strip StripAccents Replace Prepend Nmt Precompiled ByteLevel BertNormalizer Sequence Sequence".split()
    kind = rng.choice(kinds)
    node: dict = {"type": kind}
    if kind == "Sequence":
        if depth > 1:
            return {"type": "NFC"}
        node["normalizers"] = [normalizer(rng, depth + 1) for _ in range(rng.randint(0, 3))]
    elif kind == "Strip":
        node |= {"strip_left": rng.random() < 0.5, "strip_right": rng.random() < 0.5}
    elif kind == "Replace":
        node |= {"pattern": pattern(rng, [" ", "a", "ab", "", "é", "\n"]), "content": rng.choice(["", "▁", "xy", " ", "$1"])}
    elif kind == "Prepend":
        node["prepend"] = rng.choice(["▁", " ", "ab"])
    elif kind == "Precompiled":
        node["precompiled_charsmap"] = CHARSMAP
    elif kind == "BertNormalizer":
        node |= {"clean_text": rng.random() < 0.5, "handle_chinese_chars": rng.random() < 0.5, "lowercase": rng.random() < 0.5}
        node["strip_accents"] = rng.choice([None, True, False])
    return node


def pre_tokenizer(rng: random.Random, depth: int = 0) -> dict:
    kinds = "BertPreTokenizer ByteLevel CharDelimiterSplit Digits FixedLength Metaspace Punctuation Split Split UnicodeScripts Whitespace WhitespaceSplit Sequence Sequence Sequence".split()
    kind = rng.choice(kinds)
    node: dict = {"type": kind}
    if kind == "Sequence":
        if depth > 1:
            return {"type": "Whitespace"}
        node["pretokenizers"] = [pre_tokenizer(rng, depth + 1) for _ in range(rng.randint(0, 3))]
    elif kind == "ByteLevel":
        node |= {"add_prefix_space": rng.random() < 0.5, "trim_offsets": True, "use_regex": rng.random() < 0.5}
    elif kind == "CharDelimiterSplit":
        node["delimiter"] = rng.choice(" a▁漢")
    elif kind == "Digits":
        node["individual_digits"] = rng.random() < 0.5
    elif kind == "FixedLength":
        node["length"] = rng.randint(1, 5)
    elif kind == "Metaspace":
        node |= {"replacement": rng.choice("▁▁▁_a"), "prepend_scheme": rng.choice(SCHEMES), "split": rng.random() < 0.5}
    elif kind == "Punctuation":
        node["behavior"] = rng.choice(BEHAVIORS)
    elif kind == "Split":
        node |= {"pattern": pattern(rng, [" ", "a", "the", "▁", ""]), "behavior": rng.choice(BEHAVIORS), "invert": rng.random() < 0.3}
    return node


def decoder(rng: random.Random, depth: int = 0) -> dict:
    kinds = "ByteLevel ByteFallback Fuse Strip Replace Metaspace WordPiece CTC BPEDecoder Sequence Sequence Sequence".split()
    kind = rng.choice(kinds)
    node: dict = {"type": kind}
    if kind == "Sequence":
        if depth > 1:
            return {"type": "Fuse"}
        node["decoders"] = [decoder(rng, depth + 1) for _ in range(rng.randint(0, 4))]
    elif kind == "ByteLevel":
        node |= {"add_prefix_space": True, "trim_offsets": True, "use_regex": True}
    elif kind == "Strip":
        node |= {"content": rng.choice(" ▁a"), "start": rng.randint(0, 2), "stop": rng.choice([0, 0, 0, 1])}
    elif kind == "Replace":
        node |= {"pattern": pattern(rng, ["▁", "a", "", "Ġ"]), "content": rng.choice([" ", "", "b"])}
    elif kind == "Metaspace":
        node |= {"replacement": rng.choice("▁▁_a"), "prepend_scheme": rng.choice(SCHEMES), "split": True}
    elif kind == "WordPiece":
        node |= {"prefix": rng.choice(["##", "##", "a", ""]), "cleanup": rng.random() < 0.5}
    elif kind == "CTC":
        node |= {"pad_token": rng.choice(["<pad>", "a"]), "word_delimiter_token": "|", "cleanup": rng.random() < 0.5}
    elif kind == "BPEDecoder":
        node["suffix"] = rng.choice(["</w>", "a"])
    return node


def post_processor(rng: random.Random, depth: int = 0) -> dict:
    kind = rng.choice("ByteLevel BertProcessing RobertaProcessing TemplateProcessing TemplateProcessing Sequence".split())
    node: dict = {"type": kind}
    if kind == "ByteLevel":
        node |= {"add_prefix_space": True, "trim_offsets": rng.random() < 0.5, "use_regex": True}
    elif kind == "Sequence":
        node["processors"] = [] if depth else [post_processor(rng, 1) for _ in range(rng.randint(0, 3))]
    elif kind == "TemplateProcessing":
        special = lambda: {"SpecialToken": {"id": rng.choice(["<s>", "</s>"]), "type_id": 0}}  # noqa: E731
        sequence = lambda id: {"Sequence": {"id": id, "type_id": 0}}  # noqa: E731
        node["single"] = rng.choice([[special(), sequence("A")], [sequence("A"), special()], [sequence("A")], [special(), sequence("A"), special()], [sequence("A"), sequence("A")]])
        node["pair"] = rng.choice([[sequence("A"), sequence("B")], [special(), sequence("A"), special(), sequence("B")]])
        node["special_tokens"] = {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}, "</s>": {"id": "</s>", "ids": [2, 3], "tokens": ["</s>", "x"]}}
    else:
        node |= {"sep": ["</s>", 2], "cls": ["<s>", 1]}
        if kind == "RobertaProcessing":
            node |= {"trim_offsets": True, "add_prefix_space": rng.random() < 0.5}
    return node


def vocabulary(rng: random.Random, prefix: str, suffix: str) -> list[str]:
    """Tokens for random texts: characters and pieces, with and without the marks of the models."""
    found = {"<unk>": None, "<s>": None, "</s>": None}
    for _ in range(rng.randint(20, 120)):
        sample = text(rng, 12)
        if rng.random() < 0.3:
            sample = "▁" + sample.replace(" ", "▁")
        start = rng.randrange(len(sample) + 1)
        piece = sample[start : start + rng.randint(1, 5)]
        if piece:
            found[rng.choice(["", prefix]) + piece + rng.choice(["", suffix])] = None
    for char in rng.sample(sorted({c for pool in POOLS for item in pool for c in item}), 60):
        for form in (char, prefix + char, char + suffix):
            found[form] = None
    if rng.random() < 0.5:
        found |= {f"<0x{byte:02X}>": None for byte in range(256) if rng.random() < 0.98 or rng.random() < 0.5}
    if rng.random() < 0.3:
        from tokenizers.pre_tokenizers import ByteLevel

        found |= dict.fromkeys(sorted(ByteLevel.alphabet()))
    return list(found)


def model(rng: random.Random) -> dict:
    kind = rng.choice(["BPE", "BPE", "Unigram", "Unigram", "WordPiece", "WordLevel"])
    prefix = rng.choice(["", "##"]) if kind == "BPE" else "##"
    suffix = rng.choice(["", "</w>"]) if kind == "BPE" else ""
    tokens = vocabulary(rng, prefix, suffix)
    ids = {token: id for id, token in enumerate(tokens)}
    unknown = rng.choice(["<unk>", "<unk>", "<unk>", "missing"])
    if kind == "Unigram":
        scores = [round(-rng.random() * 10, rng.choice([0, 1, 8])) for _ in tokens]
        unk_id = 0 if rng.random() < 0.85 else None
        return {"type": kind, "unk_id": unk_id, "vocab": [list(pair) for pair in zip(tokens, scores)], "byte_fallback": rng.random() < 0.5}
    if kind == "WordLevel":
        return {"type": kind, "vocab": ids, "unk_token": unknown}
    if kind == "WordPiece":
        return {"type": kind, "unk_token": unknown, "continuing_subword_prefix": rng.choice(["##", "##", "", "a"]), "max_input_chars_per_word": rng.choice([100, 100, 5, 0]), "vocab": ids}
    merges = []
    for _ in range(rng.randint(0, 200)):
        left, right = rng.choice(tokens), rng.choice(tokens)
        if len(right.encode()) < len(prefix):
            continue
        try:
            joined = left + right.encode()[len(prefix) :].decode()
        except UnicodeDecodeError:
            continue
        if len(joined) < 12:
            ids.setdefault(joined, len(ids))
            tokens.append(joined)
            merges.append([left, right])
    return {
        "type": "BPE", "dropout": None, "unk_token": rng.choice([None, "<unk>"]), "continuing_subword_prefix": prefix or None,
        "end_of_word_suffix": suffix or None, "fuse_unk": rng.random() < 0.5, "byte_fallback": rng.random() < 0.5,
        "ignore_merges": rng.random() < 0.3, "vocab": ids, "merges": merges,
    }  # fmt: skip


def added_tokens(rng: random.Random, size: int) -> list[dict]:
    contents = ["<unk>", "<s>", "</s>", "<image>", "[MASK]", "Yes", "é", "ab", " x", "<0x41>"]
    found = []
    for content in rng.sample(contents, rng.randint(0, 6)):
        flag = lambda chance: rng.random() < chance  # noqa: E731
        found.append({
            "id": size + len(found), "content": content, "single_word": flag(0.2), "lstrip": flag(0.3), "rstrip": flag(0.3),
            "normalized": flag(0.4), "special": flag(0.6),
        })  # fmt: skip
    return found


def tokenizer(rng: random.Random) -> dict:
    chance = lambda part, of: part(rng) if rng.random() < of else None  # noqa: E731
    file = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": []}
    file |= {"normalizer": chance(normalizer, 0.6), "pre_tokenizer": chance(pre_tokenizer, 0.8)}
    file |= {"post_processor": chance(post_processor, 0.4), "decoder": chance(decoder, 0.9), "model": model(rng)}
    file["added_tokens"] = added_tokens(rng, len(file["model"]["vocab"]))
    return file


def is_settled(file: dict, reference: Tokenizer) -> bool:
    """Whether the reference gives one answer, and means it."""
    normalizer = reference.normalizer
    normalized = [token["content"] for token in file["added_tokens"] if token["normalized"]]
    forms = [attempt(lambda: normalizer.normalize_str(one)) if normalizer else one for one in normalized]
    before, cuts = json.dumps(file["normalizer"]), json.dumps(file["pre_tokenizer"])
    asks_for_offsets = '"first"' in cuts and (normalizer is not None or "ByteLevel" in cuts)
    is_zero_width = '"x*"' in before or '"String": ""' in before
    return len(set(forms)) == len(forms) and "" not in forms and not asks_for_offsets and not is_zero_width


class Peer:
    def __init__(self) -> None:
        self.process = subprocess.Popen([PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, file: str, texts: list[str], ids: list[list[int]]) -> dict:
        self.process.stdin.write(json.dumps({"tokenizer": file, "texts": texts, "ids": ids}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the peer has crashed on {file}")
        return json.loads(line)


PANIC = "panic"


def attempt(do):
    """What the reference gives; None where it refuses, `PANIC` where it panics."""
    try:
        return do()
    except Exception:  # noqa: BLE001
        return None
    except BaseException as error:  # noqa: BLE001 - its panics are no Exceptions
        if isinstance(error, KeyboardInterrupt):
            raise
        return PANIC


def compare(seed: int, seconds: float) -> int:
    rng = random.Random(seed)
    peer, start = Peer(), time.time()
    count = differences = strings = 0
    refused: dict[str, int] = {}
    while time.time() - start < seconds:
        content = tokenizer(rng)
        file = json.dumps(content, ensure_ascii=False)
        reference = attempt(lambda: Tokenizer.from_str(file))
        texts = [text(rng) for _ in range(25)]
        if reference in (None, PANIC) or not is_settled(content, reference):
            continue
        size = reference.get_vocab_size() + 3
        encoded = [attempt(lambda: reference.encode(one).ids) for one in texts]
        ids = [one for one in encoded if one and one != PANIC] + [[rng.randrange(size) for _ in range(rng.randint(0, 12))] for _ in range(15)]
        answer = peer.ask(file, texts, ids)
        count += 1
        if "refused" in answer:
            refused[answer["message"]] = refused.get(answer["message"], 0) + 1
            continue
        want = {
            "ids": encoded,
            "plain": [attempt(lambda: reference.encode(one, add_special_tokens=False).ids) for one in texts],
            "decoded": [attempt(lambda: reference.decode(one, skip_special_tokens=False)) for one in ids],
            "skipped": [attempt(lambda: reference.decode(one, skip_special_tokens=True)) for one in ids],
        }
        for key, inputs in (("ids", texts), ("plain", texts), ("decoded", ids), ("skipped", ids)):
            for at, (ours, theirs) in enumerate(zip(answer[key], want[key], strict=True)):
                strings += 1
                # Where it panics there is nothing to compare with.
                if theirs != PANIC and ours != theirs:
                    differences += 1
                    brief = json.loads(file)
                    brief["model"] = {key: value for key, value in brief["model"].items() if key not in ("vocab", "merges")}
                    print(f"{key} of {inputs[at]!r}\n  ours   {ours!r}\n  theirs {theirs!r}\n  {json.dumps(brief, ensure_ascii=False)}")
                    Path("/tmp/difference.json").write_text(file)
                    break
    print(f"seed {seed}: {count} tokenizers, {strings} answers, {differences} differences; refused: {refused}")
    return differences


def damage(rng: random.Random, value, depth: int = 0):
    """The value with one thing changed somewhere."""
    junk = [None, True, -1, 0, 1, 4294967295, 1e300, "", "a", "Sequence", "ByteLevel", [], {}, [["a", "b"]], {"type": "Sequence"}, {"Regex": "(((a*)*)*)*"}]
    if isinstance(value, dict) and value and (depth == 0 or rng.random() < 0.85):
        key = rng.choice(list(value))
        changed = dict(value)
        what = rng.random()
        if what < 0.7:
            changed[key] = damage(rng, value[key], depth + 1)
        elif what < 0.85:
            del changed[key]
        else:
            changed[rng.choice(list(value))] = value[key]
        return changed
    if isinstance(value, list) and value and rng.random() < 0.85:
        at = rng.randrange(len(value))
        what = rng.random()
        if what < 0.7:
            return [*value[:at], damage(rng, value[at], depth + 1), *value[at + 1 :]]
        return [*value[:at], *value[at + 1 :]] if what < 0.85 else [*value, *value[at:]]
    if isinstance(value, str) and value and rng.random() < 0.6:
        at = rng.randrange(len(value))
        return value[:at] + rng.choice(["", "\0", "é", "(", "A", value]) + value[at + 1 :]
    return rng.choice(junk)


def break_files(seed: int, seconds: float) -> int:
    rng = random.Random(seed)
    peer, start = Peer(), time.time()
    count = refused = 0
    slowest = 0.0
    while time.time() - start < seconds:
        file = tokenizer(rng)
        for _ in range(rng.randint(1, 4)):
            file = damage(rng, file)
        content = json.dumps(file, ensure_ascii=False)
        if rng.random() < 0.1:
            at = rng.randrange(len(content))
            content = content[:at] + rng.choice(["", "}", '"', "[" * 200]) + content[at + rng.randint(0, 3) :]
        before = time.time()
        answer = peer.ask(content, [text(rng) for _ in range(5)], [[rng.randrange(300) for _ in range(10)] for _ in range(5)])
        slowest = max(slowest, time.time() - before)
        count += 1
        refused += "refused" in answer
        if "refused" in answer and not answer["message"].startswith("Expected"):
            print(answer)
    print(f"seed {seed}: {count} broken files, {refused} refused, no crash, slowest {slowest:.2f} s")
    return 0


def main() -> None:
    arguments = [argument for argument in sys.argv[1:] if argument != "--break"]
    seed = int(arguments[0]) if arguments else 1
    seconds = float(arguments[1]) if len(arguments) > 1 else 60
    run = break_files if "--break" in sys.argv else compare
    sys.exit(1 if run(seed, seconds) else 0)


main()
