"""Small sound files, and what soundfile, torchaudio and transformers make of them.

    python make_goldens.py        # writes the .wav files and goldens.json beside this file

Needs numpy, soundfile, torch, torchaudio and transformers 5.
"""

import json
from pathlib import Path

import numpy as np
import soundfile
import torch
from torchaudio.functional import resample
from transformers import WhisperFeatureExtractor

HERE = Path(__file__).parent
KAISER_BEST = dict(
    lowpass_filter_width=64, rolloff=0.9475937167399596, resampling_method="sinc_interp_kaiser", beta=14.769656459379492
)


def sound(rate, frames, channels):
    """Chirps with harmonics under a slow envelope, other ones in each channel; [frames, channels]."""
    t = np.arange(frames) / rate
    parts = []
    for channel in range(channels):
        base = 130.0 * (channel + 1.5)
        phase = 2 * np.pi * (base * t + 900.0 * t * t)
        wave = sum(np.sin(k * phase) / k for k in range(1, 6)) * (0.6 + 0.4 * np.sin(2 * np.pi * 7 * t))
        parts.append(0.3 * wave)
    noise = np.random.default_rng(frames).standard_normal((frames, channels)) * 0.01
    return (np.stack(parts, 1) + noise).clip(-0.99, 0.99)


FILES = {
    # name: rate, frames, channels, libsndfile subtype and format
    "speech_16k_pcm16.wav": (16000, 6561, 1, "PCM_16", "WAV"),
    "stereo_44k_pcm24.wav": (44100, 2207, 2, "PCM_24", "WAV"),
    "mono_8k_pcm8.wav": (8000, 1501, 1, "PCM_U8", "WAV"),
    "mono_8k_alaw.wav": (8000, 1403, 1, "ALAW", "WAV"),
    "mono_8k_mulaw.wav": (8000, 1404, 1, "ULAW", "WAV"),
    "mono_22k_float32.wav": (22050, 1303, 1, "FLOAT", "WAV"),
    "mono_48k_float64.wav": (48000, 701, 1, "DOUBLE", "WAV"),
    "three_11k_pcm32.wav": (11025, 503, 3, "PCM_32", "WAVEX"),
    "stereo_96k_pcm16.wav": (96000, 1999, 2, "PCM_16", "WAVEX"),
}


def sampled(values, count=48):
    flat = np.asarray(values, dtype=np.float64).reshape(-1)
    stride = max(1, flat.size // count)
    return {"length": int(flat.size), "sum": float(flat.sum()), "stride": stride, "head": flat[::stride].round(8).tolist()}


def noise(seed, length):
    """A linear congruential generator, so that long sounds need no file."""
    out, state = np.empty(length, np.float32), seed
    for i in range(length):
        state = (state * 1664525 + 1013904223) % 2**32
        out[i] = (state >> 16) / 32768 - 1
    return out


def main():
    files = {}
    for name, (rate, frames, channels, subtype, form) in FILES.items():
        soundfile.write(HERE / name, sound(rate, frames, channels), rate, subtype=subtype, format=form)
        data, read_rate = soundfile.read(HERE / name, dtype="float32", always_2d=True)
        assert read_rate == rate and data.shape == (frames, channels)
        mono = data.mean(1, dtype=np.float32)
        at_16k = resample(torch.from_numpy(mono), rate, 16000, **KAISER_BEST).numpy() if rate != 16000 else mono
        files[name] = {
            "samplingRate": rate, "channels": channels, "numFrames": frames, "mono": sampled(mono),
            "at16k": sampled(at_16k),
        }

    speech, _ = soundfile.read(HERE / "speech_16k_pcm16.wav", dtype="float32")
    sounds = {
        "speech": speech,
        "speech and a third of it": [speech, speech[:2187]],
        "one sample": np.asarray([0.5], np.float32),
        "silence": np.zeros(4001, np.float32),
        "noise of 31 seconds": noise(7, 31 * 16000 + 3),
    }
    features = []
    for size in (80, 128):
        for title, given in sounds.items():
            extractor = WhisperFeatureExtractor(feature_size=size)
            out = extractor(given, sampling_rate=16000, return_tensors="np", return_attention_mask=True)
            features.append({
                "title": title, "featureSize": size, "dims": list(out.input_features.shape),
                "features": sampled(out.input_features, 400), "maskDims": list(out.attention_mask.shape),
                "mask": out.attention_mask.sum(1).tolist(),
            })
    masked = WhisperFeatureExtractor(return_attention_mask=True)(speech, sampling_rate=16000, return_tensors="np")
    goldens = {
        "files": files, "features": features,
        "maskOfSamples": {"dims": list(masked.attention_mask.shape), "sum": int(masked.attention_mask.sum())},
    }
    (HERE / "goldens.json").write_text(json.dumps(goldens) + "\n")


main()
