"""Builds the byte-level vocabulary of whole words from generated talk and writes tokenizer.json and tokenizer_config.json.

    python build_tokenizer.py --out ..

There are no merges: a word is one token with its leading space (or, at the start of an answer, without one), everything else
is spelled byte by byte. So a text that is read off a picture is written character by character, as it is read.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

import answers
import small_talk
from network import VOCABULARY
from questions import blind_conversation, conversation
from packing import SYSTEM_LINES
from pictures import SCENES
from scenes import listing_key

SPECIAL = ("<|pad|>", "<|begin|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<image>")


def lines(count: int, rng: random.Random):
    """Generated questions (behind a space, as the chat template writes them) and answers."""
    sorts = list(SCENES)
    for index in range(count):
        scene = SCENES[sorts[index % len(sorts)]](rng)
        scene.things.sort(key=listing_key)
        if scene.state == "letters":
            continue
        talk = blind_conversation if index % 12 == 0 else conversation
        for turn in talk(scene, 3, rng):
            yield " " + turn.question
            yield turn.answer
    for line in (*SYSTEM_LINES, *small_talk.OUTSIDE_LINES, *small_talk.SELF_LINES):
        yield " " + line
    for value in vars(answers).values():
        if isinstance(value, str):
            yield from [value] * 20


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=30000)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    split = pre_tokenizers.ByteLevel(add_prefix_space=False)
    counts: Counter[str] = Counter()
    for line in lines(args.scenes, random.Random(5)):
        counts.update(piece for piece, _ in split.pre_tokenize_str(line))
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    # What is read off a picture stands behind a quotation mark, without a space: no word there, however common, is a token.
    words = [w for w, n in counts.most_common() if len(w) > 1 and n > 2 and (w.startswith("Ġ") or not w.isalnum() or starts_answers(w))]
    words = words[: VOCABULARY - len(SPECIAL) - len(alphabet)]
    vocabulary = {token: i for i, token in enumerate([*SPECIAL, *alphabet, *words])}
    while len(vocabulary) < VOCABULARY:
        vocabulary[f"<|spare {len(vocabulary)}|>"] = len(vocabulary)
    tokenizer = Tokenizer(models.BPE(vocabulary, [], ignore_merges=True))
    tokenizer.pre_tokenizer = split
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(s, special=True, normalized=False) for s in SPECIAL])
    tokenizer.save(str(args.out / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<|begin|>",
        "eos_token": "<|end|>",
        "pad_token": "<|pad|>",
        "image_token": "<image>",
        "extra_special_tokens": {"image_token": "<image>"},
        "clean_up_tokenization_spaces": False,
        "model_max_length": 2048,
        "padding_side": "left",
        "processor_class": "LlavaProcessor",
    }
    (args.out / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    print(tokenizer.get_vocab_size(), len(words), "words, the rarest", words[-1], counts[words[-1]])
    for text in (" What colour is the circle at the top left?", 'It says "Hello".', "A scribbled turquoise umbrella in the centre."):
        print(tokenizer.encode(text).tokens)


STARTS = ("A", "An", "The", "There", "It", "Yes", "No", "I", "Hello", "You", "Goodbye")


def starts_answers(word: str) -> bool:
    return word in STARTS


if __name__ == "__main__":
    main()
