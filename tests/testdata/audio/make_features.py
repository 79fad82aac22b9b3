"""What both feature extractors of transformers (NumPy, torch) make of sounds that need no file.

    python make_features.py        # writes features.json beside this file

Needs numpy, torch and transformers 5.
"""

import json
from pathlib import Path

import numpy as np
import torch
from transformers import WhisperFeatureExtractor
from transformers.models.voxtral.processing_voxtral import VoxtralProcessor

HERE = Path(__file__).parent


def noise(seed, length):
    """A linear congruential generator."""
    out, state = np.empty(length, np.float32), seed
    for i in range(length):
        state = (state * 1664525 + 1013904223) % 2**32
        out[i] = (state >> 16) / 32768 - 1
    return out


def tone(hertz, length):
    """64-bit sine, rounded once."""
    return np.asarray([0.9 * np.sin(2 * np.pi * hertz * i / 16000) for i in range(length)], np.float32)


def sampled(values, count):
    flat = np.asarray(values, dtype=np.float64).reshape(-1)
    stride = max(1, flat.size // count)
    if stride > 1 and stride % 2 == 0:
        stride += 1
    return {"length": int(flat.size), "sum": float(flat.sum()), "stride": stride, "head": flat[::stride].round(8).tolist()}


SOUNDS = {
    "tone": tone(1234.5, 80000),
    "noise": noise(11, 480000),
    "quiet noise": noise(12, 50001) * np.float32(1e-4),
    "impulse": np.eye(1, 20000, 9999, dtype=np.float32)[0],
}
CONFIGS = {
    "whisper": {},
    "128 mels": {"feature_size": 128},
    "other windows": {"feature_size": 64, "n_fft": 512, "hop_length": 128, "chunk_length": 2},
    "window of a prime": {"feature_size": 24, "n_fft": 202, "hop_length": 100, "chunk_length": 1},
    "other silence": {"padding_value": 0.25, "chunk_length": 6},
}


def main():
    features = []
    for config_name, config in CONFIGS.items():
        extractor = WhisperFeatureExtractor(**config)
        for sound_name, sound in SOUNDS.items():
            padded = extractor.pad(
                {"input_features": [sound[:, None]]}, padding="max_length", max_length=extractor.n_samples, truncation=True,
                return_tensors="np",
            ).input_features[0].T.astype(np.float32)
            exact = extractor._np_extract_fbank_features(padded, "cpu")
            torch_ones = extractor(sound, sampling_rate=16000, return_tensors="np").input_features
            features.append({
                "config": config, "sound": sound_name, "title": f"{config_name}, {sound_name}",
                "dims": list(exact.shape), "numpy": sampled(exact, 120),
                "torchApart": float(np.abs(torch_ones - exact).max()),
            })

    # The method that makes VoxtralProcessor's features needs nothing of it but the extractor.
    class Features:
        feature_extractor = WhisperFeatureExtractor(feature_size=128)

    options = {k: v for k, v in VoxtralProcessor.audio_kwargs.items() if k != "max_source_positions"}
    sounds = [noise(21, 16001), noise(22, 490000), noise(23, 480000)]
    positions = VoxtralProcessor.audio_kwargs["max_source_positions"]
    rows = VoxtralProcessor._retrieve_input_features(Features(), sounds, positions, **options)
    voxtral = {"dims": list(rows.shape), "features": sampled(rows.numpy(), 300)}
    (HERE / "features.json").write_text(json.dumps({"features": features, "voxtral": voxtral}) + "\n")


torch.set_num_threads(1)
main()
