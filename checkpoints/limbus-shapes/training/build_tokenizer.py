"""Trains the byte-level BPE vocabulary on generated talk and writes tokenizer.json and tokenizer_config.json.

    python build_tokenizer.py --out ..
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from network import VOCABULARY
from questions import blind_conversation, conversation
from scenes import make_scene

SPECIAL = ("<|pad|>", "<|begin|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<image>")


def lines(count: int, rng: random.Random):
    """Generated questions and answers."""
    for index in range(count):
        scene = make_scene(rng, index % 2 == 0)
        talk = blind_conversation if index % 12 == 0 else conversation
        for turn in talk(scene, 3, rng):
            yield turn.question
            yield turn.answer


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=20000)
    args = parser.parse_args()
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[AddedToken(s, special=True, normalized=False) for s in SPECIAL],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(lines(args.scenes, random.Random(5)), trainer)
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
    print(tokenizer.get_vocab_size(), tokenizer.encode("What colour is the circle at the top left?").tokens)


if __name__ == "__main__":
    main()
