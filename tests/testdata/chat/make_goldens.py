"""Makes the chat goldens: random conversations, rendered by the Jinja environment of `transformers`.

Run from this folder: python make_goldens.py. Full texts for the first conversations, SHA-256 prefixes for all.
"""

import datetime
import hashlib
import json
import random
from pathlib import Path

import jinja2
import transformers.utils.chat_template_utils as chat

random.seed(20)
here = Path(__file__).parent
FULL, COUNT = 8, 150


class Clock(datetime.datetime):
    """Stands still, for `strftime_now`."""

    @classmethod
    def now(cls, tz=None):
        return cls(2026, 3, 7, 4, 5, 6)


chat.datetime = Clock

TEMPLATES = {  # name: (format, placeholder)
    "llava": ("openai", "<image>"),
    "llama3": ("string", "<|image|>"),
    "qwen2_vl": ("openai", "<|image_pad|>"),
    "mistral": ("string", "[IMG]"),
    "gemma3": ("openai", "<start_of_image>"),
    "think": ("string", "<|image_pad|>"),
    "chatml": ("string", "<image>"),
}
WORDS = [
    "What", "is", "this?", "Zebra", "a", "x", "42", "<image>", "</s>", "<s>", "<|im_end|>", "<|im_start|>system", "[INST]", "[/INST]",
    "<start_of_image>", "<end_of_turn>", "<|image_pad|>", "{{ 7 * 7 }}", "{% if x %}", "{# no #}", "\ue000", "\ue000" + "1\ue001", "\ue002",
    "\U000f0000", "🦓", "👩‍👩‍👧", "é", "ＷＩＤＥ", "漢字", "<think>", "</think>", "<think>\nhm\n</think>\n\n", "<tool_response>", "\\n", "\"q\"", "it's",
    "\ufeff", "USER:", "ASSISTANT:", "&lt;", "<|im_", "end|>", "\x00",
]
SPACES = [" ", " ", " ", "\n", "\n\n", "\t", "", "  ", "\r\n", "\u3000", "\x85", "\x1c", "\xa0", "\u2028"]


def text():
    kind = random.random()
    if kind < 0.06:
        return ""
    if kind < 0.1:
        return random.choice([" ", "\n", " \t\n ", "\x1f"])
    out = random.choice(["", "", "", " ", "\n", "\t \n", "\ufeff", "\x1d"])
    for _ in range(random.randint(1, 7)):
        out += random.choice(WORDS) + random.choice(SPACES)
    return out if random.random() < 0.3 else out.strip(" \n")


def message(role):
    parts = []
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        if role == "user" and random.random() < 0.3:
            parts.append({"type": "image"})
        else:
            parts.append({"type": "text", "text": text()})
    out = {"role": role, "content": parts}
    if random.random() < 0.1:
        out["name"] = random.choice(["ann", "<|im_end|>", "bob 7"])
    return out


def conversation():
    messages = [message("system")] if random.random() < 0.4 else []
    for turn in range(random.randint(1, 4)):
        roles = ["user", "assistant"]
        role = roles[turn % 2] if random.random() < 0.95 else random.choice(roles)
        messages.append(message(role))
    return {"messages": messages, "addGenerationPrompt": random.random() < 0.8}


def as_string(message, placeholder):
    parts = [placeholder if p["type"] == "image" else p["text"] for p in message["content"]]
    return {**message, "content": "\n".join(parts)}


conversations = [conversation() for _ in range(COUNT)]
renders = {}
for name, (form, placeholder) in TEMPLATES.items():
    template = chat._compile_jinja_template((here / "templates" / f"{name}.jinja").read_text())
    full, hashes = [], []
    for i, conv in enumerate(conversations):
        messages = conv["messages"] if form == "openai" else [as_string(m, placeholder) for m in conv["messages"]]
        try:
            out = template.render(
                messages=messages, tools=None, documents=None, add_generation_prompt=conv["addGenerationPrompt"],
                bos_token="<s>", eos_token="</s>",
            )
        except jinja2.exceptions.TemplateError:
            out = None
        if i < FULL:
            full.append(out)
        hashes.append(None if out is None else hashlib.sha256(out.encode()).hexdigest()[:12])
    renders[name] = {"format": form, "placeholder": placeholder, "full": full, "hashes": hashes}

(here / "conversations.json").write_text(json.dumps(conversations) + "\n")
(here / "renders.json").write_text(json.dumps(renders) + "\n")
