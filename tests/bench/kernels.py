"""Times of torch, one thread, for what kernels.ts measures; prints microseconds by name as JSON."""

import hashlib
import json
import time

import torch

torch.set_num_threads(1)
VOCAB, HIDDEN, TOKENS = 151_936, 2048, 2048


def least(run, rounds=40):
    run()
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return best * 1e6


logits = torch.randn(VOCAB) * 2.2
logits[torch.randint(0, VOCAB, (40,))] += 12


def top_k():
    values, ids = logits.topk(50)
    return ids[torch.multinomial(values.softmax(-1), 1)]


def top_p(p, temperature):
    ordered, ids = (logits / temperature).sort(descending=True)
    weights = ordered.softmax(-1)
    weights[weights.cumsum(-1) - weights >= p] = 0
    return ids[torch.multinomial(weights, 1)]


def logprobs():
    logits.log_softmax(-1).topk(20)
    return torch.multinomial(logits.softmax(-1), 1)


table = torch.randn(4096, HIDDEN).bfloat16()
ids = torch.randint(0, 4096, (TOKENS,))
rows = torch.randn(TOKENS, HIDDEN)
image = torch.zeros(TOKENS, dtype=torch.bool)
image[TOKENS // 4 : 3 * TOKENS // 4] = True


def merge(mask, rows):
    embeds = torch.nn.functional.embedding(ids, table).float()
    if rows is not None:
        embeds[mask] = rows
    return embeds


floats = (torch.rand(2**21) - 0.5) / 10
kinds = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
pairs = [("bfloat16", "float32"), ("float16", "float32"), ("float32", "bfloat16"), ("float32", "float16")]
pairs.append(("bfloat16", "float16"))
data = bytes(8 << 20)
times = {
    "greedy": least(lambda: int(logits.argmax())),
    "top-k 50": least(top_k),
    "whole softmax": least(lambda: torch.multinomial(logits.softmax(-1), 1)),
    "top-p 0.9": least(lambda: top_p(0.9, 1)),
    "top-p 0.95, temperature 2.5": least(lambda: top_p(0.95, 2.5)),
    "top-20 log-probabilities and whole softmax": least(logprobs),
    "text alone, from bf16": least(lambda: merge(None, None), 10),
    "half and half": least(lambda: merge(image, rows[: TOKENS // 2]), 10),
    "sha256": least(lambda: hashlib.sha256(data).digest(), 5),
}
for a, b in pairs:
    source = floats.to(kinds[a])
    times[f"{a} to {b}"] = least(lambda: source.to(kinds[b]), 20)
print(json.dumps(times))
