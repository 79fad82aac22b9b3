"""Tiny random text checkpoints, one for each family, and what transformers answers on them.

    python make_goldens.py        # writes the folders and goldens.json beside this file

Needs torch, transformers 5, tokenizers. The weights are random but seeded; nothing here is trained.
"""

import json
import shutil
from pathlib import Path

import torch
from jinja2 import Environment
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Phi3Config,
    Phi3ForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

HERE = Path(__file__).parent
TEXT = (
    "What is the tallest tree? A red oak and two old pines. Describe the forest. There is a lake at the north end. "
    "How many birds are there? Three. Is it deep or shallow? The quick brown fox jumps over the lazy dog. "
    "user assistant system You are helpful. Hello, world! 0 1 2 3 4 5 6 7 8 9 caf\u00e9 \u4f60\u597d\n"
) * 4


def byte_tokenizer(specials, bos=None, extra=()):
    """Byte-level BPE behind a split pattern, as Llama 3 and Qwen have it."""
    pattern = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    tok = Tokenizer(models.BPE())
    tok.normalizer = normalizers.NFC()
    split = pre_tokenizers.Split(Regex(pattern), "isolated")
    tok.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tok.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=300, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tok.train_from_iterator([TEXT], trainer)
    tok.add_special_tokens(list(specials))
    tok.add_tokens([AddedToken(text, special=False, normalized=False) for text in extra])
    if bos:
        special = (bos, tok.token_to_id(bos))
        tok.post_processor = processors.TemplateProcessing(single=f"{bos} $A", special_tokens=[special])
    return tok


def spm_tokenizer(added=(), prefix=True, bos="<s>", eos="</s>"):
    """SentencePiece's BPE with byte fallback; Llama 2, Mistral and Phi-3 put a space in front, Gemma does not."""
    tok = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    replace = normalizers.Replace(" ", "\u2581")
    tok.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), replace]) if prefix else replace
    specials = ["<unk>", bos, eos] + [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=340, special_tokens=specials, show_progress=False, max_token_length=6)
    tok.train_from_iterator([TEXT], trainer)
    # Only the three real specials are added tokens; the byte tokens are ordinary entries of the vocabulary.
    data = json.loads(tok.to_str())
    data["added_tokens"] = [entry for entry in data["added_tokens"] if entry["id"] < 3]
    tok = Tokenizer.from_str(json.dumps(data))
    tok.add_special_tokens(list(added))
    strip = [decoders.Strip(" ", 1, 0)] if prefix else []
    tok.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), *strip])
    tok.post_processor = processors.TemplateProcessing(single=f"{bos} $A", special_tokens=[(bos, 1)])
    return tok


CHATML = (
    "{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are helpful.<|im_end|>\n' }}{% endif %}"
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
LLAMA3 = (
    "{% for message in messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'"
    " + message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}"
    "{{ content }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
MISTRAL = (
    "{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] + '\n\n' %}"
    "{% set rest = messages[1:] %}{% else %}{% set system = '' %}{% set rest = messages %}{% endif %}"
    "{{ bos_token }}{% for message in rest %}{% if message['role'] == 'user' %}"
    "{{ '[INST] ' + (system if loop.first else '') + message['content'] + ' [/INST]' }}"
    "{% else %}{{ ' ' + message['content'] + eos_token }}{% endif %}{% endfor %}"
)
PHI3 = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>\n' + message['content'] + '<|end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}"
)
GEMMA = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{% set first = messages[0]['content'] + '\n\n' %}"
    "{% set rest = messages[1:] %}{% else %}{% set first = '' %}{% set rest = messages %}{% endif %}"
    "{% for message in rest %}{% set role = 'model' if message['role'] == 'assistant' else message['role'] %}"
    "{{ '<start_of_turn>' + role + '\n' + (first if loop.first else '') }}"
    "{% if message['content'] is string %}{{ message['content'] | trim }}{% else %}{% for part in message['content'] %}"
    "{{ part['text'] | trim }}{% endfor %}{% endif %}{{ '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)

SIZES = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2}
LLAMA_ROPE = {"rope_type": "llama3", "rope_theta": 5000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
              "original_max_position_embeddings": 32}


def variants():
    """Folder, tokenizer, its special names, template, config class, model class, config, weight dtype."""
    common = {**SIZES, "max_position_embeddings": 256}
    llama = byte_tokenizer(["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
                           bos="<|begin_of_text|>")
    names = {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>", "pad_token": "<|end_of_text|>"}
    yield "llama", llama, names, LLAMA3, LlamaConfig, LlamaForCausalLM, dict(
        common, rope_parameters=LLAMA_ROPE, tie_word_embeddings=True
    ), torch.bfloat16
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    names = {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}
    yield "qwen2", byte_tokenizer(specials), names, CHATML, Qwen2Config, Qwen2ForCausalLM, dict(
        common, tie_word_embeddings=True, use_sliding_window=True, sliding_window=12, max_window_layers=1
    ), torch.float32
    thinking = byte_tokenizer(specials, extra=["<think>", "</think>"])
    yield "qwen3", thinking, names, CHATML, Qwen3Config, Qwen3ForCausalLM, dict(
        common, tie_word_embeddings=False, head_dim=16
    ), torch.float32
    names = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "<unk>"}
    yield "mistral", spm_tokenizer(["[INST]", "[/INST]"]), names, MISTRAL, MistralConfig, MistralForCausalLM, dict(
        common, sliding_window=10, head_dim=16, tie_word_embeddings=False
    ), torch.float32
    turn = spm_tokenizer(["<start_of_turn>", "<end_of_turn>"], prefix=False, bos="<bos>", eos="<eos>")
    names = {"unk_token": "<unk>", "bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<unk>"}
    yield "gemma3_text", turn, names, GEMMA, Gemma3TextConfig, Gemma3ForCausalLM, dict(
        common, num_hidden_layers=3, head_dim=16, query_pre_attn_scalar=24, sliding_window=8, sliding_window_pattern=2,
        rope_theta=100000.0, rope_local_base_freq=1000.0, rope_scaling={"rope_type": "linear", "factor": 8.0},
    ), torch.float32
    ends = [AddedToken(text, rstrip=True, normalized=False, special=True) for text in
            ("<|endoftext|>", "<|assistant|>", "<|system|>", "<|end|>", "<|user|>")]
    names = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>"}
    yield "phi3", spm_tokenizer(ends), names, PHI3, Phi3Config, Phi3ForCausalLM, dict(
        common, partial_rotary_factor=0.5, sliding_window=20, tie_word_embeddings=False
    ), torch.float32
    yield "phi3-longrope", spm_tokenizer(ends), names, PHI3, Phi3Config, Phi3ForCausalLM, dict(
        common, tie_word_embeddings=True, num_key_value_heads=4, original_max_position_embeddings=48, rope_scaling={
            "type": "longrope", "short_factor": [1.0, 1.1, 1.3, 2.0], "long_factor": [1.5, 3.0, 7.0, 12.0],
        },
    ), torch.float32


def conversations(tok, folder):
    say = lambda role, words: {"role": role, "content": [{"type": "text", "text": words}]}
    yield "one turn", [say("user", "How many birds are there?")]
    yield "turns", [
        say("system", "You are a lazy dog."),
        say("user", "Is it deep or shallow?"),
        say("assistant", "Three."),
        say("user", " Describe the forest, caf\u00e9 \u4f60\u597d \U0001f600\n\nWhat is the tallest tree? "),
    ]
    specials = [token.content for token in tok.get_added_tokens_decoder().values()]
    yield "typed special tokens", [say("user", "Say " + specials[-1] + specials[-2] + " " + specials[1] + " and stop")]
    if folder == "phi3-longrope":
        # The answer grows over the 48 tokens up to which the short factors hold.
        yield "over the border", [say("user", "The quick brown fox jumps over the lazy dog. Is it deep?")]


def render(template, messages, names):
    """The template over plain text contents, which is what a template of a text model expects."""
    plain = [{**message, "content": message["content"][0]["text"]} for message in messages]
    environment = Environment(trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(template).render(messages=plain, add_generation_prompt=True, **names)


def inert(tok, template, names, messages):
    """Ids if nothing that is typed is special: the template and the special tokens get private names for the same ids.

    Added tokens that are not special, as Qwen3's <think>, are ordinary entries that a user may type.
    """
    data = json.loads(tok.to_str())
    special = [entry for entry in data["added_tokens"] if entry["special"]]
    private = {entry["content"]: chr(0xE000 + index) for index, entry in enumerate(special)}
    for entry in special:
        entry["content"] = private[entry["content"]]
    vocabulary = data["model"]["vocab"]
    for old, new in private.items():
        if old in vocabulary:
            vocabulary[new] = vocabulary.pop(old)
    data["model"]["unk_token"] = private.get(data["model"]["unk_token"])
    data["post_processor"] = None
    renamed = Tokenizer.from_str(json.dumps(data))
    for old, new in sorted(private.items(), key=lambda pair: -len(pair[0])):
        template = template.replace(old, new)
        names = {key: value.replace(old, new) for key, value in names.items()}
    # Names that the template puts together of a role.
    template = template.replace("'<|' + message['role'] + '|>\n'", "roles[message['role']] + '\n'")
    roles = {role: private.get(f"<|{role}|>", "") for role in ("user", "assistant", "system")}
    return renamed.encode(render(template, messages, {**names, "roles": roles}), add_special_tokens=False).ids


def main() -> None:
    goldens = []
    for seed, (name, tok, names, template, config_class, model_class, config, dtype) in enumerate(variants()):
        torch.manual_seed(seed)
        folder = HERE / name
        shutil.rmtree(folder, ignore_errors=True)
        fast = PreTrainedTokenizerFast(tokenizer_object=tok, chat_template=template, **names)
        ids = {key: tok.token_to_id(names[f"{key[:3]}_token"]) if f"{key[:3]}_token" in names else None
               for key in ("bos_token_id", "eos_token_id", "pad_token_id")}
        model = model_class(config_class(vocab_size=tok.get_vocab_size(), **ids, **config)).eval()
        for parameter in model.parameters():  # the default initialisation is so small that every logit is alike
            torch.nn.init.normal_(parameter, std=0.25 if parameter.ndim > 1 else 0.5)
            if parameter.ndim == 1 and config_class is not Gemma3TextConfig:
                parameter.data += 0.5
        model.to(dtype)
        model.save_pretrained(folder)
        fast.save_pretrained(folder)
        model = model_class.from_pretrained(folder, dtype=torch.float32).eval()
        cases = []
        for title, messages in conversations(tok, name):
            plain = [{**message, "content": message["content"][0]["text"]} for message in messages]
            prompt_ids = inert(tok, template, names, messages)
            rendered = fast.apply_chat_template(plain, add_generation_prompt=True, tokenize=True, return_dict=False)
            assert (list(rendered) == prompt_ids) == (title != "typed special tokens"), (name, title, rendered, prompt_ids)
            inputs = torch.tensor([prompt_ids])
            with torch.no_grad():
                answer = model.generate(
                    inputs, attention_mask=torch.ones_like(inputs), max_new_tokens=16, do_sample=False, output_logits=True,
                    return_dict_in_generate=True,
                )
                steps = [logits[0].log_softmax(-1).topk(5) for logits in answer.logits]
            gaps = [float(step.values[0] - step.values[1]) for step in steps]
            print(f"{name:14} {title:20} {len(prompt_ids):3} tokens, least gap of log-probabilities {min(gaps):.4f}")
            cases.append({
                "title": title, "messages": messages, "files": [],
                "promptTokenIds": prompt_ids,
                "greedyTokenIds": answer.sequences[0, len(prompt_ids):].tolist(),
                "logprobs": [[[int(i), round(float(v), 5)] for i, v in zip(step.indices, step.values)] for step in steps],
                "tensors": None, "rows": None,
            })
        goldens.append({"folder": name, "modelType": model.config.model_type, "cases": cases})
    (HERE / "goldens.json").write_text(json.dumps(goldens, indent=None, separators=(",", ":")) + "\n")


main()
