"""Where the decoder begins: what the tower reads off a patch is the same vector as the word for it, and attention likes its like.

Left to chance, a decoder first has to find out that the label "sun" of a patch and the word "sun" of a question mean the same, from
answers that are wrong half the time: that took longer than everything else together. Here the projector's second layer writes
the word's embedding for each label, and half of the heads begin by looking for what is like the token itself and by copying it.
"""

from __future__ import annotations

import torch
from tokenizers import Tokenizer

from kinds import COLOURS, KINDS, LISTED, STYLES, plural
from labels import HEADS
from network import DECODER_HEADS, HEAD_DIM, KV_HEADS, TEXT_WIDTH, Speaker
from fonts import CHARACTERS
from questions import PLURAL_SYNONYMS, SYNONYMS

NUMBERS = ("no", "one", "two", "three", "four", "five", "six")
ROWS, COLUMNS = ("top", None, "bottom"), ("left", None, "right")
HOT = 3.3
"""What a sure label comes to behind the projector's GELU."""
ALIKE = 0.8
"""The share of a word's vector that a plural or a synonym has, too."""
SEEK, COPY = 2.0, 0.15
SLOW = 8
"""The pairs of a head from which on the rotary embedding hardly turns over a picture."""


def words_of(label: str, index: int) -> list[str]:
    """The words that say a label; none for those that no answer says."""
    if label == "kind" and index < len(KINDS):
        return [KINDS[index]]
    if label == "colour" and index < len(COLOURS):
        return [COLOURS[index]]
    if label == "style" and index < len(STYLES):
        return [STYLES[index]]
    if label == "cell":
        return [w for w in (ROWS[index // 3], COLUMNS[index % 3]) if w] or ["centre"]
    if label == "count" and index <= LISTED:
        return [NUMBERS[index]]
    if label == "same_kind":
        return [NUMBERS[index + 1]]
    return []


@torch.no_grad()
def begin_with_words(speaker: Speaker, tokenizer: Tokenizer) -> None:
    """Sets the first values of the embedding table, the projector's second layer, and half of the heads."""
    table = speaker.language_model.embed_tokens.weight
    table.normal_(std=TEXT_WIDTH**-0.5)

    def token(word: str) -> int | None:
        ids = tokenizer.encode(f" {word}", add_special_tokens=False).ids
        return ids[0] if len(ids) == 1 else None

    def liken(other: str, word: str) -> None:
        a, b = token(other), token(word)
        if a is not None and b is not None and a != b:
            table[a] = ALIKE * table[b] + (1 - ALIKE**2) ** 0.5 * table[a]

    for word in KINDS:
        liken(plural(word), word)
    for word, others in (*SYNONYMS.items(), *PLURAL_SYNONYMS.items()):
        for other in others:
            liken(other, word)
            liken(plural(other), word)
    columns = []
    for label, classes in HEADS.items():
        for index in range(classes):
            said = [table[i] for i in map(token, words_of(label, index)) if i is not None]
            if label == "character":
                said = [table[tokenizer.token_to_id(CHARACTERS[index])]]
            if label == "same_kind" or not said:
                said.append(torch.randn(TEXT_WIDTH) * TEXT_WIDTH**-0.5)
            columns.append(sum(said) / len(said) ** 0.5 / HOT)
    second = speaker.multi_modal_projector.linear_2.weight
    second.mul_(0.3)
    second[:, : len(columns)] = torch.stack(columns, 1)
    group = DECODER_HEADS // KV_HEADS
    turning = torch.arange(HEAD_DIM) % (HEAD_DIM // 2) < SLOW
    for layer in speaker.language_model.layers:
        attention = layer.self_attn
        for head in range(DECODER_HEADS):
            if head % group >= group // 2:
                continue
            mine = slice(head * HEAD_DIM, (head + 1) * HEAD_DIM)
            shared = slice(head // group * HEAD_DIM, (head // group + 1) * HEAD_DIM)
            attention.q_proj.weight[mine] = SEEK * attention.k_proj.weight[shared].masked_fill(turning[:, None], 0)
            attention.o_proj.weight[:, mine] = COPY * attention.v_proj.weight[shared].T
