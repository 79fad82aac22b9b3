"""Trains small vocabularies of three models on the texts of a folder, and writes them there as tokenizer.json.

python tokenizer.py FOLDER    # needs tokenizers
"""

import json
import sys
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

FOLDER = Path(sys.argv[1])
FILES = [str(FOLDER / f"{name}.txt") for name in ("prose", "code", "multilingual")]
MARK = "\u2581"


def spm_bpe() -> dict:
    """As Llama 2 and Mistral have it: no pre-tokenizer, characters that are no token as bytes."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Metaspace(), pre_tokenizers.Digits(individual_digits=True)])
    special = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    tokenizer.train(FILES, trainers.BpeTrainer(vocab_size=24_000, limit_alphabet=4000, special_tokens=special, show_progress=False))
    file = json.loads(tokenizer.to_str())
    file["added_tokens"] = file["added_tokens"][:3]
    file["pre_tokenizer"] = None
    file["normalizer"] = {
        "type": "Sequence",
        "normalizers": [{"type": "Prepend", "prepend": MARK}, {"type": "Replace", "pattern": {"String": " "}, "content": MARK}],
    }
    strip = {"type": "Strip", "content": " ", "start": 1, "stop": 0}
    replace = {"type": "Replace", "pattern": {"String": MARK}, "content": " "}
    file["decoder"] = {"type": "Sequence", "decoders": [replace, {"type": "ByteFallback"}, {"type": "Fuse"}, strip]}
    return file


def unigram() -> dict:
    """As T5 and XLM-R have it, with NFKC in the place of the compiled table of characters."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=16_000, special_tokens=["<unk>", "</s>"], unk_token="<unk>", show_progress=False)
    tokenizer.train(FILES, trainer)
    return json.loads(tokenizer.to_str())


def word_piece() -> dict:
    """As BERT has it."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train(FILES, trainers.WordPieceTrainer(vocab_size=24_000, special_tokens=special, show_progress=False))
    return json.loads(tokenizer.to_str())


for name, make in (("SPM-BPE", spm_bpe), ("Unigram", unigram), ("WordPiece", word_piece)):
    (FOLDER / f"{name}.json").write_text(json.dumps(make(), ensure_ascii=False))
