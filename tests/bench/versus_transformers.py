"""Times transformers on the embedded model; called by versus_transformers.ts, prints one JSON object.

    python versus_transformers.py MODEL PICTURE QUESTION TOKENS RUNS THREADS
"""

import json
import sys
import time
from statistics import median

import torch
from transformers import AutoProcessor, LlavaForConditionalGeneration

folder, picture, question, tokens, runs, threads = *sys.argv[1:4], *map(int, sys.argv[4:])
torch.set_num_threads(threads)
model = LlavaForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
processor = AutoProcessor.from_pretrained(folder)
messages = [{"role": "user", "content": [{"type": "image", "path": picture}, {"type": "text", "text": question}]}]


def prepare():
    return processor.apply_chat_template(
        messages, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
    )


def generate(inputs, count):
    return model.generate(**inputs, do_sample=False, min_new_tokens=count, max_new_tokens=count)


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


with torch.inference_mode():
    inputs = prepare()
    for _ in range(3):
        generate(inputs, tokens)
    first = [seconds(lambda: generate(prepare(), 1)) for _ in range(runs)]
    prefill = [seconds(lambda: model(**inputs)) for _ in range(runs)]
    short = median(seconds(lambda: generate(inputs, 1)) for _ in range(runs))
    long = median(seconds(lambda: generate(inputs, 1 + tokens)) for _ in range(max(3, runs // 4)))

print(json.dumps({
    "firstTokenMs": median(first) * 1000,
    "prefillMs": median(prefill) * 1000,
    "decodeMs": (long - short) / tokens * 1000,
}))
