"""Makes goldens.json beside this script: the tokens that transformers' logits processors and Philox lead to.

Needs numpy, torch and transformers; the versions used are written into goldens.json.
    python make_goldens.py
"""

import json
from pathlib import Path

import numpy as np
import torch
import transformers
from transformers.generation import logits_process as lp

HERE = Path(__file__).parent


def philox_uniform(seed, position):
    """Philox 4x32-10 of counter (position, 0, 0, 0) and key (seed, 0); 53 bits of the first two words."""
    mask = 0xFFFFFFFF
    c, k = [position, 0, 0, 0], [seed, 0]
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & mask, (a >> 32) ^ c[3] ^ k[1], a & mask]
        k = [(k[0] + 0x9E3779B9) & mask, (k[1] + 0xBB67AE85) & mask]
    return ((c[1] << 32 | c[0]) >> 11) / 2**53


def logits_of(vocab, seed):
    """The same generator stands in the test."""
    state, out = seed, []
    for _ in range(vocab):
        state = (state * 1664525 + 1013904223) % 2**32
        out.append((state >> 8) / 2**20 - 8)
    return np.array(out, np.float32)


PROMPT, ANSWER = [3, 7, 7, 100, 400], [5, 7, 5, 5, 250]

CASES = [
    {},
    {"temperature": 0.25},
    {"temperature": 1.8},
    {"topK": 1},
    {"topK": 40},
    {"topP": 0.5},
    {"topP": 0.95},
    {"minP": 0.2},
    {"temperature": 0.7, "topK": 30, "topP": 0.8},
    {"temperature": 1.3, "topK": 5},
    {"temperature": 0.5, "minP": 0.05},
    {"repetitionPenalty": 1.5, "temperature": 0.6},
    {"repetitionPenalty": 0.5, "topK": 20},
    {"temperature": 0},
    {"temperature": 0, "repetitionPenalty": 3.0},
    {"topK": 50, "topP": 0.9, "minP": 0.02},
    {"temperature": 1.4, "topP": 0.9, "minP": 0.1},
    {"temperature": 2.5, "topP": 0.95},
    {"logitBias": {"5": 4.5, "100": -100, "400": 6.25}, "topK": 10},
    {"logitBias": {"7": 12, "3": -3}, "repetitionPenalty": 1.3, "temperature": 0.9},
    {"presencePenalty": 1.5, "frequencyPenalty": 0.5, "repetitionPenalty": 1.2, "temperature": 0.8, "topP": 0.9},
    {"frequencyPenalty": -1.25, "topP": 0.7},
]

# A vocabulary as large as Qwen's, for some of them.
LARGE = 151_936


def choose(params, logits, draw):
    scores = torch.from_numpy(logits)[None].clone()
    bias = params.get("logitBias", {})
    if bias:
        scores = lp.SequenceBiasLogitsProcessor([[[int(id)], float(b)] for id, b in bias.items()])(torch.tensor([[0]]), scores)
    if "repetitionPenalty" in params:
        seen = torch.tensor([PROMPT + ANSWER])
        scores = lp.RepetitionPenaltyLogitsProcessor(params["repetitionPenalty"])(seen, scores)
    # transformers has no such penalties: OpenAI's formula, over the answer.
    counts = torch.bincount(torch.tensor(ANSWER), minlength=len(logits))
    scores -= params.get("frequencyPenalty", 0) * counts + params.get("presencePenalty", 0) * (counts > 0)
    temperature = params.get("temperature", 1)
    if temperature == 0:
        return int(scores.argmax()), 1.0
    # vLLM's order: transformers itself takes min-p last.
    for warper in (
        temperature != 1 and lp.TemperatureLogitsWarper(temperature),
        params.get("minP") and lp.MinPLogitsWarper(params["minP"]),
        params.get("topK") and lp.TopKLogitsWarper(params["topK"]),
        params.get("topP") and lp.TopPLogitsWarper(params["topP"]),
    ):
        if warper:
            scores = warper(None, scores)
    ends = scores[0].double().softmax(-1).cumsum(-1).numpy()
    token = int(np.searchsorted(ends, draw, side="right"))
    return token, float(np.abs(ends - draw).min())


def main():
    cases = []
    for number, params in enumerate(CASES):
        for seed in range(8):
            vocab = [517, 2048, 6007][seed % 3] if seed < 6 else LARGE
            logits = logits_of(vocab, 1000 * number + seed)
            position = len(PROMPT) + len(ANSWER) + 100 * seed
            token, gap = choose(params, logits, philox_uniform(seed, position))
            # A draw this close to a border may fall to either side by the rounding of a sum.
            if gap < (1e-6 if vocab == LARGE else 1e-5):
                continue
            raw = torch.from_numpy(logits).double().log_softmax(-1)
            case = {"params": {**params, "seed": seed}, "vocab": vocab, "logitsSeed": 1000 * number + seed}
            cases.append({**case, "position": position, "token": token, "logprob": round(float(raw[token]), 7)})
    versions = {m.__name__: m.__version__ for m in (np, torch, transformers)}
    goldens = {"versions": versions, "prompt": PROMPT, "answer": ANSWER, "cases": cases}
    (HERE / "goldens.json").write_text(json.dumps(goldens, indent=1) + "\n")
    print(len(cases))


main()
