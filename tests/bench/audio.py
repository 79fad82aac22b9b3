"""Times what audio.ts compares with; prints one JSON object of milliseconds by name.

    python audio.py FOLDER RUNS

Writes the sounds into FOLDER if they are not there yet: compressed ones only where soundfile is installed.
"""

import json
import sys
import time
from math import gcd, pi
from pathlib import Path

import numpy as np
import torch
from transformers import WhisperFeatureExtractor

folder, runs = Path(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(1)
RATE, SECONDS = 44100, 30
FORMATS = {"flac": ("FLAC", "PCM_16"), "mp3": ("MP3", "MPEG_LAYER_III"), "ogg": ("OGG", "VORBIS")}

try:
    import soundfile
except ImportError:
    soundfile = None
try:
    import soxr
except ImportError:
    soxr = None


def make_files():
    rng = np.random.default_rng(1)
    (folder / "noise.f32").write_bytes((rng.standard_normal(16000 * SECONDS) * 0.1).astype("<f4").tobytes())
    t = np.arange(RATE * SECONDS) / RATE
    channels = []
    for base in (130.0, 197.0):
        phase = 2 * np.pi * (base * t + 3 * np.sin(3 * t))
        channels.append(0.2 * sum(np.sin(k * phase) / k for k in range(1, 20)) * (0.5 + 0.5 * np.sin(9 * t)))
    stereo = np.stack(channels, 1) + rng.standard_normal((len(t), 2)) * 0.003
    (folder / "mono_44k.f32").write_bytes(stereo.mean(1).astype("<f4").tobytes())
    if soundfile:
        for name, (form, subtype) in FORMATS.items():
            soundfile.write(folder / f"sound.{name}", stereo, RATE, format=form, subtype=subtype)


def kaiser_best():
    """The filters of torchaudio's resample for 44.1 to 16 kHz, one for each phase: [phases, 1, taps], and their reach."""
    source, target = RATE // gcd(RATE, 16000), 16000 // gcd(RATE, 16000)
    base = min(source, target) * 0.9475937167399596
    width = int(np.ceil(64 * source / base))
    t = torch.arange(-width, width + source, dtype=torch.float64)[None] / source
    t = ((torch.arange(0, -target, -1, dtype=torch.float64)[:, None] / target + t) * base).clamp(-64, 64)
    beta = torch.tensor(14.769656459379492, dtype=torch.float64)
    window = torch.i0(beta * torch.sqrt(1 - (t / 64) ** 2)) / torch.i0(beta)
    sinc = torch.where(t == 0, torch.ones(()).double(), torch.sin(t * pi) / (t * pi))
    return (sinc * window * base / source).float()[:, None], width, source


def resample(waveform, filters, width, step):
    padded = torch.nn.functional.pad(waveform, (width, width + step))
    return torch.nn.functional.conv1d(padded[None, None], filters, stride=step)[0].T.reshape(-1)


if not (folder / "noise.f32").exists():
    make_files()
noise = np.fromfile(folder / "noise.f32", "<f4")
mono = np.fromfile(folder / "mono_44k.f32", "<f4")
extractor = WhisperFeatureExtractor(feature_size=128)
filters, width, step = kaiser_best()
work = {
    "torch": lambda: extractor(noise, sampling_rate=16000, return_tensors="pt"),
    "numpy": lambda: extractor._np_extract_fbank_features(noise[None], "cpu"),
    "resample torch": lambda: resample(torch.from_numpy(mono), filters, width, step),
}
if soxr:
    work["resample soxr"] = lambda: soxr.resample(mono, RATE, 16000, quality="soxr_hq")
if soundfile:
    for name in FORMATS:
        work[name] = lambda name=name: soundfile.read(folder / f"sound.{name}", dtype="float32")[0].mean(1)
found = {}
for name, call in work.items():
    times = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    found[name] = min(times[1:]) * 1000
print(json.dumps(found))
