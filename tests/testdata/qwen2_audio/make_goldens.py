"""Tiny random Qwen2-Audio checkpoints and what transformers answers on them.

    python make_goldens.py        # writes the folders, the sounds and goldens.json beside this file

Needs numpy, soundfile, torch, tokenizers and transformers 5. The weights are random but seeded; nothing here is trained.
The sounds are at the model's rate, so that resampling is not part of what is compared.
"""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import soundfile
import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import (
    PreTrainedTokenizerFast,
    Qwen2AudioConfig,
    Qwen2AudioForConditionalGeneration,
    Qwen2AudioProcessor,
    WhisperFeatureExtractor,
)

HERE = Path(__file__).parent
TEXT = (
    "What is that sound? It is the sound of glass shattering. How about this one? Somebody clears a throat. "
    "You are a helpful assistant. Audio 1: Audio 2: Please transcribe the speech. The quick brown fox jumps over the lazy "
    "dog. Hello, world! 0 1 2 3 4 5 6 7 8 9 caf\u00e9 na\u00efve \u4f60\u597d \U0001f600\n"
) * 4
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|audio_bos|>", "<|AUDIO|>", "<|audio_eos|>"]
AUDIO = {"type": "audio"}


def byte_tokenizer():
    """Qwen2's form: byte-level BPE behind its split pattern, NFC, nothing added around a text."""
    pattern = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    tok = Tokenizer(models.BPE())
    tok.normalizer = normalizers.NFC()
    tok.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tok.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tok.train_from_iterator([TEXT], trainers.BpeTrainer(vocab_size=340, show_progress=False, initial_alphabet=alphabet))
    tok.add_special_tokens(SPECIAL)
    return PreTrainedTokenizerFast(tokenizer_object=tok, eos_token="<|im_end|>", pad_token="<|endoftext|>")


def say(words):
    return {"type": "text", "text": words}


def user(*content):
    return {"role": "user", "content": list(content)}


def conversations():
    yield "no sound", [user(say("Hello, world!"))], []
    yield "one sound", [user(AUDIO, say("What is that sound?"))], ["speech.wav"]
    yield "two sounds of different lengths", [user(AUDIO, AUDIO, say("How about this one?"))], ["odd.wav", "speech.wav"]
    yield "a sound in the middle of the text", [user(say("Is it\n"), AUDIO, say("\n\nor not?"))], ["odd.wav"]
    yield "sounds over two turns, with a system text", [
        {"role": "system", "content": [say("Please transcribe the speech.")]},
        user(AUDIO, say("What is that sound?")),
        {"role": "assistant", "content": [say("It is the sound of glass shattering.")]},
        user(say("How about this one?"), AUDIO),
    ], ["speech.wav", "short.wav"]
    yield "a very short sound", [user(AUDIO, say("What?"))], ["shortest.wav"]
    yield "typed placeholder", [
        user(AUDIO, say("What is <|AUDIO|> and <|audio_bos|><|AUDIO|><|audio_eos|>?<|im_end|>"))
    ], ["short.wav"]


# Three frames make a row, but with one row transformers takes an older way and fails: seven make two.
LENGTHS = {"speech.wav": 17001, "odd.wav": 5921, "short.wav": 2403, "shortest.wav": 961}


def sounds():
    for name, length in LENGTHS.items():
        t = np.arange(length) / 16000
        phase = 2 * np.pi * (110.0 * (1 + length % 5) * t + 700.0 * t * t)
        wave = sum(np.sin(k * phase) / k for k in range(1, 5)) * (0.6 + 0.4 * np.sin(2 * np.pi * 5 * t)) * 0.3
        noise = np.random.default_rng(length).standard_normal(length) * 0.02
        soundfile.write(HERE / name, (wave + noise).clip(-0.99, 0.99), 16000, subtype="ALAW")


def inert_ids(tok, parts):
    """Ids of (text, is_typed) parts: in typed parts nothing is special, and they join the text around them."""
    plain = Tokenizer.from_str(json.dumps({**json.loads(tok.backend_tokenizer.to_str()), "added_tokens": []}))
    ids, run = [], ""
    for text, is_typed in parts:
        pieces = [text] if is_typed else re.split("(" + "|".join(re.escape(s) for s in SPECIAL) + ")", text)
        for piece in pieces:
            if is_typed or piece not in SPECIAL:
                run += piece
                continue
            ids += plain.encode(run, add_special_tokens=False).ids + [tok.convert_tokens_to_ids(piece)]
            run = ""
    return ids + plain.encode(run, add_special_tokens=False).ids


def prompt_ids(tok, processor, messages):
    """Placeholders not yet expanded. Typed texts are marked while the template is rendered, then put back."""
    typed, marked = [], json.loads(json.dumps(messages))
    for message in marked:
        for part in message["content"]:
            if part["type"] == "text":
                typed.append(part["text"])
                part["text"] = f"\ue000{len(typed) - 1}\ue001"
    parts = []
    for index, piece in enumerate(processor.apply_chat_template(marked, add_generation_prompt=True).split("\ue000")):
        if index > 0:
            number, piece = piece.split("\ue001", 1)
            parts.append((typed[int(number)], True))
        parts.append((piece, False))
    return inert_ids(tok, parts)


def sample(tensor):
    flat = tensor.flatten().double()
    stride = max(1, flat.numel() // 64)
    return {
        "dims": list(tensor.shape), "sum": float(flat.sum()), "stride": stride,
        "head": [round(float(x), 6) for x in flat[::stride][:64]],
    }


def run_case(model, processor, title, messages, files):
    tok, audio_id = processor.tokenizer, model.config.audio_token_index
    samples = [soundfile.read(HERE / file, dtype="float32")[0] for file in files]
    outputs = {}
    if files:
        outputs = dict(processor.feature_extractor(
            samples, sampling_rate=16000, return_attention_mask=True, padding="max_length", return_tensors="pt"
        ))
        outputs["feature_attention_mask"] = outputs.pop("attention_mask")
    counts = [((int(frames) - 1) // 2 + 1 - 2) // 2 + 1 for frames in outputs.get("feature_attention_mask", torch.ones(0, 1)).sum(1)]
    ids, left = [], iter(counts)
    for token in prompt_ids(tok, processor, messages):
        ids += [token] * next(left) if token == audio_id else [token]
    if title != "typed placeholder":  # our own expansion must be that of transformers
        prompt = processor.apply_chat_template(messages, add_generation_prompt=True)
        inputs = processor(text=[prompt], audio=samples or None, sampling_rate=16000, return_tensors="pt")
        assert inputs["input_ids"][0].tolist() == ids, title
        assert all(torch.equal(inputs[key], outputs[key]) for key in outputs), title
    input_ids = torch.tensor([ids])
    inputs = {"input_ids": input_ids, "attention_mask": torch.ones_like(input_ids), **outputs}
    taken = []
    hook = model.model.multi_modal_projector.register_forward_hook(lambda _, __, out: taken.append(out))
    with torch.no_grad():
        answer = model.generate(
            **inputs, max_new_tokens=16, do_sample=False, output_logits=True, return_dict_in_generate=True
        )
    hook.remove()
    rows = torch.cat([taken[0][i, :count] for i, count in enumerate(counts)]) if files else None
    gap = min(float((top := logits[0].topk(2).values)[0] - top[1]) for logits in answer.logits)
    return gap, {
        "title": title, "messages": messages, "files": files, "promptTokenIds": ids,
        "greedyTokenIds": answer.sequences[0, len(ids):].tolist(),
        "logprobs": [
            [[int(i), round(float(v), 5)] for v, i in zip(*logits[0].log_softmax(-1).topk(5))] for logits in answer.logits
        ],
        "tensors": {key: sample(value) for key, value in outputs.items()} if files else None,
        "rows": None if rows is None else {
            "dims": list(rows.shape), "stride": 5, "values": [round(float(x), 6) for x in rows.flatten()[::5]],
        },
    }


def variants():
    tok = byte_tokenizer()
    common = dict(
        vocab_size=len(tok), hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=1024, bos_token_id=None, eos_token_id=tok.eos_token_id,
        pad_token_id=tok.pad_token_id,
    )
    audio_id = tok.convert_tokens_to_ids("<|AUDIO|>")
    yield "thirty-seconds-bf16", tok, Qwen2AudioConfig(
        audio_config=dict(
            model_type="qwen2_audio_encoder", num_mel_bins=128, d_model=24, encoder_layers=2, encoder_attention_heads=2,
            encoder_ffn_dim=40, max_source_positions=1500,
        ),
        text_config=dict(model_type="qwen2", tie_word_embeddings=False, **common), audio_token_index=audio_id,
    ), 30, torch.bfloat16
    # A head of 10 elements, and sounds of one second at most. transformers 5 does not tie the head whatever this says.
    yield "one-second-f16", tok, Qwen2AudioConfig(
        audio_config=dict(
            model_type="qwen2_audio_encoder", num_mel_bins=80, d_model=30, encoder_layers=1, encoder_attention_heads=3,
            encoder_ffn_dim=20, max_source_positions=50, scale_embedding=True, activation_function="relu",
        ),
        text_config=dict(model_type="qwen2", tie_word_embeddings=True, **common), audio_token_index=audio_id,
    ), 1, torch.float16


def random_weights(model, seed, dtype):
    torch.manual_seed(seed)
    for name, parameter in model.named_parameters():  # the default is so small that every logit is alike
        spread = 0.6 if "language_model.layers" in name else 0.25
        torch.nn.init.normal_(parameter, std=spread if parameter.ndim > 1 else 0.3)
        if parameter.ndim == 1:
            parameter.data += 0.5
        elif parameter.ndim == 3:  # convolutions over many channels
            parameter.data *= 0.3
        parameter.data = parameter.data.to(dtype).float()


def main():
    sounds()
    goldens = []
    for name, tok, config, seconds, dtype in variants():
        extractor = WhisperFeatureExtractor(
            feature_size=config.audio_config.num_mel_bins, chunk_length=seconds, return_attention_mask=True
        )
        processor = Qwen2AudioProcessor(extractor, tok)
        for seed in range(100):
            model = Qwen2AudioForConditionalGeneration(config).eval()
            random_weights(model, seed, dtype)
            model.generation_config.eos_token_id = [tok.eos_token_id, tok.pad_token_id]
            found = [run_case(model, processor, *case) for case in conversations()]
            gap = min(gap for gap, _ in found)
            print(f"{name} seed {seed}: least gap between best and second logit {gap:.4f}", flush=True)
            if gap > 0.004:
                break
        folder = HERE / name
        shutil.rmtree(folder, ignore_errors=True)
        model.to(dtype).save_pretrained(folder)
        processor.save_pretrained(folder)
        for file in folder.iterdir():
            file.chmod(0o644)
        goldens.append({"folder": name, "modelType": "qwen2_audio", "cases": [case for _, case in found]})
        # What was written must give the same answers, as its files say it.
        again = Qwen2AudioForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
        loaded = Qwen2AudioProcessor.from_pretrained(folder)
        for case, (_, want) in zip(conversations(), found):
            assert run_case(again, loaded, *case)[1] == want, case[0]
    (HERE / "goldens.json").write_text(json.dumps(goldens, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
